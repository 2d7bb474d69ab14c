// Leaves this process no free descriptor during its lifetime.
#pragma once

#include <sys/resource.h>

#include <fcntl.h>
#include <unistd.h>

namespace ringwire {

class DescriptorLimit {
public:
	// `spare` descriptors can still be opened.
	explicit DescriptorLimit(unsigned spare = 0) {
		getrlimit(RLIMIT_NOFILE, &before_);
		rlimit now = before_;
		const int lowest_free = fcntl(0, F_DUPFD, 0);
		close(lowest_free);
		now.rlim_cur = static_cast<rlim_t>(lowest_free) + spare;
		setrlimit(RLIMIT_NOFILE, &now);
	}
	DescriptorLimit(const DescriptorLimit&) = delete;
	DescriptorLimit& operator=(const DescriptorLimit&) = delete;
	~DescriptorLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

private:
	rlimit before_{};
};

} // namespace ringwire
