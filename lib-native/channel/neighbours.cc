#include "channel/neighbours.h"

#include "channel/endpoint.h"

namespace ringwire {

void Neighbours::add(Endpoint& endpoint) {
	endpoints_.insert(&endpoint);
	if (watching_ == Watching::kYes && !wait_set_.watch(endpoint.pollable(), &endpoint)) {
		watching_ = Watching::kImpossible;
	}
}

void Neighbours::remove(Endpoint& endpoint) {
	endpoints_.erase(&endpoint);
	served_.erase(&endpoint);
	if (watching_ == Watching::kYes) {
		wait_set_.unwatch(endpoint.pollable());
	}
}

bool Neighbours::watching() {
	if (watching_ == Watching::kNotYet) {
		bool all = wait_set_.open().ok();
		for (Endpoint* endpoint : endpoints_) {
			all = all && wait_set_.watch(endpoint->pollable(), endpoint);
		}
		watching_ = all ? Watching::kYes : Watching::kImpossible;
	}
	return watching_ == Watching::kYes;
}

bool Neighbours::wait(const Endpoint& waiting, int64_t timeout_nanos) {
	if (!watching()) {
		return false;
	}
	void* tokens[WaitSet::kReadyMax];
	const int count = wait_set_.collect(tokens, timeout_nanos);
	for (int i = 0; i < count; ++i) {
		auto* endpoint = static_cast<Endpoint*>(tokens[i]);
		if (endpoint != nullptr && endpoint != &waiting) {
			endpoint->serve_aside();
			served_.insert(endpoint);
		}
	}
	return true;
}

void Neighbours::release() {
	for (Endpoint* endpoint : served_) {
		endpoint->call_back_soon();
	}
	served_.clear();
}

} // namespace ringwire
