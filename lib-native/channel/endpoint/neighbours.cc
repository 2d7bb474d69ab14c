#include "channel/endpoint/neighbours.h"

#include "channel/endpoint/endpoint.h"

namespace ringwire {

bool Neighbours::ById::operator()(const Endpoint* one, const Endpoint* other) const {
	return one->id() < other->id();
}

void Neighbours::add(Endpoint& endpoint) {
	endpoints_.insert(&endpoint);
	watching_ = watching_ && group_.add(endpoint.wait_set(), &endpoint);
}

void Neighbours::remove(Endpoint& endpoint) {
	endpoints_.erase(&endpoint);
	served_.erase(&endpoint);
	const bool left_out = left_out_.erase(&endpoint) != 0;
	if (watching_ && !left_out) {
		group_.remove(endpoint.wait_set());
	}
}

// After a failure all is made anew, as soon as there is enough of what was missing.
bool Neighbours::watching() {
	if (!watching_) {
		left_out_.clear();
		std::erase_if(endpoints_,
		              [](const Endpoint* endpoint) { return endpoint->left(); }); // those of a parent process
		watching_ = group_.open().ok();
		for (Endpoint* endpoint : endpoints_) {
			watching_ = watching_ && group_.add(endpoint->wait_set(), endpoint);
		}
	}
	return watching_;
}

bool Neighbours::wait(const Endpoint& waiting, int64_t timeout_nanos) {
	if (!watching() || !let_in_again(waiting)) {
		return false;
	}
	void* tokens[WaitSet::kReadyMax];
	const int count = group_.collect(tokens, timeout_nanos);
	for (int i = 0; i < count; ++i) {
		auto* endpoint = static_cast<Endpoint*>(tokens[i]);
		if (endpoint != nullptr && endpoint != &waiting) {
			serve(*endpoint);
		}
	}
	return true;
}

// An endpoint's events are not taken while its thread is blocked, and a thread that blocks over and over may never take them. No
// event may be dropped or merged away, as each was promised. So beyond some an endpoint is not served any more: further
// peers wait in its sockets, as they would if this thread did something else, and the kernel bounds that.
void Neighbours::serve(Endpoint& endpoint) {
	endpoint.serve_aside();
	served_.insert(&endpoint);
	if (endpoint.crowded()) {
		group_.remove(endpoint.wait_set());
		left_out_.insert(&endpoint);
	}
}

// Those whose events have been taken meanwhile, and the one that waits now.
bool Neighbours::let_in_again(const Endpoint& waiting) {
	std::erase_if(left_out_, [&](Endpoint* endpoint) {
		if (endpoint->crowded() && endpoint != &waiting) {
			return false;
		}
		watching_ = watching_ && group_.add(endpoint->wait_set(), endpoint);
		return true;
	});
	return watching_;
}

void Neighbours::release() {
	for (Endpoint* endpoint : served_) {
		endpoint->call_back_soon();
	}
	served_.clear();
}

} // namespace ringwire
