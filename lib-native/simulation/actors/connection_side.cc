#include "simulation/actors/connection_side.h"

#include <algorithm>

#include "platform/simulated/kernel.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulation {

using simulated::scheduler;

void ConnectionSide::open(Connection& connection) {
	writer_.endpoint = std::move(connection.writer);
	reader_.endpoint = std::move(connection.reader);
	for (Half* half : {&writer_, &reader_}) {
		if (neighbours_ != nullptr) {
			neighbours_->add(*half->endpoint);
			half->endpoint->live_among(*neighbours_);
		}
		half->watched = loop_.add(half->endpoint->wait_set(), static_cast<Served*>(half));
	}
	take_events();
}

void ConnectionSide::serve(Half& half) {
	if (half.endpoint == nullptr) {
		return;
	}
	const uint32_t wake = half.endpoint->service();
	waits_for_data_ = waits_for_data_ && (wake & kWakeData) == 0;
	waits_for_space_ = waits_for_space_ && (wake & kWakeSpace) == 0;
	take_events();
}

void ConnectionSide::take_events() {
	for (Half* half : {&writer_, &reader_}) {
		Event event;
		while (half->endpoint->take_event(event)) {
			events_ += 1;
			world_.links += event.type == Event::Type::kConnect ? 1 : 0;
			world_.duplex->saw(record_, role_, half == &writer_, event);
		}
	}
}

bool ConnectionSide::turn(uint64_t now) {
	if (gone()) {
		return false;
	}
	if (world_.phase == Phase::kLeave) {
		leave(false);
		return false;
	}
	for (Half* half : {&writer_, &reader_}) {
		if (!half->watched) {
			half->watched = loop_.add(half->endpoint->wait_set(), static_cast<Served*>(half));
			serve(*half);
		}
	}
	if (world_.phase != Phase::kScript) {
		timer_ = 0;
	} else if (timer_ > now) {
		return false;
	}
	timer_ = 0;
	bool more = false;
	const uint64_t events = events_;
	if (!come_to_an_end(now, more)) {
		more = act(now);
	}
	more = more || (events_ != events && !gone()); // an event may ask for a next step
	if (!gone() && !more && !(writer_.watched && reader_.watched)) {
		timer_ = now + kRetryNanos;
	}
	return more;
}

// As a connection of the package: when the peer is gone the rest is read; a shutdown is one of both directions.
bool ConnectionSide::come_to_an_end(uint64_t now, bool& more) {
	SideRecord& record = side();
	const bool no_more_to_write = record.writer_gone || (record.ended && role_ == Role::kClient);
	if (record.reader_gone || (no_more_to_write && record.reader_ended)) {
		leave(false);
		return true;
	}
	if (record.told_of_shutdown) {
		writer_endpoint().shutdown();
		reader_endpoint().shutdown();
		take_events();
	}
	if (!record.told_of_shutdown && !record.writer_gone) {
		return false;
	}
	if (record.reader_ended) {
		leave(false);
		return true;
	}
	more = read(now) || wait_for_data();
	return true;
}

bool ConnectionSide::read(uint64_t now) {
	if (waits_for_data_) {
		if (!reader_endpoint().polling()) {
			return false;
		}
		waits_for_data_ = !reader_endpoint().poll();
		return true;
	}
	slots_.resize(plan_.batch_max);
	uint64_t needed = 0;
	const uint32_t count =
		reader_endpoint().read_batch(slab_.get(), 0, kSlabBytes, slots_.data(), plan_.batch_max, needed);
	take_events();
	for (uint32_t i = 0; i < count; ++i) {
		const std::byte* message = slab_.get() + slots_[i].begin;
		const size_t length = slots_[i].end - slots_[i].begin;
		world_.duplex->took(record_, role_, message, length);
		world_.messages += 1;
		took(message, length);
	}
	if (count > 0) {
		pause(now, plan_.pause_nanos);
	}
	return count > 0;
}

bool ConnectionSide::wait_for_data() {
	if (waits_for_data_) {
		return reader_endpoint().polling();
	}
	if (plan_.blocking) {
		(void)reader_endpoint().wait_until(scheduler().now() + kBlockNanos);
		take_events();
		timer_ = scheduler().now(); // the loop has its turn in between
		return true;
	}
	waits_for_data_ = !reader_endpoint().begin_wait();
	take_events();
	return !waits_for_data_ || reader_endpoint().polling();
}

bool ConnectionSide::write(const std::byte* message, size_t length) {
	world_.duplex->begin_write(record_, role_);
	const bool accepted = writer_endpoint().try_write(message, length) == WriterEndpoint::Written::kAccepted;
	world_.duplex->end_write(record_, role_, accepted);
	take_events();
	return accepted;
}

void ConnectionSide::end() {
	if (!side().ended) {
		side().ended = true;
		writer_endpoint().end();
		take_events();
	}
}

void ConnectionSide::shut_down() {
	scheduler().note("    %s calls shutdown", record_.name.c_str());
	DuplexOracle::begin_shutdown(record_, role_);
	writer_endpoint().shutdown();
	reader_endpoint().shutdown();
	take_events();
}

void ConnectionSide::pause(uint64_t now, uint64_t nanos) {
	if (world_.phase == Phase::kScript && nanos != 0) {
		timer_ = now + nanos;
	}
}

void ConnectionSide::leave(bool fails) {
	scheduler().note("    %s leaves%s", role_name(role_).data(), fails ? " without a goodbye" : "");
	DuplexOracle::begin_leave(record_, role_, fails);
	for (Half* half : {&writer_, &reader_}) {
		half->endpoint->leave(!fails);
		if (half->watched) {
			loop_.remove(half->endpoint->wait_set());
		}
		if (neighbours_ != nullptr) {
			neighbours_->remove(*half->endpoint);
		}
	}
	writer_.endpoint.reset();
	reader_.endpoint.reset();
	timer_ = 0;
}

// --- A client

bool CallingSide::act(uint64_t now) {
	if (!side().linked()) {
		return false;
	}
	const bool did = read(now);
	if (gone() || side().reader_gone || side().told_of_shutdown) {
		return true;
	}
	if (world_.phase != Phase::kScript) {
		script_done_ = true;
		if (world_.phase == Phase::kEnd && side().taken == side().accepted) {
			end();
		}
		return did || wait_for_data();
	}
	const bool leaves_early = plan_.ending >= DuplexPlan::Ending::kLeaves && side().taken >= plan_.answers;
	if (leaves_early || (side().accepted == plan_.messages && side().taken == plan_.messages)) {
		switch (plan_.ending) {
		case DuplexPlan::Ending::kEnds:
			end();
			break;
		case DuplexPlan::Ending::kShutsDown:
			shut_down();
			return true;
		case DuplexPlan::Ending::kLeaves:
		case DuplexPlan::Ending::kFails:
			leave(plan_.ending == DuplexPlan::Ending::kFails);
			return false;
		case DuplexPlan::Ending::kStays:
			script_done_ = true;
			break;
		}
	} else if (side().accepted < plan_.messages && !waits_for_space_ && write_burst(now)) {
		return true;
	}
	return did || wait_for_data();
}

// True: and there is more to write.
bool CallingSide::write_burst(uint64_t now) {
	std::vector<std::byte> message;
	for (uint64_t i = 0; i < plan_.burst && side().accepted < plan_.messages; ++i) {
		const uint64_t sequence = side().accepted;
		message.resize(Oracle::kLengthMin + (sequence % 3 == 0 ? 0 : plan_.length_max - Oracle::kLengthMin));
		Oracle::fill(message.data(), message.size(), record_.index, sequence);
		if (!write(message.data(), message.size())) {
			if (!side().told_of_shutdown) {
				wait_for_space(message.size());
			}
			return !waits_for_space_;
		}
	}
	pause(now, plan_.pause_nanos);
	return side().accepted < plan_.messages;
}

// --- A server

void AnsweringSide::took(const std::byte* message, size_t length) {
	due_.emplace_back(message, message + length);
}

bool AnsweringSide::act(uint64_t now) {
	script_done_ = true;
	for (; answered_ < due_.size(); ++answered_) {
		if (waits_for_space_) {
			return false;
		}
		if (!write(due_[answered_].data(), due_[answered_].size())) {
			if (!side().told_of_shutdown) {
				wait_for_space(due_[answered_].size());
			}
			return !waits_for_space_;
		}
	}
	due_.clear();
	answered_ = 0;
	if (side().reader_ended) {
		end();
		// The client has it all, or reads it from the lane, which it has mapped.
		if (side().linked()) {
			leave(false);
		}
		return false;
	}
	return read(now) || wait_for_data();
}

} // namespace ringwire::simulation
