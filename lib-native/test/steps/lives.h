// The lives of victims. Together they reach every step.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "channel/contract.h"
#include "channel/writer/shared_pool.h"
#include "test/steps/ledger.h"

namespace ringwire {

enum Trait : uint32_t {
	kComesFirst = 1,  // its peers open after it has joined
	kEnds = 2,        // a writer ends; a reader reads to the end
	kShutsDown = 4,   // in the middle
	kIsShutDown = 8,  // by its peer, in the middle
	kAlone = 16,      // it opens and leaves without a peer, among the sockets of dead ones
	kSole = 32,       // the only reader
	kLockIsBusy = 64, // another process holds the lock all the time
	kLocks = 2048,    // it takes and releases the lock before it opens its endpoint
	kBereft = 128,    // its peer closes without a bye, in the middle, and another one opens
	kPolite = 512,    // with kBereft: the peer sends a bye
	kDeep = 1024,     // the payload of the lane is overwritten before its descriptors
	kLossy = 256,     // a reader that does not hold back
	kLeases = 4096,   // a reader that copies only what it must, and has several open leases
	kPool = 8192,     // every third message is in a pool, which has room for a few
};

struct Life {
	const char* name;
	Role role;
	Overflow overflow;
	uint32_t traits;
	const char* heir; // the life of the process that is started after this one was killed

	[[nodiscard]] bool is(Trait trait) const { return (traits & trait) != 0; }
	// Of the writer's lane.
	[[nodiscard]] uint32_t depth() const { return is(kDeep) ? 64 : 16; }
};

[[nodiscard]] const std::vector<Life>& lives();
[[nodiscard]] const Life& life_named(std::string_view name);

// In the victim's process.
void live_as_writer(const Life& life, const Contract& contract, Ledger& ledger);
void live_as_reader(const Life& life, const Contract& contract, Ledger& ledger);
void live_as_server(const Life& life, const Contract& contract, Ledger& ledger);
void live_as_client(const Life& life, const Contract& contract, Ledger& ledger);

// The pool of a writer of such a life. Null: its life has none.
[[nodiscard]] std::shared_ptr<SharedPool> pool_of(const Life& life);
// Messages of a writer in one life: more than the depth of the lane, or more bytes than its capacity.
inline constexpr uint64_t kMessages = 40;

} // namespace ringwire
