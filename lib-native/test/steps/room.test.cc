// A reader gives room back at any step of the calls of a writer that waits for it, and the other way round: the writer is woken. A reader leases at
// any step of a writer that uses the chunk again.
#include <utility>

#include "test/lessee.h"
#include "test/pool_company.h"
#include "test/steps/at_step.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

// The reason why there is no room for a message.
enum class Held {
	kUnread, // the position of a reader
	kLeased, // the position of a reader, at its leases
	kKept,   // pins that have taken the place of the position
	kPinned, // pins of a reader that does not hold back
};
constexpr Held kAll[] = {Held::kUnread, Held::kLeased, Held::kKept, Held::kPinned};

struct Scene {
	explicit Scene(Held held) : held(held) {
		shared.company.settle();
		CHECK(writer.write("before") == Written::kAccepted);
		fill(writer);
		CHECK(writer.write("behind") == Written::kAccepted);
		if (held != Held::kUnread) {
			CHECK(lessee.lease().kind == Leased::Kind::kCopy);
			leases = {lessee.lease(), lessee.lease()};
			CHECK(leases[0].kind == Leased::Kind::kView && leases[1].kind == Leased::Kind::kView);
		}
		while (held != Held::kPinned && writer.write("full") == Written::kAccepted) {
		}
		shared.company.settle();
		writer.wakes = reader.wakes = kWakeNone;
	}
	// The results of the calls of a writer that waits.
	void want_room() { has_room = writer.endpoint.want_room(2 * kLargeChunk); }
	void want_space() { has_space = writer.endpoint.want_space(1); }
	// A descriptor or more, and not yet the room.
	void give_part() {
		if (held == Held::kUnread) {
			(void)reader.read(1);
			reader.endpoint.commit(1);
		} else if (held == Held::kKept) {
			for (const Leased& leased : leases) {
				leased.lane->keep(leased.sequence);
			}
		}
	}
	void give_all() {
		if (held == Held::kUnread) {
			(void)reader.read_all();
			return;
		}
		for (const Leased& leased : std::exchange(leases, {})) {
			if (held == Held::kKept) {
				leased.lane->keep(leased.sequence);
			}
			leased.lane->release(leased.sequence);
		}
	}
	// Both waits are over.
	void check(bool for_space) {
		shared.company.settle();
		CHECK(has_room || (writer.wakes & kWakeRoom) != 0);
		CHECK(!for_space || has_space || (writer.wakes & kWakeSpace) != 0);
		CHECK(put({&writer}, "b", 2 * kLargeChunk) == Written::kAccepted);
	}

	Held held;
	PoolCompany shared{held == Held::kPinned ? Overflow::kDropOldest : Overflow::kBlock, 4};
	TestWriter& writer = shared.writer();
	TestWriter& other = shared.writer(); // with nothing in the pool
	TestReader& reader = shared.company.reader();
	Lessee lessee{reader};
	std::vector<Leased> leases;
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
void interleave(Held held, const Prepare& prepare, const Outer& outer, const Inner& inner, const Check& check) {
	bool done = true;
	for (size_t number = 0; done; ++number) {
		Scene scene(held);
		prepare(scene);
		{
			const AtStep at(number, [&] { inner(scene); });
			outer(scene);
			done = at.done();
		}
		if (!done) {
			CHECK(number > 2);
			inner(scene);
		}
		check(scene);
	}
}

} // namespace

LAW("a writer that waits for room in its pool is woken, at whatever step of its calls a reader gives the room back") {
	for (const Held held : kAll) {
		for (const Calls& calls : kCalls) {
			interleave(
				held, [](Scene&) {}, [&](Scene& scene) { calls.make(scene); }, [](Scene& scene) { scene.give_all(); },
				[&](Scene& scene) { scene.check(calls.for_space); });
		}
	}
}

LAW("a writer that waits for room in its pool is woken, at whatever step of a reader that gives it back it begins to "
    "wait") {
	for (const Held held : kAll) {
		for (const Calls& calls : kCalls) {
			interleave(
				held, [](Scene&) {}, [](Scene& scene) { scene.give_all(); }, [&](Scene& scene) { calls.make(scene); },
				[&](Scene& scene) { scene.check(calls.for_space); });
		}
	}
}

LAW("a writer that was rung for a part of the room is woken for the rest, at whatever step of its service it is given "
    "back") {
	for (const Held held : {Held::kUnread, Held::kKept}) {
		for (const Calls& calls : kCalls) {
			interleave(
				held,
				[&](Scene& scene) {
					calls.make(scene);
					scene.give_part();
				},
				[](Scene& scene) { scene.writer.serve(); }, [](Scene& scene) { scene.give_all(); },
				[&](Scene& scene) { scene.check(calls.for_space); });
		}
	}
}

LAW("a writer that waits for room in its pool is woken, at whatever two steps of its calls a reader gives it back in "
    "parts") {
	constexpr size_t kStepsBetween = 5;
	for (const Held held : {Held::kUnread, Held::kKept}) {
		for (const Calls& calls : kCalls) {
			bool done = true;
			for (size_t number = 0; done; ++number) {
				done = false;
				for (size_t again = number + 1; again < number + kStepsBetween; ++again) {
					Scene scene(held);
					uint32_t parts = 0;
					const auto give = [&] { parts++ == 0 ? scene.give_part() : scene.give_all(); };
					{
						const AtStep at(number, again, give);
						calls.make(scene);
					}
					done = done || parts == 2;
					while (parts < 2) {
						give();
					}
					scene.check(calls.for_space);
				}
				CHECK(done || number > 5);
			}
		}
	}
}

namespace {

// The bytes are all the same, and stay so while the writer goes on.
void check_lease(Scene& scene, const Leased& leased) {
	if (leased.kind != Leased::Kind::kView) {
		return;
	}
	const std::string text = scene.lessee.text(leased);
	CHECK(text == std::string(2 * kLargeChunk, text[0]));
	for (const char* other : {"x", "y", "z"}) {
		CHECK(put({&scene.writer}, other, 2 * kLargeChunk) == Written::kAccepted);
	}
	CHECK(scene.lessee.text(leased) == text);
	leased.lane->release(leased.sequence);
}

} // namespace

LAW("a message is leased whole or not at all, at whatever step of its reader the writer uses its chunk again, and the "
    "other way round") {
	uint32_t views = 0;
	for (const bool reader_first : {true, false}) {
		bool done = true;
		for (size_t number = 0; done; ++number) {
			Scene scene(Held::kPinned);
			for (const Leased& leased : std::exchange(scene.leases, {})) {
				leased.lane->release(leased.sequence);
			}
			(void)scene.reader.read_all();
			fill(scene.writer);
			Leased leased;
			const auto lease = [&] { leased = scene.lessee.lease(); };
			const auto use_again = [&] { CHECK(put({&scene.writer}, "w", 2 * kLargeChunk) == Written::kAccepted); };
			{
				const AtStep at(number, [&] { reader_first ? use_again() : lease(); });
				reader_first ? lease() : use_again();
				done = at.done();
			}
			CHECK(done || number > 2);
			views += leased.kind == Leased::Kind::kView ? 1 : 0;
			check_lease(scene, leased);
		}
	}
	CHECK(views > 2);
}

LAW("a message whose lease trades the position for a pin keeps its bytes, at whatever step of that its writer looks "
    "for "
    "room") {
	bool done = true;
	for (size_t number = 0; done; ++number) {
		Scene scene(Held::kLeased);
		const auto write = [&] {
			CHECK(put({&scene.writer}, "w", 2 * kLargeChunk) == Written::kNoMemory);
			CHECK(put({&scene.other}, "o", 2 * kLargeChunk) == Written::kNoMemory);
		};
		{
			const AtStep at(number, write);
			for (const Leased& leased : scene.leases) {
				leased.lane->keep(leased.sequence);
			}
			done = at.done();
		}
		CHECK(done || number > 5);
		write();
		CHECK(scene.lessee.text(scene.leases[0]) == std::string(2 * kLargeChunk, 'f'));
		CHECK(scene.lessee.text(scene.leases[1]) == std::string(2 * kLargeChunk, 'g'));
		scene.give_all();
	}
}
