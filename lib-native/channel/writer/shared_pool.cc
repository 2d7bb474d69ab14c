#include "channel/writer/shared_pool.h"

#include <algorithm>

#include "core/step.h"
#include "platform/clock.h"

namespace ringwire {

Status SharedPool::create(const PoolGeometry& geometry) {
	if (!geometry.valid()) {
		return Status::failure(Code::kUnsupported, "bytes or messageMax of the pool is out of range");
	}
	Status status = region_.create(geometry.bytes);
	if (status.ok()) {
		chunks_.emplace(region_.memory(), geometry, random_u64());
	}
	return status;
}

Status SharedPool::admit(uint32_t group) const {
	if (group_ && *group_ != group) {
		return Status::failure(Code::kMismatch, "the pool has a writer of another group, whose readers would see the "
		                                        "messages of this one: use a pool for each group");
	}
	return {};
}

void SharedPool::leave(PoolUser& user) {
	cancel_room(user);
	std::erase(users_, &user);
}

bool SharedPool::want_room(PoolUser& user, uint64_t length) {
	cancel_room(user);
	if (has_room(length)) {
		return true;
	}
	wishes_.push_back({&user, length});
	if (!arm()) {
		return false;
	}
	const bool come_true = has_room(length);
	if (come_true) {
		cancel_room(user);
	}
	look(); // for the others, whose readers `arm` has asked to ring no more
	return come_true;
}

void SharedPool::cancel_room(PoolUser& user) {
	if (std::erase_if(wishes_, [&user](const Wish& wish) { return wish.user == &user; }) > 0 && wishes_.empty() &&
	    opener_.is_of_this_process()) {
		chunks_->unwant(); // the lanes stay armed: one ring without effect, and their writers make them even then
	}
}

bool SharedPool::is_wanted_by(const PoolUser& user) const {
	return std::any_of(wishes_.begin(), wishes_.end(), [&user](const Wish& wish) { return wish.user == &user; });
}

void SharedPool::look() {
	if (wishes_.empty() || !opener_.is_of_this_process()) {
		return;
	}
	// The doorbells have been drained; now the epoch, now the look. A lane whose ring is still on its way is armed anew below: the round that
	// drains it looks again.
	chunks_->unwant();
	do {
		fulfil();
	} while (!wishes_.empty() && arm());
}

void SharedPool::fulfil() {
	std::erase_if(wishes_, [this](const Wish& wish) {
		if (!wish.user->is_over() && !has_room(wish.length)) {
			return false;
		}
		wish.user->room_is_there();
		return true;
	});
}

bool SharedPool::arm() {
	chunks_->want();
	for (PoolUser* user : users_) {
		user->arm_for_room();
	}
	// Pairs with the fence of a reader between its unpinning or its position and its look at the epoch, in PoolReader::room_awaited, in
	// ReaderEndpoint::commit and in ReaderLink::released. The look below loads both; that at the pins has the fence of
	// PoolWriter::free_unpinned before it as well.
	wake_fence();
	RINGWIRE_STEP("room: fenced");
	const bool any = std::any_of(wishes_.begin(), wishes_.end(),
	                             [this](const Wish& wish) { return wish.user->is_over() || has_room(wish.length); });
	if (any) {
		chunks_->unwant();
	} else {
		RINGWIRE_STEP("room: looked in vain");
	}
	return any;
}

bool SharedPool::has_room(uint64_t length) {
	const std::optional<uint32_t> chunk = chunks_->allocate(length);
	if (chunk) {
		chunks_->release(*chunk);
	}
	return chunk.has_value();
}

} // namespace ringwire
