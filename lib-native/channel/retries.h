// What an endpoint tries again: connections that could not be made, and whatever else waits for the same time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "core/limits.h"
#include "platform/clock.h"

namespace ringwire {

class Retries {
public:
	// After this pause at the latest.
	void set(uint64_t pause_nanos) {
		const uint64_t at = monotonic_nanos() + pause_nanos;
		at_ = at_ == 0 ? at : std::min(at_, at);
	}
	// When it is time, 0: there is nothing to try again.
	[[nodiscard]] uint64_t at() const { return at_; }
	// True once when it is time.
	[[nodiscard]] bool take_due(uint64_t now) {
		const bool due = at_ != 0 && at_ <= now;
		at_ = due ? 0 : at_;
		return due;
	}

	void connect_later(const std::string& path) {
		paths_.push_back(path);
		set(kConnectRetryNanos);
	}
	[[nodiscard]] std::vector<std::string> take_paths() { return std::exchange(paths_, {}); }
	void give_up_paths() { paths_.clear(); }

	// Whether this is the first time since the path was `connected` that somebody is to be told of what is missing. An empty path
	// stands for whoever connects to us.
	[[nodiscard]] bool is_news(const std::string& path) {
		if (std::find(told_.begin(), told_.end(), path) != told_.end()) {
			return false;
		}
		told_.push_back(path);
		return true;
	}
	void connected(const std::string& path) { std::erase(told_, path); }
	// Whether a path is to be tried again that has not been refused for want of something since it was last connected.
	[[nodiscard]] bool has_untried_path() const {
		return std::any_of(paths_.begin(), paths_.end(), [this](const std::string& path) {
			return std::find(told_.begin(), told_.end(), path) == told_.end();
		});
	}

private:
	std::vector<std::string> paths_; // endpoints that could not take a connection, or could not be given one
	std::vector<std::string> told_;  // of these it has been told that something is missing for a link
	uint64_t at_ = 0;
};

} // namespace ringwire
