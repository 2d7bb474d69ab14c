#include "test/steps/victim.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test/law.h"
#include "test/steps/report.h"

namespace ringwire {

namespace {

constexpr unsigned kSecondsMax = 100; // ends also if its parent was killed

Ledger* map_ledger(int file) {
	void* memory = mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	close(file);
	if (memory == MAP_FAILED) {
		std::perror("mmap of a ledger");
		std::abort();
	}
	return static_cast<Ledger*>(memory); // zeroed
}

// --- In the victim

Ledger* own_ledger = nullptr;
Blow awaited;

void on_reached(const Step& reached) {
	const int error = errno;
	const uint32_t arrival = ++own_ledger->arrivals[reached.index];
	if (&reached == &step<"put: stamp stored">) {
		own_ledger->stamped += 1;
	} else if (&reached == &step<"publish: stored">) {
		own_ledger->published = own_ledger->stamped.load();
	} else if (&reached == &step<"advance: sequence stored">) {
		const uint64_t held = own_ledger->held;
		own_ledger->advanced = held > 0 ? held - 1 : own_ledger->read.load();
	}
	if (&reached == awaited.step && arrival == awaited.arrival) {
		kill(getpid(), awaited.signal);
	}
	errno = error;
}

int be_victim(int argc, char** argv) {
	if (argc != 7) {
		return 2;
	}
	alarm(kSecondsMax);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	own_ledger = map_ledger(std::atoi(argv[2]));
	complaints = &own_ledger->complaints;
	case_name = std::string(argv[1]) + ", in the victim";
	awaited.signal = std::atoi(argv[6]);
	awaited.arrival = static_cast<uint32_t>(std::atoi(argv[5]));
	for (const Step* known = Step::newest; known != nullptr; known = known->next) {
		awaited.step = std::strcmp(known->name, argv[4]) == 0 ? known : awaited.step;
	}
	Step::on_reached = on_reached;

	const Life& life = life_named(argv[1]);
	Contract contract;
	contract.name = "channel";
	contract.codec = "bytes";
	contract.overflow = life.overflow;
	contract.directory = argv[3];
	switch (life.role) {
	case Role::kWriter:
		live_as_writer(life, contract, *own_ledger);
		break;
	case Role::kReader:
		live_as_reader(life, contract, *own_ledger);
		break;
	case Role::kServer:
		live_as_server(life, contract, *own_ledger);
		break;
	case Role::kClient:
		live_as_client(life, contract, *own_ledger);
		break;
	}
	own_ledger->phase = kDone;
	return own_ledger->complaints == 0 ? 0 : 1;
}

const law::Alias alias("--victim", be_victim);

} // namespace

// --- In the parent

Victim::Victim(const Life& life, const std::string& directory, const Blow& blow) {
	const int file = memfd_create("ledger", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, sizeof(Ledger)) != 0) {
		std::perror("memfd of a ledger");
		std::abort();
	}
	const std::string texts[] = {std::to_string(file), std::to_string(blow.arrival), std::to_string(blow.signal)};
	pid_ = fork();
	if (pid_ == 0) {
		fcntl(file, F_SETFD, 0);
		execl("/proc/self/exe", "steps", "--victim", life.name, texts[0].c_str(), directory.c_str(),
		      blow.step != nullptr ? blow.step->name : "-", texts[1].c_str(), texts[2].c_str(), nullptr);
		_exit(127);
	}
	ledger_ = map_ledger(file);
}

Victim::~Victim() {
	if (state_ == State::kRunning || state_ == State::kStopped) {
		kill(pid_, SIGKILL);
		waitpid(pid_, nullptr, 0);
	}
	munmap(ledger_, sizeof(Ledger));
}

Victim::State Victim::look() {
	int status = 0;
	if ((state_ == State::kRunning || state_ == State::kStopped) && waitpid(pid_, &status, WNOHANG | WUNTRACED) > 0) {
		if (WIFSTOPPED(status)) {
			state_ = State::kStopped;
		} else if (WIFSIGNALED(status)) {
			state_ = State::kKilled;
			exit_code_ = 128 + WTERMSIG(status);
		} else {
			state_ = State::kExited;
			exit_code_ = WEXITSTATUS(status);
		}
	}
	return state_;
}

void Victim::go_on() {
	state_ = State::kRunning;
	kill(pid_, SIGCONT);
}

} // namespace ringwire
