// The honest endpoints of a channel that a hostile peer attacks. They are kept from run to run, so that the next run detects
// the remains of the last one.
#pragma once

#include <memory>

#include "fuzz/strange_handle.h"
#include "fuzz/target.h"
#include "fuzz/watch.h"
#include "platform/clock.h"
#include "test/impostor.h"
#include "test/lane_memory.h"

namespace fuzz {

// A hostile peer's connection to the only endpoint of a role, before any message.
class HostileLink {
public:
	HostileLink(ringwire::Company& company, ringwire::Role target) : company_(company), target_(target) {
		for (const std::string& label : company.labels()) {
			if (label.starts_with(role_name(target))) {
				HOLDS(company.dial(label, socket) == ringwire::MeetingPlace::Dialled::kYes);
			}
		}
		HOLDS(socket.open());
	}
	[[nodiscard]] ringwire::WireHello hello(uint64_t id) const {
		return make_hello(company_.contract, opposite(target_), id, ringwire::monotonic_nanos());
	}
	void send(const void* message, size_t length, ringwire::OsHandle share = ringwire::kNoHandle) {
		if (socket.open()) {
			(void)socket.send(message, length, share);
		}
	}
	void send(ringwire::WireType type) {
		const auto byte = static_cast<uint8_t>(type);
		send(&byte, 1);
	}
	// Whether a message of that type has arrived. Copies its first bytes to `message` and discards other messages.
	template <typename T>
	bool receive(ringwire::WireType type, T& message) {
		alignas(8) std::byte bytes[ringwire::kWireBytesMax];
		for (;;) {
			size_t length = 0;
			ringwire::ReceivedHandle shared;
			bool truncated = false;
			if (socket.receive(bytes, sizeof bytes, length, shared, truncated) !=
			    ringwire::LinkEnd::Received::kMessage) {
				return false;
			}
			if (static_cast<ringwire::WireType>(bytes[0]) == type) {
				std::memcpy(&message, bytes, sizeof message);
				return true;
			}
		}
	}
	// Sends one message that an honest peer would not send now: any type, any length, sometimes with a handle.
	void misbehave(Choices& choices) {
		alignas(8) std::byte message[ringwire::kWireBytesMax + 16] = {};
		const size_t lengths[] = {1,
		                          sizeof(ringwire::WireWelcome),
		                          sizeof(ringwire::WireRefuse),
		                          sizeof(ringwire::WireHello),
		                          sizeof(ringwire::WireReport),
		                          sizeof message,
		                          choices.below(sizeof message)};
		const size_t length = lengths[choices.below(std::size(lengths))];
		const uint64_t type = choices.below(15);
		if (type == static_cast<uint64_t>(ringwire::WireType::kHello)) {
			const ringwire::WireHello own = hello(choices.below(3));
			std::memcpy(message, &own, sizeof own);
			if (choices.once_in(2)) {
				message[choices.below(sizeof own)] = std::byte{choices.byte()};
			}
		} else {
			choices.fill(message + 1, std::min<size_t>(length == 0 ? 0 : length - 1, 24));
			message[0] = static_cast<std::byte>(type);
			if (type == static_cast<uint64_t>(ringwire::WireType::kShutdown)) {
				std::memset(message + 8, 0, 8); // time 0, which every endpoint ignores: a valid one ends the channel
			}
		}
		constexpr const char* kNames[] = {
			"message of type 0", "ring",  "hello",  "welcome", "ready",        "refuse", "bye",
			"old shutdown",      "query", "report", "cursor",  "introduction", "pool",   "mapped",
			"message of type 14"};
		tried(kNames[type]);
		if (choices.once_in(8)) {
			const StrangeHandle strange(choices);
			send(message, length, strange.get());
		} else {
			send(message, length);
		}
	}

	ringwire::LinkEnd socket;

private:
	ringwire::Company& company_;
	ringwire::Role target_;
};

// The messages of the honest endpoints. A hostile peer cannot make them, because it has no access to the secret.
inline std::string honest_message(uint64_t number) {
	static const uint64_t secret = ringwire::random_u64();
	std::string message(40 + number % 100, '\0');
	ringwire::fill_message(reinterpret_cast<std::byte*>(message.data()), static_cast<uint32_t>(message.size()),
	                       secret ^ number);
	return message;
}

} // namespace fuzz
