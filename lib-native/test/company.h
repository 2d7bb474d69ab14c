// The endpoints of a law, all on one thread. Busy endpoints are served in turn until a condition holds or until no endpoint is
// busy.
#pragma once

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "channel/reader/reader_endpoint.h"
#include "channel/writer/writer_endpoint.h"
#include "platform/meeting_place.h"
#include "platform/wait_group.h"
#include "test/law.h"
#include "test/scratch_folder.h"

namespace ringwire {

using Texts = std::vector<std::string>;

// The events of an endpoint so far.
struct Log {
	std::vector<Event> events;

	[[nodiscard]] size_t count(Event::Type type) const {
		return static_cast<size_t>(
			std::count_if(events.begin(), events.end(), [type](const Event& event) { return event.type == type; }));
	}
	// The newest event of a type, null when there is none.
	[[nodiscard]] const Event* last(Event::Type type) const {
		const auto found =
			std::find_if(events.rbegin(), events.rend(), [type](const Event& event) { return event.type == type; });
		return found == events.rend() ? nullptr : &*found;
	}
	[[nodiscard]] uint64_t lost() const {
		uint64_t sum = 0;
		for (const Event& event : events) {
			sum += event.type == Event::Type::kLost ? event.count : 0;
		}
		return sum;
	}
	[[nodiscard]] bool departed(Event::Reason reason) const {
		return count(Event::Type::kDisconnect) == 1 && last(Event::Type::kDisconnect)->reason == reason;
	}
};

// One endpoint with its log.
class Member {
public:
	explicit Member(Endpoint& endpoint) : endpoint_(endpoint) {}
	Member(const Member&) = delete;
	Member& operator=(const Member&) = delete;
	virtual ~Member() = default;

	void serve() {
		wakes |= endpoint_.service();
		take_events();
	}
	void take_events() {
		Event event;
		while (endpoint_.take_event(event)) {
			log.events.push_back(event);
		}
	}
	[[nodiscard]] bool busy() const { return !endpoint_.left() && endpoint_.wait_set().ready(); }
	[[nodiscard]] Endpoint& common() const { return endpoint_; }

	Log log;
	uint32_t wakes = kWakeNone;
	Status opened;

private:
	Endpoint& endpoint_;
};

// Returns when a member is busy, or after this time.
inline void wait_for_any(const std::vector<const Member*>& members, int64_t timeout_nanos) {
	WaitGroup group;
	(void)group.open(); // a law without free descriptors does not wait
	int token = 0;
	for (const Member* member : members) {
		(void)group.add(member->common().wait_set(), &token); // fails for a member that could not open
	}
	void* tokens[WaitSet::kReadyMax];
	(void)group.collect(tokens, timeout_nanos);
}

class TestWriter : public Member {
public:
	TestWriter(const Contract& contract, const LaneGeometry& geometry, uint64_t silence_nanos = kHandshakeNanosMax)
		: Member(endpoint), endpoint(contract, geometry) {
		endpoint.limit_silence(silence_nanos);
		opened = endpoint.open();
		take_events();
	}
	TestWriter(const Contract& contract, const LaneGeometry& geometry, const std::shared_ptr<SharedPool>& pool)
		: Member(endpoint), endpoint(contract, geometry) {
		opened = endpoint.use_pool(pool);
		if (opened.ok()) {
			opened = endpoint.open();
		}
		take_events();
	}
	// One direction of a duplex connection.
	TestWriter(const Contract& contract, const LaneGeometry& geometry, LinkEnd& end, const Peer& reader)
		: Member(endpoint), endpoint(contract, geometry) {
		opened = endpoint.open_on(end, reader);
	}
	WriterEndpoint::Written write(const std::string& text) {
		return endpoint.try_write(reinterpret_cast<const std::byte*>(text.data()), text.size());
	}
	// Writes prefix0, prefix1, ... and returns the number of accepted messages.
	uint64_t write_many(const std::string& prefix, uint64_t count) {
		uint64_t accepted = 0;
		for (uint64_t i = 0; i < count; ++i) {
			accepted += write(prefix + std::to_string(i)) == WriterEndpoint::Written::kAccepted ? 1 : 0;
		}
		return accepted;
	}
	WriterEndpoint endpoint;
};

class TestReader : public Member {
public:
	TestReader(const Contract& contract, const ReaderOptions& options, uint64_t silence_nanos = kHandshakeNanosMax)
		: Member(endpoint), endpoint(contract, options) {
		endpoint.limit_silence(silence_nanos);
		opened = endpoint.open();
		take_events();
	}
	// One direction of a duplex connection.
	TestReader(const Contract& contract, const ReaderOptions& options, LinkEnd& end, const Peer& writer)
		: Member(endpoint), endpoint(contract, options) {
		opened = endpoint.open_on(end, writer);
	}
	// Reads one batch. Its events are in the log when it returns. `ends_at[i]` is the number of events before message i.
	Texts read(uint32_t count_max = 1024) {
		std::vector<Slot> slots(count_max);
		const uint32_t count = endpoint.read_batch(slab_.get(), 0, kSlabSize, slots.data(), count_max, needed);
		take_events();
		Texts texts;
		for (uint32_t i = 0; i < count; ++i) {
			texts.emplace_back(reinterpret_cast<const char*>(slab_.get()) + slots[i].begin,
			                   slots[i].end - slots[i].begin);
		}
		return texts;
	}
	Texts read_all() {
		Texts all;
		for (Texts texts = read(); !texts.empty(); texts = read()) {
			all.insert(all.end(), texts.begin(), texts.end());
		}
		return all;
	}
	ReaderEndpoint endpoint;
	uint64_t needed = 0;

private:
	static constexpr size_t kSlabSize = 256 * 1024;
	// Not zeroed: the kill matrix opens thousands of readers that use a page or two of it.
	std::unique_ptr<std::byte[]> slab_{new std::byte[kSlabSize]};
};

inline Texts numbered(const std::string& prefix, uint64_t begin, uint64_t end) {
	Texts texts;
	for (uint64_t i = begin; i < end; ++i) {
		texts.push_back(prefix + std::to_string(i));
	}
	return texts;
}

class Company {
public:
	explicit Company(Overflow overflow = Overflow::kBlock) {
		contract.name = "channel";
		contract.codec = "bytes";
		contract.overflow = overflow;
		contract.directory = folder.path();
	}
	// For another process, on the channel of its parent.
	explicit Company(const Contract& elsewhere) : folder(nullptr), contract(elsewhere) {}

	TestWriter& writer(uint32_t depth = 64) { return writer(contract, depth); }
	TestWriter& writer(const Contract& with, uint32_t depth = 64) {
		return add<TestWriter>(with, LaneGeometry{kCapacityMin, kCapacityMin / 2, depth});
	}
	TestWriter& writer_with(const std::shared_ptr<SharedPool>& pool, uint32_t depth) {
		return add<TestWriter>(contract, LaneGeometry{kCapacityMin, kCapacityMin / 2, depth}, pool);
	}
	// They give up handshakes after this time.
	TestWriter& impatient_writer(uint32_t depth, uint64_t silence_nanos) {
		return add<TestWriter>(contract, LaneGeometry{kCapacityMin, kCapacityMin / 2, depth}, silence_nanos);
	}
	TestReader& impatient_reader(const ReaderOptions& options, uint64_t silence_nanos) {
		return add<TestReader>(contract, options, silence_nanos);
	}
	TestReader& reader(const ReaderOptions& options = {}) { return reader(contract, options); }
	TestReader& reader(const Contract& with, const ReaderOptions& options = {}) {
		return add<TestReader>(with, options);
	}
	struct Pair {
		TestWriter& writer;
		TestReader& reader;
	};
	// In this order.
	Pair pair(bool writer_first) {
		TestReader* first = writer_first ? nullptr : &reader();
		TestWriter& other = writer();
		return {other, first == nullptr ? reader() : *first};
	}
	// Leaves, and is not served any more.
	void dismiss(const Member& member) {
		std::erase_if(members_, [&](const auto& other) { return other.get() == &member; });
	}
	void dismiss_all() { members_.clear(); }

	// Serves until no endpoint is busy. Later alarms do not count.
	void settle() {
		while (serve_once()) {
		}
	}
	// Serves until the condition is true. The watchdog reports a condition that never becomes true.
	void until(const std::function<bool()>& condition) {
		while (!condition()) {
			if (!serve_once()) {
				std::vector<const Member*> all;
				for (const auto& member : members_) {
					all.push_back(member.get());
				}
				wait_for_any(all, 10'000'000);
			}
		}
	}
	// Of all endpoints of the channel, also of dead ones.
	[[nodiscard]] std::vector<std::string> labels() const {
		std::vector<std::string> labels;
		MeetingPlace place;
		CHECK(place.find(contract.directory, contract.name, contract.group).ok());
		CHECK(place.list(10'000, labels).ok());
		return labels;
	}
	[[nodiscard]] MeetingPlace::Dialled dial(const std::string& label, LinkEnd& end) const {
		MeetingPlace place;
		Status status;
		CHECK(place.find(contract.directory, contract.name, contract.group).ok());
		return place.dial(label, end, status);
	}

	ScratchFolder folder;
	Contract contract;

private:
	template <typename T, typename... Arguments>
	T& add(const Arguments&... arguments) {
		auto member = std::make_unique<T>(arguments...);
		T& reference = *member;
		members_.push_back(std::move(member));
		return reference;
	}
	bool serve_once() {
		bool served = false;
		for (const auto& member : members_) {
			if (member->busy()) {
				member->serve();
				served = true;
			}
		}
		return served;
	}
	std::vector<std::unique_ptr<Member>> members_;
};

} // namespace ringwire
