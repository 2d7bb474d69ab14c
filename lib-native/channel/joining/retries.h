// Further attempts of an endpoint: connections that could not be made, and whatever else waits for the same time.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "channel/link/doorbell.h"
#include "core/limits.h"
#include "platform/clock.h"

namespace ringwire {

class Retries {
public:
	// The doorbell must live longer.
	explicit Retries(Doorbell& doorbell) : doorbell_(doorbell) {}

	// After this pause at the latest.
	void set(uint64_t pause_nanos) {
		const uint64_t at = monotonic_nanos() + pause_nanos;
		at_ = at_ == 0 ? at : std::min(at_, at);
		doorbell_.advance_alarm(at_);
	}
	void wake_soon() { doorbell_.wake_soon(); }
	// When it is time, 0: there is nothing to try again.
	[[nodiscard]] uint64_t at() const { return at_; }
	// True once when it is time.
	[[nodiscard]] bool take_due(uint64_t now) {
		const bool due = at_ != 0 && at_ <= now;
		at_ = due ? 0 : at_;
		return due;
	}

	void connect_later(const std::string& label) {
		labels_.push_back(label);
		set(kConnectRetryNanos);
	}
	[[nodiscard]] std::vector<std::string> take_labels() { return std::exchange(labels_, {}); }
	void give_up_labels() { labels_.clear(); }

	// Whether this is the first time since the label was `connected` that something is missing for a link to it. An empty label stands
	// for every peer that connects to us.
	[[nodiscard]] bool is_news(const std::string& label) {
		const uint64_t now = monotonic_nanos();
		const auto known = std::find_if(shortages_.begin(), shortages_.end(),
		                                [&](const Shortage& shortage) { return shortage.label == label; });
		if (known != shortages_.end()) {
			known->at = now;
			return false;
		}
		shortages_.push_back({label, now});
		return true;
	}
	// Of the peers that connect to us, some can be linked while others cannot: then the shortage is still the same one.
	void connected(const std::string& label) {
		const uint64_t now = monotonic_nanos();
		std::erase_if(shortages_, [&](const Shortage& shortage) {
			return shortage.label == label && (!label.empty() || now - shortage.at >= kShortageNanos);
		});
	}
	// Whether a label is to be tried again that has not been refused for want of something since it was last connected.
	[[nodiscard]] bool has_untried_label() const {
		return std::any_of(labels_.begin(), labels_.end(), [this](const std::string& label) {
			return std::none_of(shortages_.begin(), shortages_.end(),
			                    [&](const Shortage& shortage) { return shortage.label == label; });
		});
	}

private:
	struct Shortage {
		std::string label;
		uint64_t at; // when something was missing last
	};
	Doorbell& doorbell_;
	std::vector<std::string> labels_; // endpoints that could not take a connection, or could not be given one
	std::vector<Shortage> shortages_; // labels of endpoints that lacked something for a link
	uint64_t at_ = 0;
};

} // namespace ringwire
