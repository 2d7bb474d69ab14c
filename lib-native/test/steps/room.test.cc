// A reader gives room back at any step of the calls of a writer that waits for it, and the other way round: the writer is woken.
#include "test/pool_company.h"
#include "test/steps/at_step.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

struct Scene {
	Scene() {
		shared.company.settle();
		CHECK(writer.write("before") == Written::kAccepted);
		fill(writer);
		CHECK(writer.write("behind") == Written::kAccepted); // the lane is full
		reader.wakes = kWakeNone;
	}
	// The results of the calls of a writer that waits.
	void want_room() { has_room = writer.endpoint.want_room(2 * kLargeChunk); }
	void want_space() { has_space = writer.endpoint.want_space(1); }
	void read_all() { (void)reader.read_all(); }
	// Gives a descriptor back.
	void read_one() {
		(void)reader.read(1);
		reader.endpoint.commit(1);
	}
	// Both waits are over.
	void check(bool for_space) {
		shared.company.settle();
		CHECK(has_room || (writer.wakes & kWakeRoom) != 0);
		CHECK(!for_space || has_space || (writer.wakes & kWakeSpace) != 0);
		CHECK(put({&writer}, "b", 2 * kLargeChunk) == Written::kAccepted);
	}

	PoolCompany shared{Overflow::kBlock, 4};
	TestWriter& writer = shared.writer();
	TestWriter& other = shared.writer(); // with nothing in the pool
	TestReader& reader = shared.company.reader();
	bool has_room = false;
	bool has_space = false;
};

struct Calls {
	bool for_space;
	void (*make)(Scene& scene);
};

const Calls kCalls[] = {
	{false, [](Scene& scene) { scene.want_room(); }},
	{true,
     [](Scene& scene) {
		 scene.want_space();
		 scene.want_room();
	 }},
	{true,
     [](Scene& scene) {
		 scene.want_room();
		 scene.want_space();
	 }},
	{false,
     [](Scene& scene) {
		 scene.want_space();
		 scene.want_room();
		 scene.writer.endpoint.cancel_space();
	 }},
	{true,
     [](Scene& scene) {
		 scene.want_room();
		 scene.writer.endpoint.cancel_room();
		 scene.want_space();
		 scene.want_room();
	 }},
	// Rung before there is room enough.
	{true,
     [](Scene& scene) {
		 scene.want_room();
		 scene.want_space();
		 scene.writer.serve();
	 }},
	{true,
     [](Scene& scene) {
		 scene.want_room();
		 scene.want_space();
		 scene.writer.endpoint.call_back_soon();
		 scene.writer.serve();
		 scene.writer.endpoint.call_back_soon();
		 scene.writer.serve();
	 }},
	// Of several writers.
	{true,
     [](Scene& scene) {
		 scene.want_space();
		 (void)scene.other.endpoint.want_room(kLargeChunk);
		 scene.want_room();
		 scene.other.endpoint.cancel_room();
		 scene.other.endpoint.call_back_soon();
		 scene.other.serve();
	 }},
	{true,
     [](Scene& scene) {
		 (void)scene.other.endpoint.want_room(kLargeChunk);
		 scene.want_room();
		 scene.want_space();
		 scene.other.endpoint.leave();
	 }},
};

// Calls `inner` at each step of `outer` in turn, and in the end after it.
template <typename Prepare, typename Outer, typename Inner, typename Check>
void interleave(const Prepare& prepare, const Outer& outer, const Inner& inner, const Check& check) {
	bool done = true;
	for (size_t number = 0; done; ++number) {
		Scene scene;
		prepare(scene);
		{
			const AtStep at(number, [&] { inner(scene); });
			outer(scene);
			done = at.done();
		}
		if (!done) {
			CHECK(number > 5);
			inner(scene);
		}
		check(scene);
	}
}

} // namespace

LAW("a writer that waits for room in its pool is woken, at whatever step of its calls a reader gives the room back") {
	for (const Calls& calls : kCalls) {
		interleave([](Scene&) {}, [&](Scene& scene) { calls.make(scene); }, [](Scene& scene) { scene.read_all(); },
		           [&](Scene& scene) { scene.check(calls.for_space); });
	}
}

LAW("a writer that waits for room in its pool is woken, at whatever step of a reader that gives it back it begins to "
    "wait") {
	for (const Calls& calls : kCalls) {
		interleave([](Scene&) {}, [](Scene& scene) { scene.read_all(); }, [&](Scene& scene) { calls.make(scene); },
		           [&](Scene& scene) { scene.check(calls.for_space); });
	}
}

LAW("a writer that was rung for a part of the room is woken for the rest, at whatever step of its service it is given "
    "back") {
	for (const Calls& calls : kCalls) {
		interleave(
			[&](Scene& scene) {
				calls.make(scene);
				(void)scene.reader.read(2);
				scene.reader.endpoint.commit(2);
			},
			[](Scene& scene) { scene.writer.serve(); }, [](Scene& scene) { scene.read_all(); },
			[&](Scene& scene) { scene.check(calls.for_space); });
	}
}

LAW("a writer that waits for room in its pool is woken, at whatever two steps of its calls a reader gives it back in "
    "parts") {
	constexpr size_t kStepsBetween = 5;
	for (const Calls& calls : kCalls) {
		bool done = true;
		for (size_t number = 0; done; ++number) {
			done = false;
			for (size_t again = number + 1; again < number + kStepsBetween; ++again) {
				Scene scene;
				uint32_t parts = 0;
				const auto read = [&] { parts++ == 0 ? scene.read_one() : scene.read_all(); };
				{
					const AtStep at(number, again, read);
					calls.make(scene);
				}
				done = done || parts == 2;
				while (parts < 2) {
					read();
				}
				scene.check(calls.for_space);
			}
			CHECK(done || number > 5);
		}
	}
}
