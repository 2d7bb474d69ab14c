// Another process: a fork of this one that runs a function. It is killed when its owner is destroyed.
#pragma once

#include <csignal>
#include <functional>

#include <sys/wait.h>
#include <unistd.h>

namespace ringwire {

class ChildProcess {
public:
	// `body` must use only descriptors that it opens itself. Inherited ones stay open for the peers of its parent.
	explicit ChildProcess(const std::function<void()>& body) : pid_(fork()) {
		if (pid_ == 0) {
			alarm(60); // ends also if its parent was killed
			body();
			_exit(0);
		}
	}
	ChildProcess(const ChildProcess&) = delete;
	ChildProcess& operator=(const ChildProcess&) = delete;
	~ChildProcess() { kill(); }

	[[nodiscard]] pid_t pid() const { return pid_; }
	// Sends SIGKILL and waits for the end of the process.
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

// An event that one process sets and another process waits for.
class ProcessEvent {
public:
	ProcessEvent() { ok_ = ::pipe(ends_) == 0; }
	ProcessEvent(const ProcessEvent&) = delete;
	ProcessEvent& operator=(const ProcessEvent&) = delete;
	~ProcessEvent() {
		::close(ends_[0]);
		::close(ends_[1]);
	}
	void set() const { (void)!::write(ends_[1], "w", 1); }
	void wait() const {
		char byte = 0;
		(void)!::read(ends_[0], &byte, 1);
	}

private:
	int ends_[2] = {-1, -1};
	bool ok_ = false;
};

} // namespace ringwire
