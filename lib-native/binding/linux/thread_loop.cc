// The event loop of a host whose own loop cannot watch a wait set: Bun and Deno.
//
// The thread waits for the descriptors of all wait sets. A set that is ready is disarmed until its listener has been called. The thread sees the
// numbers of sources only, and the sources belong to the thread of the loop, so a source can be detached at any time. It gets no
// signals: their handlers run on the threads of the host.
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "binding/linux/loops.h"
#include "platform/fork.h"
#include "platform/handle.h"
#include "platform/linux/pollable.h"

namespace ringwire {

namespace {

class ThreadLoop;

class ThreadSource final : public WakeSource {
public:
	ThreadSource(ThreadLoop& owner, uint64_t number, int descriptor, WakeListener& listener)
		: owner_(owner), number_(number), descriptor_(descriptor), listener_(listener) {}

	void detach() override;
	void call_each_turn(bool) override {}
	void keep_alive(bool wanted) override;

	[[nodiscard]] int descriptor() const { return descriptor_; }
	void ready() { listener_.on_ready(); }

protected:
	~ThreadSource() = default; // `detach` ends in it

private:
	ThreadLoop& owner_;
	const uint64_t number_;
	const int descriptor_;
	WakeListener& listener_;
	bool keeps_alive_ = true;
};

class ThreadLoop final : public EventLoop {
public:
	explicit ThreadLoop(Owner& owner) : owner_(owner) {}

	[[nodiscard]] bool open(napi_env env) {
		env_ = env;
		watched_.adopt(epoll_create1(EPOLL_CLOEXEC));
		bell_.adopt(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
		epoll_event bell{};
		bell.events = EPOLLIN;
		bell.data.u64 = kBell;
		napi_value name = nullptr;
		if (!watched_.held() || !bell_.held() ||
		    epoll_ctl(descriptor(watched_), EPOLL_CTL_ADD, descriptor(bell_), &bell) != 0 ||
		    napi_create_string_utf8(env, "ringwire", NAPI_AUTO_LENGTH, &name) != napi_ok ||
		    napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, on_call,
		                                    &wake_) != napi_ok) {
			return false;
		}
		// The hook is added after the function was made, so it runs before the environment closes the function.
		if (napi_unref_threadsafe_function(env, wake_) != napi_ok || !start_thread()) {
			napi_release_threadsafe_function(wake_, napi_tsfn_abort);
			return false;
		}
		if (napi_add_env_cleanup_hook(env, on_cleanup, this) != napi_ok) {
			stop_thread();
			napi_release_threadsafe_function(wake_, napi_tsfn_abort);
			return false;
		}
		return true;
	}

	WakeSource* attach(const WaitSet& set, WakeListener& listener) override {
		const uint64_t number = ++last_number_;
		if (!arm(EPOLL_CTL_ADD, number, pollable(set))) {
			return nullptr;
		}
		auto* source = new ThreadSource(*this, number, pollable(set), listener);
		sources_.emplace(number, source);
		keep_alive(true);
		return source;
	}
	[[nodiscard]] bool has_turns() const override { return false; }

	void suspend() override {
		std::unique_lock lock(mutex_);
		suspended_ = true;
		ring();
		changed_.wait(lock, [this] { return parked_; });
	}
	void resume() override {
		const std::scoped_lock lock(mutex_);
		suspended_ = false;
		changed_.notify_all();
	}

	void detach(uint64_t number, ThreadSource& source, bool kept_alive) {
		epoll_ctl(descriptor(watched_), EPOLL_CTL_DEL, source.descriptor(), nullptr);
		sources_.erase(number);
		if (kept_alive) {
			keep_alive(false);
		}
	}
	void keep_alive(bool wanted) {
		kept_alive_by_ += wanted ? 1 : -1;
		if (wanted && kept_alive_by_ == 1) {
			napi_ref_threadsafe_function(env_, wake_);
		} else if (!wanted && kept_alive_by_ == 0) {
			napi_unref_threadsafe_function(env_, wake_);
		}
	}

private:
	static constexpr uint64_t kBell = 0;

	static int descriptor(const HandleOwner& owner) { return static_cast<int>(owner.get()); }

	// Reported once, until it is armed again.
	[[nodiscard]] bool arm(int operation, uint64_t number, int descriptor_of_set) {
		epoll_event interest{};
		interest.events = EPOLLIN | EPOLLONESHOT;
		interest.data.u64 = number;
		return epoll_ctl(descriptor(watched_), operation, descriptor_of_set, &interest) == 0;
	}

	void ring() {
		const uint64_t one = 1;
		[[maybe_unused]] const ssize_t sent = write(descriptor(bell_), &one, sizeof one);
	}

	[[nodiscard]] bool start_thread() {
		sigset_t all;
		sigset_t before;
		sigfillset(&all);
		pthread_sigmask(SIG_SETMASK, &all, &before);
		const int failure = pthread_create(
			&thread_, nullptr,
			[](void* loop) -> void* {
				static_cast<ThreadLoop*>(loop)->wait_for_sources();
				return nullptr;
			},
			this);
		pthread_sigmask(SIG_SETMASK, &before, nullptr);
		if (failure == 0) {
			pthread_setname_np(thread_, "ringwire");
		}
		return failure == 0;
	}
	void stop_thread() {
		{
			const std::scoped_lock lock(mutex_);
			ended_ = true;
			ring();
		}
		pthread_join(thread_, nullptr);
	}

	// The thread.
	void wait_for_sources() {
		for (;;) {
			epoll_event events[64];
			const int count = epoll_wait(descriptor(watched_), events, 64, -1);
			std::unique_lock lock(mutex_);
			const bool called = !ready_.empty();
			for (int i = 0; i < count; ++i) {
				if (events[i].data.u64 == kBell) {
					uint64_t rings = 0;
					[[maybe_unused]] const ssize_t got = read(descriptor(bell_), &rings, sizeof rings);
				} else {
					ready_.push_back(events[i].data.u64);
				}
			}
			if (!called && !ready_.empty()) {
				napi_call_threadsafe_function(wake_, nullptr, napi_tsfn_nonblocking);
			}
			parked_ = suspended_;
			changed_.notify_all();
			changed_.wait(lock, [this] { return !suspended_; });
			parked_ = false;
			if (ended_) {
				return;
			}
		}
	}

	static void on_call(napi_env env, napi_value, void* context, void*) {
		if (env != nullptr) { // null: the environment has ended meanwhile
			static_cast<ThreadLoop*>(context)->call_ready();
		}
	}
	void call_ready() {
		std::vector<uint64_t> ready;
		{
			const std::scoped_lock lock(mutex_);
			ready.swap(ready_);
		}
		for (const uint64_t number : ready) {
			if (const auto source = sources_.find(number); source != sources_.end()) {
				source->second->ready();
			}
			if (const auto source = sources_.find(number); source != sources_.end()) {
				(void)arm(EPOLL_CTL_MOD, number, source->second->descriptor());
			}
		}
	}

	static void on_cleanup(void* data) {
		auto* loop = static_cast<ThreadLoop*>(data);
		loop->owner_.on_end();
		if (loop->process_.is_of_this_process()) { // in a child by fork there is no thread
			loop->stop_thread();
			napi_release_threadsafe_function(loop->wake_, napi_tsfn_abort);
		}
	}

	Owner& owner_;
	napi_env env_ = nullptr;
	napi_threadsafe_function wake_ = nullptr;
	HandleOwner watched_;
	HandleOwner bell_;
	std::unordered_map<uint64_t, ThreadSource*> sources_;
	uint64_t last_number_ = kBell;
	int kept_alive_by_ = 0;

	const ProcessMark process_;
	pthread_t thread_{};
	std::mutex mutex_;
	std::condition_variable changed_;
	std::vector<uint64_t> ready_;
	bool suspended_ = false;
	bool parked_ = false;
	bool ended_ = false;
};

void ThreadSource::detach() {
	owner_.detach(number_, *this, keeps_alive_);
	delete this;
}

void ThreadSource::keep_alive(bool wanted) {
	if (wanted != keeps_alive_) {
		keeps_alive_ = wanted;
		owner_.keep_alive(wanted);
	}
}

} // namespace

std::unique_ptr<EventLoop> open_thread_loop(napi_env env, EventLoop::Owner& owner) {
	auto loop = std::make_unique<ThreadLoop>(owner);
	if (!loop->open(env)) {
		return nullptr;
	}
	return loop;
}

} // namespace ringwire
