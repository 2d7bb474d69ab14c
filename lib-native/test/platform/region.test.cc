// The contract of platform/region.h, for every implementation.
#include "platform/region.h"

#include <algorithm>

#include "core/limits.h"
#include "platform/wait_set.h"
#include "test/platform/link_pair.h"

using namespace ringwire;

namespace {

LAW("a new region is zeroed, has the size that was asked for, and can be written") {
	Region region;
	REQUIRE(region.create(5000).ok());
	CHECK(region.bytes() == 5000);
	CHECK(std::all_of(region.memory(), region.memory() + 5000, [](std::byte byte) { return byte == std::byte{0}; }));
	region.memory()[4999] = std::byte{7};
	CHECK(region.memory()[4999] == std::byte{7});
}

LAW("a view shows the owner's stores, before and after it was made") {
	Region region;
	REQUIRE(region.create(4096).ok());
	region.memory()[10] = std::byte{1};
	RegionView view;
	REQUIRE(view.map(handle_of_peer(region.share()), 1, 4096).ok());
	CHECK(view.bytes() == 4096);
	CHECK(view.memory()[10] == std::byte{1});
	region.memory()[4095] = std::byte{2};
	CHECK(view.memory()[4095] == std::byte{2});
}

LAW("several views show the same memory") {
	Region region;
	REQUIRE(region.create(8192).ok());
	RegionView one;
	RegionView other;
	REQUIRE(one.map(handle_of_peer(region.share()), 1, 8192).ok());
	REQUIRE(other.map(handle_of_peer(region.share()), 1, 8192).ok());
	region.memory()[8191] = std::byte{3};
	CHECK(one.memory()[8191] == std::byte{3});
	CHECK(other.memory()[8191] == std::byte{3});
}

LAW("a view outlives the region") {
	RegionView view;
	{
		Region region;
		REQUIRE(region.create(4096).ok());
		region.memory()[0] = std::byte{9};
		REQUIRE(view.map(handle_of_peer(region.share()), 1, 4096).ok());
	}
	CHECK(view.memory()[0] == std::byte{9});
}

LAW("a region in flight outlives its owner, and is gone with the link that carries it") {
	LinkPair pair;
	{
		Region region;
		REQUIRE(region.create(4096).ok());
		region.memory()[0] = std::byte{4};
		REQUIRE(send_text(pair.near, "m", region.share()) == LinkEnd::Sent::kYes);
	}
	Arrival arrival;
	receive_into(pair.far, arrival);
	RegionView view;
	REQUIRE(arrival.shared.held());
	REQUIRE(view.map(arrival.shared.release(), 1, 4096).ok());
	CHECK(view.memory()[0] == std::byte{4});
}

LAW("after stop_sharing the owner's memory stays as it is") {
	Region region;
	REQUIRE(region.create(4096).ok());
	RegionView view;
	REQUIRE(view.map(handle_of_peer(region.share()), 1, 4096).ok());
	region.stop_sharing();
	region.memory()[1] = std::byte{5};
	CHECK(view.memory()[1] == std::byte{5});
	CHECK(region.share() == kNoHandle);
}

LAW("a region that is smaller or larger than the view allows is corrupt") {
	Region region;
	REQUIRE(region.create(4096).ok());
	RegionView view;
	CHECK(view.map(handle_of_peer(region.share()), 4097, 8192).code == Code::kCorrupt);
	CHECK(view.map(handle_of_peer(region.share()), 1, 4095).code == Code::kCorrupt);
	CHECK(view.memory() == nullptr);
	CHECK(view.map(handle_of_peer(region.share()), 4096, 4096).ok());
}

LAW("a handle that is no region is corrupt") {
	LinkPair pair;
	RegionView view;
	CHECK(view.map(handle_of_peer(pair.near.handle()), 1, 4096).code == Code::kCorrupt);
}

LAW("a region that is allocated in steps can be written as far as it is allocated, and shared when it is so "
    "completely") {
	constexpr uint64_t kBytes = 64 * 4096;
	Region region;
	REQUIRE(region.create(kBytes, 4096).ok());
	CHECK(region.bytes() == kBytes && region.allocated() == 4096);
	region.memory()[4095] = std::byte{1};
	for (const uint64_t end : {uint64_t{8192}, uint64_t{100}, kBytes - 4096}) {
		CHECK(region.allocate(end).ok());
		CHECK(region.allocated() >= end && region.allocated() < kBytes);
		RegionView early;
		CHECK(early.map(handle_of_peer(region.share()), kBytes, kBytes).code == Code::kCorrupt);
	}
	region.memory()[kBytes - 4097] = std::byte{2};
	REQUIRE(region.allocate(kBytes).ok());
	region.memory()[kBytes - 1] = std::byte{3};
	RegionView view;
	REQUIRE(view.map(handle_of_peer(region.share()), kBytes, kBytes).ok());
	CHECK(view.memory()[4095] == std::byte{1} && view.memory()[kBytes - 4097] == std::byte{2});
	CHECK(view.memory()[kBytes - 1] == std::byte{3} && view.memory()[8192] == std::byte{0});
}

LAW("no bytes at all, and more than a region may have, are LIMIT") {
	Region none;
	CHECK(none.create(0).code == Code::kLimit);
	Region large;
	CHECK(large.create(kRegionBytesMax + 1).code == Code::kLimit);
	CHECK(none.memory() == nullptr && large.memory() == nullptr);
}

// --- Private views

struct Views {
	explicit Views(uint64_t bytes = 4 * 65536) {
		REQUIRE(region.create(bytes).ok());
		REQUIRE(shared.map(handle_of_peer(region.share()), bytes, bytes, &own).ok());
	}
	void fill(char letter) { std::fill_n(region.memory(), region.bytes(), static_cast<std::byte>(letter)); }
	[[nodiscard]] bool has(const std::byte* memory, uint64_t offset, uint64_t length, char letter) const {
		return std::all_of(memory + offset, memory + offset + length,
		                   [letter](std::byte byte) { return byte == static_cast<std::byte>(letter); });
	}

	Region region;
	RegionView shared;
	PrivateView own;
};

LAW("a private view has the bytes of the region after it was renewed") {
	Views views;
	CHECK(views.own.memory() == nullptr);
	views.fill('a');
	REQUIRE(views.own.open() && views.own.open());
	CHECK(views.own.renew(100, 70000));
	CHECK(views.has(views.own.memory(), 100, 70000, 'a'));
	views.fill('b');
	CHECK(views.own.renew(0, views.region.bytes()));
	CHECK(views.has(views.own.memory(), 0, views.region.bytes(), 'b'));
}

LAW("a store into a private view reaches no other process, and is undone when its bytes are renewed") {
	Views views;
	views.fill('a');
	REQUIRE(views.own.open());
	CHECK(views.own.renew(0, views.region.bytes()));
	for (const uint64_t offset : {uint64_t{0}, uint64_t{5000}, uint64_t{65536}, views.region.bytes() - 1}) {
		views.own.memory()[offset] = std::byte{'!'};
		CHECK(views.region.memory()[offset] == std::byte{'a'} && views.shared.memory()[offset] == std::byte{'a'});
	}
	views.fill('b');
	CHECK(views.own.renew(0, views.region.bytes()));
	CHECK(views.has(views.own.memory(), 0, views.region.bytes(), 'b'));
}

LAW("bytes of a private view that were separated do not follow the region") {
	Views views;
	views.fill('a');
	REQUIRE(views.own.open());
	CHECK(views.own.renew(1000, 66000));
	views.own.separate(1000, 66000);
	views.fill('b');
	CHECK(views.has(views.own.memory(), 1000, 66000, 'a'));
}

LAW("a private view outlives the region and its shared view, and is zeros after it was cleared") {
	PrivateView own;
	{
		Region region;
		RegionView shared;
		REQUIRE(region.create(8192).ok());
		region.memory()[8191] = std::byte{7};
		REQUIRE(shared.map(handle_of_peer(region.share()), 8192, 8192, &own).ok());
	}
	REQUIRE(own.open());
	CHECK(own.renew(8000, 192));
	CHECK(own.memory()[8191] == std::byte{7});
	own.memory()[8190] = std::byte{8};
	std::byte* const memory = own.memory();
	own.clear();
	CHECK(memory[8191] == std::byte{0} && memory[8190] == std::byte{0});
	memory[0] = std::byte{1};
	own.clear();
	CHECK(memory[8191] == std::byte{0} && !own.open());
}

LAW("a private view that was never made or was cleared before it was opened cannot be opened") {
	PrivateView none;
	none.clear();
	CHECK(!none.open() && none.memory() == nullptr);
	Views views;
	views.own.clear();
	CHECK(!views.own.open() && views.own.memory() == nullptr);
}

} // namespace
