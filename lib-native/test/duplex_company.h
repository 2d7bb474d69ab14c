// Servers and clients of a law, all on one thread.
#pragma once

#include "channel/duplex/duplex_endpoint.h"
#include "test/company.h"

namespace ringwire {

class TestDuplex : public Member {
public:
	TestDuplex(const Contract& contract, Role role, uint64_t connections_max = 10)
		: Member(endpoint), endpoint(contract, role, connections_max) {
		opened = endpoint.open();
		take_events();
	}
	DuplexEndpoint endpoint;
	std::vector<std::unique_ptr<Introduction>> introductions;

	void meet() {
		serve();
		for (auto next = endpoint.take_introduction(); next != nullptr; next = endpoint.take_introduction()) {
			introductions.push_back(std::move(next));
		}
	}
};

// Serves all endpoints until the condition is true.
inline void until(const std::vector<TestDuplex*>& all, const std::function<bool()>& condition) {
	while (!condition()) {
		for (TestDuplex* one : all) {
			one->meet();
		}
	}
}

} // namespace ringwire
