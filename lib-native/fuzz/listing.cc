// `ringwire list` on hostile input: names in the run-time folder, which any process of the user can create, and the reports of
// endpoints. A thread acts as an endpoint that answers every query with random bytes.
#include <atomic>
#include <fstream>
#include <poll.h>
#include <sys/socket.h>
#include <thread>

#include "channel/listing/listing.h"
#include "fuzz/company.h"
#include "platform/linux/unix_socket.h"

using namespace ringwire;
using fuzz::Choices;

namespace {

constexpr uint64_t kTimeoutNanos = 5'000'000'000; // never reached: an endpoint without an answer closes

class Answerer {
public:
	Answerer() {
		HOLDS(std::filesystem::create_directory(folder / "channel"));
		HOLDS(listener.open(folder / "channel/writer-0123456789abcdef", 16).ok());
		thread_ = std::thread([this] { serve(); });
	}
	Answerer(const Answerer&) = delete;
	Answerer& operator=(const Answerer&) = delete;
	~Answerer() {
		over_ = true;
		thread_.join();
	}

	ScratchFolder folder;
	std::string answer; // changed only between queries

private:
	void serve() {
		while (!over_) {
			pollfd self{static_cast<int>(listener.handle()), POLLIN, 0};
			OsHandle handle = kNoHandle;
			if (poll(&self, 1, 20) > 0 && listener.accept(handle) == ListenSocket::Accepted::kYes) {
				LinkEnd link(handle);
				(void)::send(static_cast<int>(handle), answer.data(), answer.size(), MSG_NOSIGNAL);
			}
		}
	}

	ListenSocket listener;
	std::atomic<bool> over_{false};
	std::thread thread_;
};

// A file name of any bytes that are allowed in one.
std::string any_name(Choices& choices) {
	std::string name(1 + choices.below(40), 'x');
	choices.fill(name.data(), name.size());
	std::replace_if(
		name.begin(), name.end(), [](char c) { return c == '\0' || c == '/'; }, '-');
	if (choices.once_in(2)) {
		name = "reader-" + name;
	}
	return name == "." || name == ".." || name == "lock" ? "dot" : name;
}

} // namespace

void fuzz::attack(Choices& choices) {
	static auto* answerer = new Answerer;
	static const bool registered = std::atexit([] { delete answerer; }) == 0;
	(void)registered;
	WireReport report;
	std::memset(&report, 0, sizeof report);
	report.type = static_cast<uint8_t>(WireType::kReport);
	if (choices.once_in(2)) {
		choices.fill(reinterpret_cast<uint8_t*>(&report) + 1, sizeof report - 1);
	}
	answerer->answer.assign(reinterpret_cast<const char*>(&report), sizeof report);
	for (uint64_t wrong = choices.below(4); wrong > 0; --wrong) {
		answerer->answer[choices.below(sizeof report)] = static_cast<char>(choices.byte());
	}
	if (choices.once_in(4)) {
		answerer->answer.resize(choices.below(700), 'x');
	}
	const std::string name = any_name(choices);
	const std::string path = answerer->folder / (choices.once_in(2) ? "channel/" + name : name);
	{ const std::ofstream file(path); }
	std::vector<Listed> listed;
	HOLDS(list_channels(answerer->folder.path(), kNoGroup, kTimeoutNanos, listed).ok());
	HOLDS(listed.size() == 1 && listed[0].channel == "channel" && listed[0].peer.id == 0x0123456789abcdef);
	HOLDS(listed[0].answered == (answerer->answer.size() == sizeof report && answerer->answer[0] == 9));
	for (const std::string* text : {&listed[0].codec, &listed[0].overflow}) {
		HOLDS(text->size() <= kCodecLengthMax + 8);
		HOLDS(std::all_of(text->begin(), text->end(), [](char c) { return c >= ' ' && c <= '~'; }));
	}
	tried(listed[0].answered ? "reports taken" : "reports refused");
	tried("names");
	std::filesystem::remove(path);
	check_no_growth(2); // the thread may not have closed its connection yet
}
