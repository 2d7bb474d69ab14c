// One case of the kill matrix: a victim that leads its life, is killed or stopped at some step, and is followed by an heir; and
// the survivors, who know what they may expect. What a role's peers do is in the scenes of the roles.
#pragma once

#include <memory>
#include <optional>

#include "test/steps/message.h"
#include "test/steps/patience.h"
#include "test/steps/victim.h"

namespace ringwire {

class Scene {
public:
	Scene(const Life& life, const Blow& blow) : first_life_(life), blow_(blow), life_(&life) {}
	Scene(const Scene&) = delete;
	Scene& operator=(const Scene&) = delete;
	virtual ~Scene() = default;

	// Answers whether the victim came to the step so often.
	bool play();
	// How often the first victim came to each step.
	[[nodiscard]] uint32_t arrivals_at(const Step& step) const { return arrivals_[step.index]; }

protected:
	// The survivors come.
	virtual void set_up() = 0;
	// They leave.
	virtual void tear_down() { company_->dismiss_all(); }
	// A victim has been started.
	virtual void begin() {}
	// What they do next. False: nothing, for now.
	virtual bool turn() = 0;
	// The victim stands still. `locked`: it has the lock of the channel's folder.
	virtual void while_stopped(bool locked) = 0;
	// The victim is gone: what is known of it now?
	virtual void after() = 0;
	// Whether an heir can do nothing with these survivors any more.
	[[nodiscard]] virtual bool is_over() const = 0;

	// Goes on, turn by turn, until it is true.
	void until(const std::function<bool()>& condition);
	[[nodiscard]] Ledger& ledger() const { return victim_->ledger(); }
	[[nodiscard]] bool gone() { return victim_->look() >= Victim::State::kExited; }
	[[nodiscard]] uint32_t process() const { return victim_->process(); }
	[[nodiscard]] bool unharmed() const { return !dealt_; }
	[[nodiscard]] const Life& life() const { return *life_; }
	// Another channel of the same folder is not touched at all.
	void use_another_channel();

	std::optional<Company> company_;
	std::vector<const Member*> members_; // who may have something to do while nobody else does
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
	std::optional<FolderLock> lock_;
	uint32_t arrivals_[Ledger::kStepsMax] = {};
};

// How often a member was told something about a process.
[[nodiscard]] inline uint64_t told(const Member& member, Event::Type type, uint32_t process) {
	uint64_t count = 0;
	for (const Event& event : member.log.events) {
		count += event.type == type && event.peer.process == process ? 1 : 0;
	}
	return count;
}
// The newest of that.
[[nodiscard]] inline Event last_told(const Member& member, Event::Type type, uint32_t process) {
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
