// Links as pairs of queues.
#include "platform/link_socket.h"

#include <algorithm>
#include <cstring>

#include "core/step.h"
#include "platform/simulated/kernel.h"

namespace ringwire {

using simulated::Heap;
using simulated::kernel;
using simulated::Kernel;
using simulated::LinkObject;
using simulated::ListenerObject;
using simulated::Object;
using simulated::Packet;
using simulated::pid_of;
using simulated::scheduler;

namespace {

constexpr uint32_t kUser = 1000;

LinkObject& object_of(const ReceivedHandle& handle) {
	return *kernel().get<LinkObject>(handle.get(), Object::Kind::kLink);
}

ListenerObject* find_listener(const std::string& path) {
	const Heap::Outside outside;
	const size_t slash = path.rfind('/');
	const auto folder = kernel().folders().find(path.substr(0, slash));
	if (folder == kernel().folders().end()) {
		return nullptr;
	}
	const auto socket = folder->second.sockets.find(path.substr(slash + 1));
	return socket == folder->second.sockets.end() ? nullptr : socket->second;
}

} // namespace

uint32_t own_user() {
	return kUser;
}

LinkSocket::Connected LinkSocket::connect(const std::string& path, Status& status) {
	scheduler().point("connect", 12, 0);
	scheduler().note("    to %s", path.c_str());
	if (!kernel().has_room_for(1)) {
		status = Status{Code::kLimit, "could not make a link: too many handles", "connect", 1};
		return Connected::kFailed;
	}
	ListenerObject* listener = find_listener(path);
	if (listener == nullptr || !listener->listening) {
		return Connected::kRefused;
	}
	if (listener->backlog.size() > listener->backlog_max) {
		kernel().owner().had_full_backlog = true;
		return Connected::kBusy;
	}
	const Heap::Outside outside;
	LinkObject& near = kernel().make_link();
	LinkObject& far = kernel().make_link();
	kernel().join(near, far);
	near.peer_process = listener->process;
	far.peer_process = kernel().process_id();
	kernel().reference(far);
	listener->backlog.push_back(&far);
	handle_.adopt(kernel().add_handle(near));
	kernel().notify(*listener);
	return Connected::kYes;
}

LinkSocket::Sent LinkSocket::send(const void* message, size_t length, Status&, OsHandle share) {
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

void LinkSocket::refuse_handles() {}

LinkSocket::Received LinkSocket::receive(void* message, size_t room, size_t& length, ReceivedHandle& shared,
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

bool LinkSocket::peer_has_closed() const {
	scheduler().point("peer has closed?", 15, 0);
	return object_of(handle_).peer == nullptr;
}

bool LinkSocket::is_one(OsHandle handle) {
	return kernel().get<LinkObject>(handle, Object::Kind::kLink) != nullptr;
}

Credentials LinkSocket::credentials() const {
	return {pid_of(object_of(handle_).peer_process), kUser};
}

bool LinkSocket::peer_in_group(uint32_t) const {
	return false;
}

Status make_link_pair(OsHandle& near, OsHandle& far) {
	scheduler().point("make link pair", 16, 0);
	if (!kernel().has_room_for(2)) {
		return Status{Code::kLimit, "could not make a pair of links: too many handles", "make link pair", 1};
	}
	LinkObject& one = kernel().make_link();
	LinkObject& other = kernel().make_link();
	kernel().join(one, other);
	one.introduced = other.introduced = true;
	one.peer_process = other.peer_process = kernel().process_id();
	near = kernel().add_handle(one);
	far = kernel().add_handle(other);
	return {};
}

Status ListenSocket::open(const std::string& path, int backlog, bool) {
	if (!kernel().has_room_for(1)) {
		return Status{Code::kLimit, "could not make an endpoint: too many handles", "bind", 1};
	}
	const Heap::Outside outside;
	const size_t slash = path.rfind('/');
	Kernel::Folder& folder = kernel().folders()[path.substr(0, slash)];
	ListenerObject& listener = kernel().make_listener();
	folder.sockets[path.substr(slash + 1)] = &listener;
	handle_.adopt(kernel().add_handle(listener));
	listener.backlog_max = std::min(static_cast<size_t>(backlog), kernel().shortages().backlog_max);
	listener.listening = true;
	return {};
}

ListenSocket::Accepted ListenSocket::accept(OsHandle& handle) {
	scheduler().point("accept", 19, 0);
	auto* listener = kernel().get<ListenerObject>(handle_.get(), Object::Kind::kListener);
	if (listener->backlog.empty()) {
		return Accepted::kNothing;
	}
	if (!kernel().has_room_for(1)) {
		return Accepted::kLimit;
	}
	const Heap::Outside outside;
	LinkObject& link = *listener->backlog.front();
	listener->backlog.pop_front();
	handle = kernel().add_handle(link);
	kernel().release(link);
	return Accepted::kYes;
}

} // namespace ringwire
