// Where the endpoints of a channel find each other.
//
// Each channel of a directory has a place of its own. An endpoint appears there under a label: a short text that the caller chooses and
// that no other endpoint ever uses. The contract of every implementation:
//
// * Once `appear` has returned, every `list` contains the label, until the endpoint withdraws or is found dead.
// * A label that is listed accepts connections unless its endpoint is dead. No label is listed before that.
// * An endpoint that appears and then lists therefore finds every endpoint that appeared before it. Of two endpoints that do so at the
//   same time, at least one finds the other, and both may.
// * None of this needs the lock. The lock only decides between endpoints that exclude each other.
// * The system releases labels and lock of a process that is killed: its labels refuse connections (at once or a little later), and its
//   lock is free. The `dial`, `answers` and `tidy_up` of other processes remove everything else that it leaves. A place without labels
//   does not exist.
//
// Never waits, except where it says so. Not for use by several threads at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/status.h"
#include "platform/link_end.h"
#include "platform/wait_set.h"

namespace ringwire {

// Access for our own user only, or for the members of a group as well.
inline constexpr uint32_t kNoGroup = ~uint32_t{0};

// A label consists of a-z, 0-9 and '-', begins with a letter and has at most this many characters.
inline constexpr size_t kLabelLengthMax = 23;

class MeetingPlace {
public:
	enum class Dialled : uint8_t { kYes, kDead, kBusy, kFailed };
	enum class Accepted : uint8_t { kYes, kNothing, kLimit };
	enum class Locked : uint8_t { kYes, kBusy, kFailed };

	MeetingPlace();
	MeetingPlace(const MeetingPlace&) = delete;
	MeetingPlace& operator=(const MeetingPlace&) = delete;
	// Withdraws and unlocks.
	~MeetingPlace();

	// Must be called before everything else. The channel's name is any text that is not empty. An empty directory means the system's
	// default. The directory is created if it is missing, the place is not. Fails with ACCESS if another user could enter or change the
	// directory, and with LIMIT if the system cannot represent a name of this length. With a group it waits for another member
	// that is creating the directory (kLockWaitNanosMax at most).
	[[nodiscard]] Status find(const std::string& directory, const std::string& channel, uint32_t group = kNoGroup);

	// The labels that are listed, in no order. Some may be of dead endpoints. Fails with LIMIT if there are more than `count_max`.
	[[nodiscard]] Status list(size_t count_max, std::vector<std::string>& labels) const;

	// Creates the place if it is missing. At most once in the life of a MeetingPlace. `backlog`: connections that may wait for `accept`. On
	// failure nothing is left of the attempt. With a group it waits for another member that is creating the place (kLockWaitNanosMax at
	// most).
	[[nodiscard]] Status appear(const std::string& label, int backlog);
	// Removes the label, closes connections that wait, and tidies up. Idempotent.
	void withdraw();

	// From now on the wait set returns `token` while a connection waits. Only between `appear` and `withdraw`, which ends it as well.
	// False: the system is short of memory or watches.
	[[nodiscard]] bool watch(WaitSet& wait_set, void* token);
	void unwatch(WaitSet& wait_set);
	// The next connection that waits: kLimit: this process is short of handles or memory, and the connection goes on waiting.
	[[nodiscard]] Accepted accept(LinkEnd& end);

	// Connects to the endpoint with this label. kDead: it is gone, and so is its label. kBusy: it exists, but its backlog is
	// full. kFailed: see `status`.
	[[nodiscard]] Dialled dial(const std::string& label, LinkEnd& end, Status& status) const;
	// Whether the endpoint with this label exists, as far as this process can find out: false only after kDead. `process`: identifies its
	// process, 0 if the system does not show it.
	[[nodiscard]] bool answers(const std::string& label, uint32_t* process = nullptr) const;
	// Whether the process at the other end of a link may be on this channel: it belongs to our user, or to a member of the group.
	[[nodiscard]] bool admits(const LinkEnd& end) const;

	// The place's lock, to be held for a few calls. At most one MeetingPlace of all processes holds it. kBusy: another one does. kFailed: see
	// `status`. Creates the place if it is missing.
	[[nodiscard]] Locked try_lock(Status& status);
	// Waits until the deadline of the monotonic clock while the lock is busy.
	[[nodiscard]] Locked lock_until(uint64_t deadline, Status& status);
	// Removes the place if it has no label. Does nothing if the lock is not held.
	void unlock();

	// Removes what killed processes have left, unless a living endpoint is here that does so when it withdraws. Removes the place if it has
	// no label then.
	void tidy_up() const;

private:
	struct Place;
	std::unique_ptr<Place> place_;
};

// The names of the channels in a directory that have a place, in no order. The directory is found or created as by MeetingPlace::find. Fails with
// LIMIT if there are more than `count_max`.
[[nodiscard]] Status list_places(const std::string& directory, uint32_t group, size_t count_max,
                                 std::vector<std::string>& channels);

} // namespace ringwire
