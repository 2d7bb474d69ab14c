#include "platform/clock.h"

#include "platform/simulated/kernel.h"

namespace ringwire {

uint64_t monotonic_nanos() {
	simulated::scheduler().point("clock", 3, 0);
	return simulated::scheduler().now();
}

uint64_t random_u64() {
	const simulated::Heap::Outside outside;
	simulated::Process& process = simulated::kernel().owner();
	return process.drawn.emplace_back(simulated::kernel().random().next());
}

} // namespace ringwire
