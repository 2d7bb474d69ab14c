// A manual peer, which follows the protocol only as far as its law does.
#pragma once

#include <cstring>

#include "channel/wire.h"
#include "platform/clock.h"
#include "test/company.h"

namespace ringwire {

class Impostor {
public:
	// Connects to the only endpoint of that role.
	Impostor(Company& company, Role target) : company_(company), target_(target) {
		for (const std::string& label : company.labels()) {
			if (label.starts_with(role_name(target))) {
				CHECK(company.dial(label, socket) == MeetingPlace::Dialled::kYes);
			}
		}
		CHECK(socket.open());
	}

	[[nodiscard]] WireHello hello() const {
		return make_hello(company_.contract, opposite(target_), id, monotonic_nanos());
	}

	void send(const void* message, size_t length, OsHandle share = kNoHandle) {
		(void)socket.send(message, length, share);
		company_.settle();
	}
	void send(WireType type) {
		const auto byte = static_cast<uint8_t>(type);
		send(&byte, 1);
	}
	void say_hello(const WireHello& message) { send(&message, sizeof message); }
	// A reader's cursor, a writer's lane (read from the beginning), or a client's end of a pair of sockets.
	void hand_over(OsHandle share) {
		WireWelcome message;
		std::memset(&message, 0, sizeof message);
		message.type = static_cast<uint8_t>(target_ == Role::kWriter   ? WireType::kCursor
		                                    : target_ == Role::kReader ? WireType::kWelcome
		                                                               : WireType::kIntroduction);
		send(&message, target_ == Role::kReader ? sizeof message : 1, share);
	}
	void say_hello(const WireHello& message, const Region& region) {
		say_hello(message);
		hand_over(region.share());
	}

	// The next message. Its type is 0 for kNothing and kGone.
	struct Answer {
		WireType type = WireType{0};
		bool gone = false;
		Status refusal;
		WireHello hello{};
		WireWelcome welcome{};
		ReceivedHandle shared;
	};
	void receive(Answer& answer) {
		alignas(8) std::byte message[kWireBytesMax];
		size_t length = 0;
		bool truncated = false;
		answer.type = WireType{0};
		const auto received = socket.receive(message, sizeof message, length, answer.shared, truncated);
		answer.gone = received == LinkEnd::Received::kGone;
		if (received != LinkEnd::Received::kMessage) {
			return;
		}
		answer.type = static_cast<WireType>(message[0]);
		if (answer.type == WireType::kHello) {
			std::memcpy(&answer.hello, message, sizeof answer.hello);
		} else if (answer.type == WireType::kWelcome) {
			std::memcpy(&answer.welcome, message, sizeof answer.welcome);
		} else if (answer.type == WireType::kRefuse) {
			WireRefuse refuse;
			std::memcpy(&refuse, message, sizeof refuse);
			answer.refusal = refused_by_peer(refuse);
		}
	}
	// Skips to a message of this type. False: the link is silent or gone before one.
	bool hear(WireType type) {
		Answer answer;
		do {
			receive(answer);
		} while (answer.type != type && answer.type != WireType{0});
		return answer.type == type;
	}
	// The code of the refusal, or kOk without one.
	Code refused() {
		Answer answer;
		do {
			receive(answer);
		} while (answer.type != WireType::kRefuse && answer.type != WireType{0});
		return answer.refusal.code;
	}
	[[nodiscard]] bool cut_off() {
		Answer answer;
		do {
			receive(answer);
		} while (answer.type != WireType{0});
		return answer.gone;
	}

	LinkEnd socket;
	const uint64_t id = next_id_++;

private:
	static inline uint64_t next_id_ = 42;
	Company& company_;
	Role target_;
};

// Linked with the only writer, with write access to its cursor.
struct FakeReader {
	explicit FakeReader(Company& company) : impostor(company, Role::kWriter) {
		CHECK(memory.create(kCursorBytes).ok());
		cursor.emplace(memory.memory(), 0);
		WireHello hello = impostor.hello();
		hello.holds_back = 1;
		impostor.say_hello(hello, memory);
		Impostor::Answer answer;
		impostor.receive(answer);
		CHECK(answer.type == WireType::kHello && !answer.shared.held());
		impostor.receive(answer);
		CHECK(answer.type == WireType::kWelcome && answer.shared.held());
		start = answer.welcome.start;
		cursor->advance(start);
		impostor.send(WireType::kReady);
	}
	Impostor impostor;
	Region memory;
	std::optional<CursorOwner> cursor;
	uint64_t start = 0;
};

// Linked with the only reader, with write access to every word of its lane.
struct FakeWriter {
	explicit FakeWriter(Company& company, uint32_t depth = 16)
		: impostor(company, Role::kReader), geometry{kCapacityMin, kCapacityMin / 2, depth} {
		CHECK(memory.create(geometry.lane_bytes()).ok());
		lane.emplace(memory.memory(), geometry, 42, CopyKind::kOrdered);
		impostor.say_hello(impostor.hello(), memory);
		CHECK(impostor.hear(WireType::kHello) && impostor.hear(WireType::kCursor));
		CHECK(impostor.hear(WireType::kReady));
		impostor.send(WireType::kRing);
		company.settle();
	}
	void write(const std::string& text) {
		lane->put(reinterpret_cast<const std::byte*>(text.data()), static_cast<uint32_t>(text.size()), 1);
		lane->publish();
	}
	[[nodiscard]] LaneControl& control() const { return *reinterpret_cast<LaneControl*>(memory.memory()); }
	[[nodiscard]] Descriptor& descriptor(uint64_t sequence) const {
		return reinterpret_cast<Descriptor*>(memory.memory() + sizeof(LaneControl))[sequence & (geometry.depth - 1)];
	}
	Impostor impostor;
	LaneGeometry geometry;
	Region memory;
	std::optional<LaneWriter> lane;
};

} // namespace ringwire
