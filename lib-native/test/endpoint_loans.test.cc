// The loan of a writer: room for one message that is made before it is published.
#include "test/company.h"

using namespace ringwire;

namespace {

using Written = WriterEndpoint::Written;

constexpr uint64_t kMessageMax = kCapacityMin / 2;

struct Scene {
	explicit Scene(Overflow overflow = Overflow::kBlock) : company(overflow) { company.settle(); }
	Company company;
	TestWriter& writer = company.writer();
	TestReader& reader = company.reader();
	WriterEndpoint& lender = writer.endpoint;

	Written fill_and_commit(const std::string& text) {
		std::memcpy(lender.loan_memory(), text.data(), text.size());
		return lender.commit_loan(text.size(), nullptr);
	}
};

} // namespace

LAW("a message that is made in the lane is published by its commit, and wakes its reader") {
	Scene scene;
	REQUIRE(scene.lender.try_loan(1000, true) == Written::kAccepted);
	CHECK(scene.lender.loan_memory() != nullptr);
	CHECK(scene.reader.read_all().empty());
	CHECK(!scene.reader.endpoint.begin_wait());
	scene.reader.endpoint.cancel_wait();
	CHECK(scene.fill_and_commit("made in the lane") == Written::kAccepted);
	CHECK(scene.lender.loan_memory() == nullptr);
	CHECK(scene.reader.read_all() == Texts{"made in the lane"});
	CHECK(scene.lender.counts().messages == 1 && scene.lender.counts().bytes == 16);
}

LAW("while a loan is open every other message is refused as busy, and none is dropped") {
	for (const Overflow overflow :
	     {Overflow::kBlock, Overflow::kDropNewest, Overflow::kDropOldest, Overflow::kLatest}) {
		Scene scene(overflow);
		const bool in_lane = has_limit(overflow);
		REQUIRE(scene.lender.try_loan(10, in_lane) == Written::kAccepted);
		const std::byte byte{};
		const uint32_t end = 1;
		CHECK(scene.lender.try_loan(10, in_lane) == Written::kBusy && scene.writer.write("other") == Written::kBusy);
		CHECK(scene.lender.try_write_batch(&byte, &end, 1).written == Written::kBusy);
		CHECK(scene.lender.room() == 0);
		scene.lender.abort_loan();
		CHECK(scene.writer.write("other") == Written::kAccepted && scene.lender.room() > 0);
		CHECK(scene.reader.read_all() == Texts{"other"});
		CHECK(scene.lender.counts().dropped == 0 && scene.lender.counts().messages == 1);
	}
}

LAW("without room a loan is refused as full under every policy that holds back, and a commit always has room") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropNewest}) {
		Scene scene(overflow);
		const std::string half(kMessageMax, 'x');
		CHECK(scene.writer.write(half) == Written::kAccepted);
		REQUIRE(scene.lender.try_loan(kMessageMax, true) == Written::kAccepted);
		CHECK(scene.fill_and_commit(half) == Written::kAccepted);
		CHECK(scene.lender.try_loan(1, true) == Written::kFull);
		CHECK(scene.lender.counts().dropped == 0);
		CHECK(scene.reader.read_all() == Texts({half, half}));
		CHECK(scene.lender.try_loan(kMessageMax + 1, true) == Written::kTooLarge);
		CHECK(scene.lender.try_loan(kMessageMax, true) == Written::kAccepted);
	}
}

LAW("a message that is made elsewhere is copied by the commit, also where no reader holds back") {
	for (const Overflow overflow : {Overflow::kBlock, Overflow::kDropOldest}) {
		Scene scene(overflow);
		REQUIRE(scene.lender.try_loan(100, false) == Written::kAccepted);
		CHECK(scene.lender.loan_memory() == nullptr);
		const std::string text = "made elsewhere";
		CHECK(scene.lender.commit_loan(text.size(), reinterpret_cast<const std::byte*>(text.data())) ==
		      Written::kAccepted);
		CHECK(scene.reader.read_all() == Texts{text});
	}
}

LAW("the end of a writer, its leaving and a shutdown publish nothing of its open loan") {
	for (const int how : {0, 1, 2}) {
		Scene scene;
		CHECK(scene.writer.write("before") == Written::kAccepted);
		REQUIRE(scene.lender.try_loan(100, true) == Written::kAccepted);
		std::memset(scene.lender.loan_memory(), 'x', 100);
		if (how == 0) {
			scene.lender.end();
		} else if (how == 1) {
			scene.lender.leave();
		} else {
			scene.lender.shutdown();
		}
		CHECK(scene.lender.try_loan(100, true) == (how == 2 ? Written::kShutDown : Written::kClosed));
		CHECK(how == 0 || scene.lender.commit_loan(100, nullptr) == (how == 2 ? Written::kShutDown : Written::kClosed));
		scene.lender.abort_loan();
		scene.company.settle();
		CHECK(scene.reader.read_all() == Texts{"before"});
	}
}

LAW("a lane that is not shared yet is allocated for a loan before its memory is lent") {
	Company company;
	TestWriter& writer = company.writer();
	const std::string half(kMessageMax, 'y');
	for (int i = 0; i < 2; ++i) {
		REQUIRE(writer.endpoint.try_loan(kMessageMax, true) == Written::kAccepted);
		std::memcpy(writer.endpoint.loan_memory(), half.data(), half.size());
		CHECK(writer.endpoint.commit_loan(kMessageMax, nullptr) == Written::kAccepted);
	}
	TestReader& reader = company.reader();
	company.settle();
	CHECK(reader.read_all() == Texts({half, half}));
}

LAW("an abort takes no room, and a reader that joins while a loan is open gets what is committed") {
	Scene scene;
	for (int i = 0; i < 100; ++i) {
		REQUIRE(scene.lender.try_loan(kMessageMax, true) == Written::kAccepted);
		std::memset(scene.lender.loan_memory(), 'z', kMessageMax);
		scene.lender.abort_loan();
	}
	REQUIRE(scene.lender.try_loan(kMessageMax, true) == Written::kAccepted);
	TestReader& late = scene.company.reader();
	scene.company.settle();
	CHECK(scene.fill_and_commit("late") == Written::kAccepted);
	CHECK(late.read_all() == Texts{"late"} && scene.reader.read_all() == Texts{"late"});
}
