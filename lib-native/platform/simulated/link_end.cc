// Links as pairs of queues.
#include "platform/link_end.h"

#include <algorithm>
#include <cstring>

#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::Heap;
using simulated::kernel;
using simulated::LinkObject;
using simulated::Object;
using simulated::Packet;
using simulated::pid_of;
using simulated::scheduler;

namespace {

constexpr uint32_t kUser = 1000;

LinkObject& object_of(const ReceivedHandle& handle) {
	return *kernel().get<LinkObject>(handle.get(), Object::Kind::kLink);
}

} // namespace

uint32_t own_user() {
	return kUser;
}

LinkEnd::Sent LinkEnd::send(const void* message, size_t length, Status&, OsHandle share) {
	scheduler().point("send", 13, *static_cast<const uint8_t*>(message));
	LinkObject& link = object_of(handle_);
	if (link.peer == nullptr) {
		return Sent::kGone;
	}
	if (kernel().random().once_in(kernel().shortages().send_busy)) {
		scheduler().count_shortage(kernel().owner());
		return Sent::kBusy;
	}
	LinkObject& peer = *link.peer;
	if (peer.queue.size() >= peer.queue_max) {
		return Sent::kFull;
	}
	const Heap::Outside outside;
	Packet& packet = peer.queue.emplace_back();
	packet.length = std::min(length, Packet::kBytesMax);
	std::memcpy(packet.bytes.data(), message, packet.length);
	Object* shared = share == kNoHandle ? nullptr : kernel().object_of(share);
	if (shared != nullptr) {
		if (link.received == 0 && !link.introduced) {
			kernel().breach("a handle is sent to a peer that has not said hello");
		}
		if (peer.handles_in_queue > 0) {
			kernel().breach("two handles are on their way to one peer");
		}
		kernel().reference(*shared);
		packet.shared = shared;
		peer.handles_in_queue += 1;
	}
	kernel().notify(peer);
	return Sent::kYes;
}

void LinkEnd::refuse_handles() {}

LinkEnd::Received LinkEnd::receive(void* message, size_t room, size_t& length, ReceivedHandle& shared,
                                   bool& truncated) {
	scheduler().point("receive", 14, 0);
	LinkObject& link = object_of(handle_);
	if (link.queue.empty()) {
		return link.peer == nullptr ? Received::kGone : Received::kNothing;
	}
	const Heap::Outside outside;
	Packet& packet = link.queue.front();
	length = packet.length;
	std::memcpy(message, packet.bytes.data(), std::min(room, packet.length));
	truncated = false;
	if (packet.shared != nullptr) {
		link.handles_in_queue -= 1;
		truncated = !kernel().has_room_for(1);
		if (!truncated) {
			shared.adopt(kernel().add_handle(*packet.shared));
		}
		kernel().release(*packet.shared);
	}
	link.received += 1;
	link.queue.pop_front();
	return Received::kMessage;
}

bool LinkEnd::peer_has_closed() const {
	scheduler().point("peer has closed?", 15, 0);
	return object_of(handle_).peer == nullptr;
}

Credentials LinkEnd::credentials() const {
	return {pid_of(object_of(handle_).peer_process), kUser};
}

} // namespace ringwire
