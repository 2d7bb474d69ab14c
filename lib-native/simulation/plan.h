// The plan of a life: the channel, its endpoints, their programs, and the shortages, stops and deaths. All of it is drawn from
// the seed before the life begins.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "channel/contract.h"
#include "channel/reader/reader_endpoint.h"
#include "core/layout.h"
#include "platform/simulated/kernel.h"
#include "platform/simulated/random.h"
#include "platform/simulated/scheduler.h"

namespace ringwire::simulation {

inline constexpr uint64_t kSecond = 1'000'000'000; // nanoseconds

struct WriterPlan {
	enum class Ending : uint8_t {
		kStays,  // open, without an end, until the life is over
		kEnds,   // calls end() and stays
		kDrains, // calls end(), waits until everything is read, leaves
		kLeaves, // without end()
		kFails,  // leaves without a goodbye, as a program that has failed
		kShutsDown,
	};
	LaneGeometry geometry;
	uint64_t messages = 0;
	uint64_t burst = 1;       // messages without a pause
	uint64_t pause_nanos = 0; // after a burst
	uint64_t length_max = 32;
	bool in_batches = false;
	bool blocking = false; // waits in wait_space, not in the loop
	Ending ending = Ending::kStays;
};

struct ReaderPlan {
	enum class Ending : uint8_t {
		kStays, // until its end event, or until the life is over
		kLeaves,
		kFails,
		kShutsDown,
	};
	ReaderOptions options;
	bool wakes_lanes_apart = false; // as a reader with many writers does
	uint32_t batch_max = 16;
	uint64_t pause_nanos = 0; // after a batch
	bool blocking = false;
	Ending ending = Ending::kStays;
	uint64_t messages = 0;   // after which the ending is due
	bool gives_back = false; // leaves with a part of a batch unread
	bool leases = false;     // instead of batches of copies: several leases are open, and end in any order
};

// Of a server or a client.
struct DuplexPlan {
	enum class Ending : uint8_t {
		kStays, // a client ends when the life ends
		kEnds,  // a client: calls end() when it has all answers, and reads to the end
		kLeaves,
		kFails,
		kShutsDown, // a client: its connection
	};
	LaneGeometry geometry;
	Ending ending = Ending::kStays;
	uint32_t batch_max = 16;
	uint64_t pause_nanos = 0; // after a batch
	uint64_t spin_nanos = 0;
	// A server.
	uint64_t clients_max = 1;
	bool opens_again = false; // while another server is there
	// A client.
	uint64_t messages = 0;
	uint64_t burst = 1;
	uint64_t answers = 0; // after which a client leaves, fails or shuts down
	uint64_t length_max = 64;
	uint64_t timeout_nanos = 0; // of its attempts to connect, 0: none
	bool blocking = false;      // waits in wait_until
};

struct ActorPlan {
	Role role = Role::kWriter;
	uint64_t open_after_nanos = 0;     // after the start of its process
	uint64_t compute_nanos = 0;        // between the open and the first service
	uint64_t compute_at_end_nanos = 0; // between its last message and its ending
	uint64_t ending_after_nanos = 0;   // of an ending without messages
	WriterPlan writer;
	ReaderPlan reader;
	DuplexPlan duplex;
};

struct ProcessPlan {
	uint64_t start_nanos = 0;
	std::vector<ActorPlan> actors;
	std::vector<simulated::Blow> blows;
	size_t handles_max = simulated::Process::kNoLimit;
	bool among_neighbours = false; // blocking calls serve the other endpoints
};

struct LifePlan {
	Contract contract;
	bool duplex = false; // servers and clients; else writers and readers
	std::vector<ProcessPlan> processes;
	simulated::SchedulerOptions scheduler;
	simulated::Shortages shortages;
	// Smaller than the number of connections that can come at a time.
	[[nodiscard]] bool has_small_backlogs() const { return shortages.backlog_max < 64; }
	[[nodiscard]] bool has_shortages() const {
		return shortages.send_busy != 0 || shortages.no_handle != 0 || shortages.no_watch != 0 ||
		       shortages.no_memory != 0 ||
		       std::any_of(processes.begin(), processes.end(), [](const ProcessPlan& process) {
				   return process.handles_max != simulated::Process::kNoLimit;
			   });
	}
};

[[nodiscard]] LifePlan draw_plan(uint64_t seed);
// Makes the actors of a plan servers and clients.
void draw_duplex(LifePlan& plan, uint64_t seed);
// From nothing to about a minute.
[[nodiscard]] uint64_t any_pause(simulated::Random& random);
[[nodiscard]] std::string describe(const LifePlan& plan);

} // namespace ringwire::simulation
