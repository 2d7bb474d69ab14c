// A process that is killed or stopped when it reaches a given step for the n-th time: this program, started again, with a ledger
// that both have mapped.
#pragma once

#include <csignal>
#include <string>

#include <sys/types.h>

#include "test/steps/ledger.h"
#include "test/steps/lives.h"

namespace ringwire {

struct Blow {
	const Step* step = nullptr; // null: no signal
	uint32_t arrival = 0;
	int signal = 0; // SIGKILL or SIGSTOP
};

class Victim {
public:
	enum class State { kRunning, kStopped, kExited, kKilled };

	Victim(const Life& life, const std::string& directory, const Blow& blow);
	Victim(const Victim&) = delete;
	Victim& operator=(const Victim&) = delete;
	~Victim();

	[[nodiscard]] State look();
	[[nodiscard]] bool running() { return look() == State::kRunning; }
	void go_on();
	[[nodiscard]] uint32_t process() const { return static_cast<uint32_t>(pid_); }
	[[nodiscard]] Ledger& ledger() const { return *ledger_; }
	[[nodiscard]] int exit_code() const { return exit_code_; }

private:
	pid_t pid_ = -1;
	Ledger* ledger_;
	State state_ = State::kRunning;
	int exit_code_ = 0;
};

} // namespace ringwire
