// Another process: a fork of this one that runs a function. Whatever it still runs when its owner goes is killed.
#pragma once

#include <csignal>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace ringwire {

class ChildProcess {
public:
	// `body` must have open only what it opens itself: what it inherits stays open for the peers of its parent.
	explicit ChildProcess(const std::function<void()>& body) : pid_(fork()) {
		if (pid_ == 0) {
			alarm(60); // never a stray, not even of a parent that was killed
			body();
			_exit(0);
		}
	}
	ChildProcess(const ChildProcess&) = delete;
	ChildProcess& operator=(const ChildProcess&) = delete;
	~ChildProcess() { kill(); }

	[[nodiscard]] pid_t pid() const { return pid_; }
	// By SIGKILL, and only back when it is gone.
	void kill() {
		if (pid_ > 0) {
			::kill(pid_, SIGKILL);
			wait();
		}
	}
	void wait() {
		if (pid_ > 0) {
			waitpid(pid_, nullptr, 0);
			pid_ = -1;
		}
	}

private:
	pid_t pid_;
};

// Lets one process wait for a word from another.
class Whistle {
public:
	Whistle() { ok_ = pipe(ends_) == 0; }
	Whistle(const Whistle&) = delete;
	Whistle& operator=(const Whistle&) = delete;
	~Whistle() {
		close(ends_[0]);
		close(ends_[1]);
	}
	void blow() const { (void)!write(ends_[1], "w", 1); }
	void hear() const {
		char byte = 0;
		(void)!read(ends_[0], &byte, 1);
	}

private:
	int ends_[2] = {-1, -1};
	bool ok_ = false;
};

} // namespace ringwire
