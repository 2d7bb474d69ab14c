// One case of the kill matrix: a victim that is killed or stopped at some step of its life and is followed by an heir, and the
// survivors with their expectations. The scenes of the roles define the peers of each role.
#pragma once

#include <memory>
#include <optional>

#include "test/held_lock.h"
#include "test/steps/message.h"
#include "test/steps/victim.h"
#include "test/steps/wait_until.h"

namespace ringwire {

class Scene {
public:
	Scene(const Life& life, const Blow& blow) : first_life_(life), blow_(blow), life_(&life) {}
	Scene(const Scene&) = delete;
	Scene& operator=(const Scene&) = delete;
	virtual ~Scene() = default;

	// Returns whether the victim reached the step that number of times.
	bool play();
	// The step counts of the first victim.
	[[nodiscard]] uint32_t arrivals_at(const Step& step) const { return arrivals_[step.index]; }

protected:
	// Opens the survivors.
	virtual void set_up() = 0;
	// Closes the survivors.
	virtual void tear_down() { company_->dismiss_all(); }
	// Called after a victim has been started.
	virtual void begin() {}
	// The next actions of the survivors. False: none for now.
	virtual bool turn() = 0;
	// The victim is stopped.
	virtual void while_stopped() = 0;
	// The victim is gone. Derives the expectations from its ledger.
	virtual void after() = 0;
	// Whether these survivors are of no use to an heir.
	[[nodiscard]] virtual bool is_over() const = 0;

	// Continues in turns until the condition is true.
	void until(const std::function<bool()>& condition);
	[[nodiscard]] Ledger& ledger() const { return victim_->ledger(); }
	[[nodiscard]] bool gone() { return victim_->look() >= Victim::State::kExited; }
	[[nodiscard]] uint32_t process() const { return victim_->process(); }
	[[nodiscard]] bool unharmed() const { return !dealt_; }
	[[nodiscard]] const Life& life() const { return *life_; }
	// Another channel of the same run-time folder stays untouched.
	void use_another_channel();

	std::optional<Company> company_;
	std::vector<const Member*> members_; // members that may be busy while the others are not
	std::optional<Victim> victim_;

private:
	void act(const Life& life, const Blow& blow);
	void come();
	void plant_dead_sockets();
	[[nodiscard]] size_t dead_names() const;

	const Life& first_life_;
	Blow blow_;
	const Life* life_;
	bool up_ = false;
	bool dealt_ = false;
	std::optional<HeldLock> lock_;
	uint32_t arrivals_[Ledger::kStepsMax] = {};
};

// The number of events of a member about a process.
[[nodiscard]] inline uint64_t event_count(const Member& member, Event::Type type, uint32_t process) {
	uint64_t count = 0;
	for (const Event& event : member.log.events) {
		count += event.type == type && event.peer.process == process ? 1 : 0;
	}
	return count;
}
// The newest of these events.
[[nodiscard]] inline Event last_event(const Member& member, Event::Type type, uint32_t process) {
	Event last{};
	for (const Event& event : member.log.events) {
		if (event.type == type && event.peer.process == process) {
			last = event;
		}
	}
	return last;
}

[[nodiscard]] std::unique_ptr<Scene> make_scene(const Life& life, const Blow& blow);

} // namespace ringwire
