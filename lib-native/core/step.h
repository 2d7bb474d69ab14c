// Named steps of the code, at which a test can kill or stop the process: `RINGWIRE_STEP("publish: stored")` stands right after
// what it names. Compiled in only where RINGWIRE_STEPS is defined (make VARIANT=steps). Elsewhere nothing is left of them, as
// scripts/steps-absent.mjs checks in the binaries.
#pragma once

#ifdef RINGWIRE_STEPS

#include <algorithm>
#include <cstddef>

namespace ringwire {

// One for each name, in however many places it stands, and in the list before main begins: so a test sees those too that it
// does not reach.
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
	// Not explicit: a string literal is one.
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
