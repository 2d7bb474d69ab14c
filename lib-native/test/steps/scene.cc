#include "test/steps/scene.h"
#include "test/linux/channel_names.h"

#include <fstream>

#include "platform/linux/folders/folder.h"
#include "platform/linux/unix_socket.h"
#include "test/steps/duplex_scene.h"
#include "test/steps/reader_scene.h"
#include "test/steps/writer_scene.h"

namespace ringwire {

namespace {

constexpr const char* kPlantedId = "0000000000000001";

size_t shared_mappings() {
	size_t count = 0;
	std::ifstream maps("/proc/self/maps");
	for (std::string line; std::getline(maps, line);) {
		count += line.find("memfd:") != std::string::npos ? 1 : 0;
	}
	return count;
}

} // namespace

std::unique_ptr<Scene> make_scene(const Life& life, const Blow& blow) {
	switch (life.role) {
	case Role::kWriter:
		return std::make_unique<WriterScene>(life, blow);
	case Role::kReader:
		return std::make_unique<ReaderScene>(life, blow);
	case Role::kServer:
	case Role::kClient:
		break;
	}
	return std::make_unique<DuplexScene>(life, blow);
}

bool Scene::play() {
	const size_t descriptors = descriptor_count();
	company_.emplace(first_life_.overflow);
	act(first_life_, blow_);
	std::copy_n(reinterpret_cast<const uint32_t*>(ledger().arrivals), Ledger::kStepsMax, arrivals_);
	if (victim_->look() == Victim::State::kKilled) {
		const Life& heir = life_named(first_life_.heir);
		if (is_over()) {
			tear_down();
			up_ = false;
		}
		victim_.reset();
		act(heir, {});
	}
	victim_.reset();
	tear_down();
	EXPECT(company_->folder.empty());
	company_.reset();
	EXPECT(descriptor_count() == descriptors);
	EXPECT(shared_mappings() == 0);
	return dealt_;
}

void Scene::act(const Life& life, const Blow& blow) {
	life_ = &life;
	const bool waits = life.is(kAlone) || life.is(kComesFirst);
	if (life.is(kAlone)) {
		plant_dead_sockets();
	}
	if (!waits && !up_) {
		come();
	}
	if (life.is(kLockIsBusy)) {
		lock_.emplace(company_->contract);
		EXPECT(lock_->held());
	}
	victim_.emplace(life, company_->folder.path(), blow);
	if (up_) {
		begin();
	}
	while (!gone()) {
		company_->settle();
		const bool stopped = victim_->look() == Victim::State::kStopped;
		if (!up_ && life.is(kComesFirst) && ledger().phase >= kJoined) {
			come();
		}
		if (stopped) {
			dealt_ = true;
			if (!up_) {
				come();
			}
			use_another_channel();
			while_stopped();
			victim_->go_on();
		} else if (!up_ || !turn()) {
			wait_for_member(members_);
		}
	}
	lock_.reset();
	if (!up_) {
		come();
	}
	if (victim_->look() == Victim::State::kKilled) {
		EXPECT(blow.signal == SIGKILL);
		dealt_ = true;
	} else {
		EXPECT(victim_->exit_code() == 0);
		const bool after_a_dead_one = blow.step == nullptr && dealt_;
		EXPECT(after_a_dead_one || dead_names() == 0);
	}
	EXPECT(ledger().complaints == 0);
	after();
}

void Scene::come() {
	up_ = true;
	members_.clear();
	set_up();
	if (victim_) {
		begin();
	}
}

void Scene::until(const std::function<bool()>& condition) {
	for (;;) {
		company_->settle();
		if (condition()) {
			return;
		}
		if (!turn()) {
			wait_for_member(members_);
		}
	}
}

void Scene::use_another_channel() {
	Contract contract = company_->contract;
	contract.name = "other";
	TestWriter& writer = company_->writer(contract);
	TestReader& reader = company_->reader(contract);
	EXPECT(writer.opened.ok() && reader.opened.ok());
	company_->settle();
	for (int i = 0; i < 3; ++i) {
		EXPECT(writer.write("m" + std::to_string(i)) == WriterEndpoint::Written::kAccepted);
		EXPECT(reader.read_all() == numbered("m", static_cast<uint64_t>(i), static_cast<uint64_t>(i) + 1));
	}
	company_->dismiss(writer);
	company_->dismiss(reader);
}

// An endpoint that leaves removes its own name. (The last one to leave removes the planted names.)
size_t Scene::dead_names() const {
	size_t count = 0;
	for (const std::string& name : names_of(*company_)) {
		LinkEnd probe;
		Status ignored;
		const std::string path = company_->folder / company_->contract.name + "/" + name;
		const bool planted = name.ends_with(kPlantedId);
		count += name != "lock" && !planted && connect_socket(path, probe, ignored) == Connected::kRefused ? 1 : 0;
	}
	return count;
}

// Creates the remains of killed endpoints.
void Scene::plant_dead_sockets() {
	const std::string folder = company_->folder / "channel";
	bool made = false;
	EXPECT(make_folder(folder, kNoGroup, made).ok());
	for (const char* prefix : {"/writer-", "/reader-", "/."}) {
		ListenSocket socket;
		EXPECT(socket.open(folder + prefix + kPlantedId, 1).ok());
	}
	const std::ofstream lock(folder + "/lock");
}

} // namespace ringwire
