// The state machines of sleep and wake-up: epoch and bell, cursor, spin budget.
#include <array>

#include "core/cursor.h"
#include "core/spin_budget.h"
#include "core/wake.h"
#include "test/law.h"

using namespace ringwire;

namespace {

struct CursorMemory {
	alignas(Cursor) std::array<std::byte, kCursorBytes> bytes{};
};

} // namespace

LAW("a sleeper's epoch is odd while it sleeps and never the same twice") {
	SharedU64 epoch{0};
	Sleeper sleeper(epoch);
	sleeper.disarm();
	CHECK(epoch == 0);
	uint64_t before = 0;
	for (int i = 0; i < 5; ++i) {
		sleeper.arm();
		CHECK(epoch % 2 == 1 && epoch > before);
		const uint64_t asleep = epoch;
		sleeper.arm();
		CHECK(epoch == asleep);
		sleeper.disarm();
		CHECK(epoch % 2 == 0);
		before = asleep;
	}
}

LAW("a bell rings once for each odd epoch and never for an even one") {
	Bell bell;
	CHECK(!bell.due(0));
	CHECK(bell.due(1));
	CHECK(!bell.due(1));
	CHECK(!bell.due(2));
	CHECK(bell.due(3));
	CHECK(!bell.due(3));
	CHECK(bell.due(77));
	CHECK(!bell.due(77));
}

LAW("a cursor view follows its owner from the start sequence on") {
	CursorMemory memory;
	CursorOwner owner(memory.bytes.data(), 0);
	owner.advance(10);
	CursorView view(memory.bytes.data(), 10);
	CHECK(view.refresh(20) && view.sequence() == 10);
	owner.advance(20);
	CHECK(view.refresh(20) && view.sequence() == 20);
	CHECK(view.refresh(25) && view.sequence() == 20);
}

LAW("a cursor that goes backwards or past the published sequence is corrupt, and the old sequence stays") {
	CursorMemory memory;
	CursorOwner owner(memory.bytes.data(), 0);
	CursorView view(memory.bytes.data(), 10);
	for (const uint64_t sequence : {uint64_t{9}, uint64_t{0}, uint64_t{21}, uint64_t{1} << 53, ~uint64_t{0}}) {
		owner.advance(sequence);
		CHECK(!view.refresh(20));
		CHECK(view.sequence() == 10);
	}
	owner.advance(15);
	CHECK(view.refresh(20) && view.sequence() == 15);
	owner.advance(14);
	CHECK(!view.refresh(20));
}

LAW("a budget without success turns itself off, probes at growing intervals, and recovers at once") {
	constexpr uint64_t kNanos = 50'000;
	SpinBudget budget(kNanos);
	int polls = 0;
	int sleeps = 0;
	for (; sleeps < 10'000; ++sleeps) {
		if (budget.begin() > 0) {
			polls += 1;
			budget.in_vain();
		}
	}
	CHECK(polls >= 8 + 8 && polls < 40); // the credit, then a probe after 8, 16, ... 1024 sleeps
	uint64_t pause = 0;
	while (budget.begin() == 0) {
		pause += 1;
	}
	CHECK(pause <= 1024);
	budget.found();
	for (int i = 0; i < 8; ++i) {
		CHECK(budget.begin() == kNanos);
		budget.in_vain();
	}
	CHECK(budget.begin() == 0);
}

LAW("a budget with frequent success survives some polls in vain") {
	SpinBudget budget(1000);
	for (int i = 0; i < 1000; ++i) {
		CHECK(budget.begin() == 1000);
		if (i % 5 == 0) {
			budget.found();
		} else {
			budget.in_vain();
		}
	}
}
