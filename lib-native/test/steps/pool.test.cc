// A process that writes into a pool, and one that reads from it, of which one is killed or stopped at every step of the pool.
#include <csignal>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/step.h"
#include "test/pool_memory.h"

using namespace ringwire;

namespace {

constexpr unsigned kSecondsMax = 60; // a watchdog, not a bound on speed
constexpr uint32_t kDepth = 8;
constexpr uint32_t kLength = 64 << 10;
constexpr uint64_t kChunks = 3;
constexpr PoolGeometry kGeometry{kChunksOffset + kChunks * kLength, kChunks* kLength};
constexpr uint64_t kRounds = 200;

enum class Role { kWriter, kReader };

// The memory that both processes have mapped. Endpoints map the memory of their peers read-only.
struct Shared {
	alignas(4096) std::byte lane[1 << 20];
	alignas(4096) std::byte pool[kGeometry.bytes];
	alignas(4096) std::byte cursor[kCursorBytes];
	std::atomic<uint64_t> whole; // leases and copies of the reader that were whole
	std::atomic<uint32_t> done;  // the survivor needs the victim no longer
};

struct Blow {
	const Step* step = nullptr;
	uint32_t arrival = 0;
	int signal = 0;
};
Blow awaited;
uint32_t arrivals = 0;
uint32_t located = 0;
Shared* own_scene = nullptr;

void on_reached(const Step& reached) {
	if (&reached == awaited.step && ++arrivals == awaited.arrival) {
		kill(getpid(), awaited.signal);
	}
	// A reader is sometimes so slow between its looks at the stamp that the message is retired.
	if (&reached == &step<"locate: descriptor intact"> && ++located % 5 == 0) {
		const SharedU64& published = reinterpret_cast<LaneControl*>(own_scene->lane)->published;
		const uint64_t later = published + kDepth;
		while (published < later && own_scene->done == 0) {
		}
	}
}

std::optional<Role> role_of(const Step& step) {
	const std::string_view name = step.name;
	if (name == "pool: retired" || name == "pool: fenced" || name == "pool: pins loaded") {
		return Role::kWriter;
	}
	return name.starts_with("pool: ") ? std::optional(Role::kReader) : std::nullopt;
}

class Writer final : public PoolReaders {
public:
	explicit Writer(Shared& shared)
		: lane(shared.lane, small_geometry(kDepth), 1, CopyKind::kRacing), pool(shared.pool, kGeometry, 2),
		  in_pool(pool, lane, *this) {}
	void link(Shared& shared) { pins.emplace(shared.cursor, 0); }

	[[nodiscard]] bool write(uint32_t length) {
		const std::optional<uint32_t> chunk = pool.allocate(length);
		if (chunk) {
			fill_message(pool.memory(*chunk), length, lane.next());
			in_pool.put(*chunk, length, 1000 + lane.next());
			pool.release(*chunk);
			lane.publish();
		}
		return chunk.has_value();
	}
	uint64_t retirable_below() override { return lane.published(); }
	bool collect_pins(std::vector<uint64_t>& sequences) override {
		is_correct = is_correct && (!pins || pins->collect(lane.published(), sequences));
		return true;
	}

	LaneWriter lane;
	PoolWriter pool;
	PoolLane in_pool;
	std::optional<PinView> pins;
	bool is_correct = true;
};

class Reader {
public:
	explicit Reader(Shared& shared)
		: shared_(shared), lane_(shared.lane, small_geometry(kDepth), 0, false),
		  pool_(shared.pool, kGeometry, shared.cursor) {
		lane_.use_pool(shared.pool, kGeometry);
	}

	// A lease or a copy of the next message. False: it was not whole, or a word was corrupt.
	[[nodiscard]] bool look() {
		Message message{};
		switch (lane_.locate(message)) {
		case ReadOutcome::kMessage:
			return lane_.next() % 4 == 3 ? copy(message) : lease(message);
		case ReadOutcome::kLapped:
			(void)lane_.skip_lapped();
			return true;
		case ReadOutcome::kEmpty:
			return true;
		case ReadOutcome::kCorrupt:
			return false;
		}
		return false;
	}
	// Keeps up to two messages pinned.
	[[nodiscard]] bool release_all() {
		bool whole = true;
		for (const Held& held : held_) {
			whole = whole && is_message_of(held.sequence, held.bytes, held.length);
			pool_.unpin(held.slot);
			shared_.whole += 1;
		}
		held_.clear();
		(void)pool_.room_awaited();
		return whole;
	}

private:
	struct Held {
		uint64_t sequence;
		const std::byte* bytes;
		uint32_t length;
		uint32_t slot;
	};
	[[nodiscard]] bool lease(const Message& message) {
		uint32_t slot = 0;
		if (pool_.pin(lane_, slot) != PoolReader::Pinned::kPinned) {
			return true;
		}
		held_.push_back({lane_.next(), lane_.bytes_of(message), message.length, slot});
		lane_.pass();
		return held_.size() < 2 || release_all();
	}
	[[nodiscard]] bool copy(const Message& message) {
		const uint64_t sequence = lane_.next();
		copy_.resize(message.length);
		if (lane_.take(message, copy_.data()) != ReadOutcome::kMessage) {
			return true;
		}
		shared_.whole += 1;
		return is_message_of(sequence, copy_.data(), message.length);
	}

	Shared& shared_;
	LaneReader lane_;
	PoolReader pool_;
	std::vector<Held> held_;
	std::vector<std::byte> copy_;
};

// In the victim. It goes on until the survivor is done with it. Returns whether nothing was wrong.
bool live_as_writer(Shared& shared) {
	Writer writer(shared);
	writer.link(shared);
	for (uint32_t i = 0; shared.done == 0; ++i) {
		(void)writer.write(kLength - i % 100);
	}
	return writer.is_correct;
}
bool live_as_reader(Shared& shared) {
	Reader reader(shared);
	bool whole = true;
	while (whole && shared.done == 0) {
		whole = reader.look();
	}
	return reader.release_all() && whole;
}

struct Scene {
	Scene() : shared(map()) {}
	Scene(const Scene&) = delete;
	Scene& operator=(const Scene&) = delete;
	~Scene() {
		if (victim > 0) {
			kill(victim, SIGKILL);
			waitpid(victim, nullptr, 0);
		}
		munmap(shared, sizeof(Shared));
	}
	void start(Role role, const Blow& blow) {
		std::fflush(nullptr);
		victim = fork();
		if (victim == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			alarm(kSecondsMax);
			awaited = blow;
			own_scene = shared;
			Step::on_reached = on_reached;
			_exit((role == Role::kWriter ? live_as_writer(*shared) : live_as_reader(*shared)) ? 0 : 1);
		}
	}
	enum class State { kRunning, kStopped, kKilled, kFine, kWrong };
	[[nodiscard]] State look() {
		int status = 0;
		if (waitpid(victim, &status, WNOHANG | WUNTRACED) <= 0) {
			return State::kRunning;
		}
		if (WIFSTOPPED(status)) {
			return State::kStopped;
		}
		victim = -1;
		if (WIFSIGNALED(status)) {
			return WTERMSIG(status) == SIGKILL ? State::kKilled : State::kWrong;
		}
		return WEXITSTATUS(status) == 0 ? State::kFine : State::kWrong;
	}
	// Ends a victim that runs.
	[[nodiscard]] State end() {
		shared->done = 1;
		kill(victim, SIGCONT);
		for (;;) {
			const State state = look();
			if (state != State::kRunning) {
				return state;
			}
		}
	}

	static Shared* map() {
		void* memory = mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		if (memory == MAP_FAILED) {
			std::abort();
		}
		return static_cast<Shared*>(memory);
	}
	Shared* shared;
	pid_t victim = -1;
};

bool is_hit(Scene& scene) {
	const Scene::State state = scene.look();
	CHECK(state != Scene::State::kWrong && state != Scene::State::kFine);
	return state != Scene::State::kRunning;
}

void strike_reader(const Blow& blow) {
	Scene scene;
	Writer writer(*scene.shared);
	writer.link(*scene.shared);
	scene.start(Role::kReader, blow);
	for (uint32_t i = 0; !is_hit(scene); ++i) {
		(void)writer.write(kLength - i % 100);
	}
	for (uint64_t i = 0; i < kRounds; ++i) {
		(void)writer.write(kLength); // around its pins
	}
	if (blow.signal == SIGSTOP) {
		CHECK(scene.end() == Scene::State::kFine);
	}
	writer.pins.reset(); // its link is closed
	CHECK(writer.write(kChunks * kLength));
	CHECK(writer.is_correct);
}

void strike_writer(const Blow& blow) {
	Scene scene;
	scene.start(Role::kWriter, blow);
	const SharedU64& published = reinterpret_cast<LaneControl*>(scene.shared->lane)->published;
	while (published == 0) {
	}
	Reader reader(*scene.shared);
	while (!is_hit(scene)) {
		CHECK(reader.look());
	}
	for (uint64_t i = 0; i < kRounds; ++i) {
		CHECK(reader.look()); // in the memory of a writer that is dead or stopped
	}
	CHECK(reader.release_all());
	if (blow.signal == SIGSTOP) {
		CHECK(scene.end() == Scene::State::kFine);
	}
}

} // namespace

LAW("the writer or the reader of a pool is killed or stopped at every step: no lease and no copy is torn, and chunks "
    "come back") {
	uint32_t steps = 0;
	for (const Step* step = Step::newest; step != nullptr; step = step->next) {
		const std::optional<Role> role = role_of(*step);
		if (!role) {
			continue;
		}
		for (const int signal : {SIGKILL, SIGSTOP}) {
			for (const uint32_t arrival : {1U, 2U, 7U}) {
				(*role == Role::kWriter ? strike_writer : strike_reader)({step, arrival, signal});
			}
		}
		steps += 1;
	}
	CHECK(steps >= 6);
}
