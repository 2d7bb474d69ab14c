// An action in the middle of a call of this thread.
#pragma once

#include <functional>
#include <utility>

#include "core/step.h"

namespace ringwire {

// Runs an action at the step that is reached as the nth one, and possibly at a later one again. Actions do not nest.
class AtStep {
public:
	AtStep(size_t number, std::function<void()> action) : AtStep(number, number, std::move(action)) {}
	AtStep(size_t number, size_t again, std::function<void()> action)
		: action_(std::move(action)), number_(number), again_(again) {
		before_ = Step::on_reached;
		current = this;
		Step::on_reached = [](const Step& step) { current->reached(step); };
	}
	AtStep(const AtStep&) = delete;
	AtStep& operator=(const AtStep&) = delete;
	~AtStep() {
		Step::on_reached = before_;
		current = nullptr;
	}
	// The last of the actions.
	[[nodiscard]] bool done() const { return done_; }

private:
	void reached(const Step&) {
		if (acting_) {
			return;
		}
		const size_t number = count_++;
		if (number == number_ || number == again_) {
			acting_ = true;
			action_();
			acting_ = false;
			done_ = number == again_;
		}
	}
	static inline AtStep* current = nullptr;
	std::function<void()> action_;
	size_t number_;
	size_t again_;
	void (*before_)(const Step&) = nullptr;
	size_t count_ = 0;
	bool acting_ = false;
	bool done_ = false;
};

} // namespace ringwire
