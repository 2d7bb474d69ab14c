// pair single|batch|round-trip SIZE COUNT FOLDER: two processes with native endpoints, without Node. The difference to a Node
// process is the cost of the binding.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

#include "bench/outcome.h"
#include "channel/reader/reader_endpoint.h"
#include "channel/writer/writer_endpoint.h"

using namespace ringwire;

namespace {

constexpr uint64_t kForever = UINT64_MAX;
constexpr uint32_t kBatch = 256;
// The defaults of defineChannel.
constexpr LaneGeometry kGeometry{uint64_t{4} << 20, uint64_t{2} << 20, 8192};

Contract contract_of(const char* folder, const char* direction) {
	Contract contract;
	contract.name =
		"native-" + std::string(direction) + "-" + std::to_string(getpgrp()) + "-" + std::to_string(getpid());
	contract.codec = "bytes";
	contract.directory = folder;
	return contract;
}

void serve(Endpoint& endpoint) {
	(void)endpoint.service();
	Event event;
	while (endpoint.take_event(event)) {
	}
}

void connect_to_one(Endpoint& endpoint) {
	while (endpoint.open_links() == 0) {
		serve(endpoint);
	}
}

// Retries until the message is accepted.
void write_one(WriterEndpoint& writer, const std::byte* message, uint64_t size) {
	while (writer.try_write(message, size) == WriterEndpoint::Written::kFull) {
		(void)writer.wait_space(size, kForever);
		serve(writer);
	}
}

struct Inbox {
	std::vector<std::byte> slab = std::vector<std::byte>(uint64_t{1} << 20);
	std::vector<Slot> slots = std::vector<Slot>(1024);
	uint64_t checksum = 0;

	// Waits for at least one message and reads all that are published.
	uint32_t read(ReaderEndpoint& reader) {
		for (;;) {
			uint64_t needed = 0;
			const uint32_t count = reader.read_batch(slab.data(), 0, slab.size(), slots.data(),
			                                         static_cast<uint32_t>(slots.size()), needed);
			if (count > 0) {
				for (uint32_t i = 0; i < count; ++i) {
					checksum +=
						static_cast<uint64_t>(slab[slots[i].begin]) + static_cast<uint64_t>(slab[slots[i].end - 1]);
				}
				return count;
			}
			if (needed > slab.size()) {
				slab.resize(needed);
				continue;
			}
			(void)reader.wait_until(kForever);
			serve(reader);
		}
	}
};

int write_all(const Contract& contract, bool batched, uint64_t size, uint64_t count) {
	WriterEndpoint writer(contract, kGeometry);
	if (!writer.open().ok()) {
		return 1;
	}
	connect_to_one(writer);
	const uint32_t together = static_cast<uint32_t>(std::clamp<uint64_t>((uint64_t{64} << 10) / size, 1, kBatch));
	std::vector<std::byte> slab(size * together, std::byte{1});
	std::vector<uint32_t> ends(together);
	for (uint32_t i = 0; i < together; ++i) {
		ends[i] = static_cast<uint32_t>(size * (i + 1));
	}
	for (uint64_t sent = 0; sent < count;) {
		const uint32_t wanted = batched ? static_cast<uint32_t>(std::min<uint64_t>(together, count - sent)) : 1;
		for (uint32_t i = 0; i < wanted; ++i) {
			slab[i * size] = static_cast<std::byte>(sent + i);
		}
		const uint32_t accepted =
			batched && wanted > 1 ? writer.try_write_batch(slab.data(), ends.data(), wanted).accepted : 0;
		sent += accepted;
		if (accepted < wanted) {
			write_one(writer, slab.data() + accepted * size, size);
			sent += 1;
		}
	}
	return 0; // published messages stay readable
}

int one_way(const char* folder, bool batched, uint64_t size, uint64_t count) {
	const Contract contract = contract_of(folder, "there");
	const pid_t child = fork();
	if (child == 0) {
		alarm(60);
		_exit(write_all(contract, batched, size, count));
	}
	ReaderEndpoint reader(contract, {});
	if (!reader.open().ok()) {
		return 1;
	}
	connect_to_one(reader);
	Inbox inbox;
	const uint64_t start = monotonic_nanos();
	for (uint64_t got = 0; got < count;) {
		got += inbox.read(reader);
	}
	const uint64_t nanos = monotonic_nanos() - start;
	reader.leave();
	int status = 0;
	waitpid(child, &status, 0);
	print_outcome(count, nanos, cpu_micros(RUSAGE_SELF) + cpu_micros(RUSAGE_CHILDREN));
	return status;
}

int round_trips(const char* folder, uint64_t size, uint64_t count) {
	const Contract there = contract_of(folder, "there");
	const Contract back = contract_of(folder, "back");
	std::vector<std::byte> message(size, std::byte{1});
	const pid_t child = fork();
	const bool answers = child == 0;
	WriterEndpoint writer(answers ? back : there, kGeometry);
	ReaderEndpoint reader(answers ? there : back, {});
	if (!writer.open().ok() || !reader.open().ok()) {
		return 1;
	}
	while (writer.open_links() == 0 || reader.open_links() == 0) {
		serve(writer);
		serve(reader);
	}
	Inbox inbox;
	if (answers) {
		for (uint64_t done = 0; done < count; ++done) {
			(void)inbox.read(reader);
			write_one(writer, message.data(), size);
		}
		writer.leave();
		reader.leave();
		_exit(0);
	}
	std::vector<uint64_t> nanos(count);
	const uint64_t start = monotonic_nanos();
	for (uint64_t& one : nanos) {
		const uint64_t before = monotonic_nanos();
		write_one(writer, message.data(), size);
		(void)inbox.read(reader);
		one = monotonic_nanos() - before;
	}
	const uint64_t all = monotonic_nanos() - start;
	reader.leave();
	int status = 0;
	waitpid(child, &status, 0);
	std::sort(nanos.begin(), nanos.end());
	const auto at = [&](double part) {
		return static_cast<unsigned long long>(
			nanos[std::min(count - 1, static_cast<uint64_t>(part * static_cast<double>(count)))]);
	};
	char more[512];
	std::snprintf(
		more, sizeof more,
		R"(,"latency":{"count":%llu,"runMedian":%llu,"p50":%llu,"p90":%llu,"p99":%llu,"p999":%llu,"max":%llu,"curve":[]})",
		static_cast<unsigned long long>(count), at(0.5), at(0.5), at(0.9), at(0.99), at(0.999), at(1));
	print_outcome(count, all, cpu_micros(RUSAGE_SELF) + cpu_micros(RUSAGE_CHILDREN), more);
	return status;
}

} // namespace

int main(int argc, char** argv) {
	alarm(60); // a process whose peer has died ends
	if (argc < 5) {
		return 2;
	}
	const std::string_view exchange = argv[1];
	const uint64_t size = std::strtoull(argv[2], nullptr, 10);
	const uint64_t count = std::strtoull(argv[3], nullptr, 10);
	if (exchange == "round-trip") {
		return round_trips(argv[4], size, count);
	}
	return one_way(argv[4], exchange == "batch", size, count);
}
