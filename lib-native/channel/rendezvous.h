// Where the endpoints of a channel find each other: the channel's folder, and in it a socket for each endpoint but a duplex
// client, under a name made of its role and its id. Who enters holds the folder's lock, listens under a name of its own and
// connects to whoever is there; so nobody is half visible, and no pair is linked twice.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "channel/contract.h"
#include "channel/event.h"
#include "platform/folder.h"
#include "platform/link_socket.h"
#include "platform/wait_set.h"

namespace ringwire {

// An attempt to enter. As long as it lives nobody else comes or goes.
struct Entry {
	FolderLock lock;
	std::vector<std::string> peers; // the sockets of those of the opposite role; some may be left by the dead
	uint64_t retry_nanos = 0;       // after this long the next attempt may succeed; 0: none will
};

class Rendezvous {
public:
	// Contract and wait set must live longer. The wait set answers with the address of the rendezvous when somebody wants to connect.
	Rendezvous(const Contract& contract, Role role, uint64_t id, WaitSet& wait_set)
		: contract_(contract), role_(role), id_(id), wait_set_(wait_set) {}
	Rendezvous(const Rendezvous&) = delete;
	Rendezvous& operator=(const Rendezvous&) = delete;

	// Before everything else.
	[[nodiscard]] Status find();
	// Clients come and go without one: nobody looks for them.
	[[nodiscard]] bool has_name() const { return role_ != Role::kClient; }
	[[nodiscard]] bool nobody_is_there() const;
	// Where an endpoint of that role and id listens.
	[[nodiscard]] std::string path_of(Role role, uint64_t id) const;
	// Whether the process at the other end is one that the channel is open to.
	[[nodiscard]] bool may_join(const LinkSocket& socket) const;

	// False: see status, and when to try again; a status that is not ok is to be told in either case.
	[[nodiscard]] bool enter(Entry& entry, Status& status);
	// After `enter`, when the peers have been dialled. Releases the lock.
	void release(Entry& entry) const;
	// Not in yet, and not gone: a client all its life.
	[[nodiscard]] bool entering() const { return presence_ == Presence::kEntering; }
	// From now on nobody finds us. The last one cleans up.
	void withdraw();
	// Removes the name of an endpoint that was seen to die. True: it answers still, since the kernel closes its sockets one
	// after the other, and is to be looked at again soon.
	[[nodiscard]] bool remove_dead(const Peer& peer);
	// Looks at these again. True: and so it is still.
	[[nodiscard]] bool remove_dying();

	[[nodiscard]] bool listening() const { return listening_; }
	// Who wants to connect, see ListenSocket. After kLimit nobody is accepted before `listen_again`.
	[[nodiscard]] ListenSocket::Accepted accept(OsHandle& handle);
	// False: it still cannot, and is to be asked again.
	[[nodiscard]] bool listen_again();

private:
	enum class Presence : uint8_t { kEntering, kEntered, kGone };

	[[nodiscard]] Status held_for_long();
	void denied_by_member(Entry& entry, Status& status);
	[[nodiscard]] Status appear();
	[[nodiscard]] Status may_enter(const std::vector<std::string>& names) const;

	const Contract& contract_;
	const Role role_;
	const uint64_t id_;
	WaitSet& wait_set_;
	std::string folder_;
	ListenSocket listener_;
	Presence presence_ = Presence::kEntering;
	bool listening_ = false;
	std::vector<std::pair<std::string, unsigned>> dying_; // who died, but answered still, and how often to look again
	unsigned denials_ = 0;                                // in a row, by another member of the group
	unsigned attempts_ = 0;                               // to enter
	uint64_t busy_since_ = 0;                             // first attempt that found the lock busy
	bool held_reported_ = false;                          // as an error event
};

} // namespace ringwire
