// Named steps of the code, at which a test can kill or stop the process: `RINGWIRE_STEP("publish: stored")` stands right
// after the code that it names. Compiled in only where RINGWIRE_STEPS is defined (make VARIANT=steps). Other binaries contain
// none of them, as scripts/steps-absent.mjs checks.
#pragma once

#ifdef RINGWIRE_STEPS

#include <algorithm>
#include <cstddef>

namespace ringwire {

// One object for each name, also if several places have it. All are in the list before main begins, so that a test finds the
// steps that it did not reach.
struct Step {
	explicit Step(const char* step_name) : name(step_name), next(newest), index(next != nullptr ? next->index + 1 : 0) {
		newest = this;
	}
	void reached() const {
		if (on_reached != nullptr) {
			on_reached(*this);
		}
	}

	const char* name;
	const Step* next;
	unsigned index;

	static inline const Step* newest = nullptr;
	static inline void (*on_reached)(const Step&) = nullptr;
};

template <size_t kSize>
struct StepName {
	// Not explicit: a string literal converts to it.
	consteval StepName(const char (&text)[kSize]) { std::copy_n(text, kSize, characters); }
	char characters[kSize] = {};
};

template <StepName kName>
inline const Step step{kName.characters};

} // namespace ringwire

#define RINGWIRE_STEP(name) ::ringwire::step<name>.reached()

#else

#define RINGWIRE_STEP(name) static_cast<void>(0)

#endif
