#include "model/variables.h"

#include <algorithm>
#include <cstring>

#include "model/payload.h"
#include "model/relacy.h"

namespace ringwire::model {

namespace {

using Word = rl::atomic<uint64_t>;
using Plain = rl::var<uint64_t>;

constexpr uint32_t kWordsMax = 1024;
constexpr uint32_t kCellsMax = 64;
constexpr uint32_t kPayloadsMax = 8;
constexpr uint32_t kThreadsMax = 4;

struct Payload {
	const std::byte* memory;
	size_t bytes;
	uint32_t first_cell;
};

// Only elements below the counts exist.
alignas(Word) std::byte words[kWordsMax][sizeof(Word)];
alignas(Plain) std::byte owners[kCellsMax][sizeof(Plain)]; // finds races between ordered copies
uint32_t cell_values[kCellsMax];
Payload payloads[kPayloadsMax];
uint32_t words_count = 0;
uint32_t cells_count = 0;
uint32_t payloads_count = 0;
uint64_t last_seen[kWordsMax][kThreadsMax]; // by the last load

std::string mutant;
std::string mutant_file;
int mutant_line = 0;
bool mutant_drops = false;
bool mutant_blind = false;
bool reached = false;

Word& word(uint32_t variable) {
	return *std::launder(reinterpret_cast<Word*>(words[variable - 1]));
}

Plain& owner(uint32_t cell) {
	return *std::launder(reinterpret_cast<Plain*>(owners[cell]));
}

rl::debug_info info_of(Site site) {
	return {"", site.file, static_cast<unsigned>(site.line)};
}

bool is_mutant(Site site) {
	if (site.line != mutant_line) {
		return false;
	}
	const char* slash = std::strrchr(site.file, '/');
	if (mutant_file != (slash == nullptr ? site.file : slash + 1)) {
		return false;
	}
	reached = true;
	return true;
}

rl::memory_order relacy_order(std::memory_order order) {
	switch (order) {
	case std::memory_order_relaxed:
		return rl::mo_relaxed;
	case std::memory_order_consume:
		return rl::mo_consume;
	case std::memory_order_acquire:
		return rl::mo_acquire;
	case std::memory_order_release:
		return rl::mo_release;
	case std::memory_order_acq_rel:
		return rl::mo_acq_rel;
	default:
		return rl::mo_seq_cst;
	}
}

const Payload* payload_of(const std::byte* place) {
	for (uint32_t i = 0; i < payloads_count; ++i) {
		if (place >= payloads[i].memory && place < payloads[i].memory + payloads[i].bytes) {
			return &payloads[i];
		}
	}
	return nullptr;
}

} // namespace

void begin_execution() {
	words_count = 0; // the variables of a failed execution belonged to a context that no longer exists
	cells_count = 0;
	payloads_count = 0;
}

void end_execution() {
	for (uint32_t i = 0; i < words_count; ++i) {
		word(i + 1).~Word();
	}
	for (uint32_t i = 0; i < cells_count; ++i) {
		owner(i).~Plain();
	}
	begin_execution();
}

uint32_t make_variable(uint64_t value) {
	if (words_count == kWordsMax) {
		std::abort();
	}
	::new (words[words_count]) Word(value);
	std::fill_n(last_seen[words_count], kThreadsMax, value);
	words_count += 1;
	return words_count;
}

uint64_t load(uint32_t variable, std::memory_order order, Site site) {
	const bool weak = is_mutant(site);
	uint64_t& seen = last_seen[variable - 1][rl::thread_index()];
	if (!weak || !mutant_blind) {
		seen = word(variable)(info_of(site)).load(weak ? rl::mo_relaxed : relacy_order(order));
	}
	return seen;
}

void store(uint32_t variable, uint64_t value, std::memory_order order, Site site) {
	const bool weak = is_mutant(site);
	if (weak && mutant_drops) {
		return;
	}
	word(variable)(info_of(site)).store(value, weak ? rl::mo_relaxed : relacy_order(order));
}

void fence(std::memory_order order, Site site) {
	if (!is_mutant(site)) {
		rl::atomic_thread_fence(relacy_order(order), info_of(site));
	}
}

void require(bool condition, const char* law) {
	if (!condition) {
		rl::ctx().fail_test(law, rl::test_result_user_assert_failed, {});
	}
}

void make_payload(const std::byte* memory, size_t bytes) {
	const auto cells = static_cast<uint32_t>(bytes / kCellBytes);
	if (payloads_count == kPayloadsMax || cells_count + cells > kCellsMax) {
		std::abort();
	}
	payloads[payloads_count++] = {memory, bytes, cells_count};
	for (uint32_t i = 0; i < cells; ++i, ++cells_count) {
		cell_values[cells_count] = make_variable(0);
		::new (owners[cells_count]) Plain(0);
	}
}

void copy_cells(std::byte* target, const std::byte* source, size_t length, bool ordered) {
	const Site site = {__FILE__, __LINE__};
	const Payload* to = payload_of(target);
	const Payload* from = payload_of(source);
	if ((to == nullptr) == (from == nullptr)) {
		std::abort();
	}
	const Payload& payload = to != nullptr ? *to : *from;
	const auto offset = static_cast<size_t>((to != nullptr ? target : source) - payload.memory);
	for (size_t done = 0; done < length; done += kCellBytes) {
		const auto cell = payload.first_cell + static_cast<uint32_t>((offset + done) / kCellBytes);
		uint64_t value = 0;
		if (to != nullptr) {
			std::memcpy(&value, source + done, sizeof value);
			if (ordered) {
				owner(cell)(info_of(site)).store(value);
			}
			store(cell_values[cell], value, std::memory_order_relaxed, site);
		} else {
			if (ordered) {
				(void)owner(cell)(info_of(site)).load();
			}
			value = load(cell_values[cell], std::memory_order_relaxed, site);
			std::memcpy(target + done, &value, sizeof value);
		}
	}
}

void set_mutant(const std::string& name) {
	mutant = name;
	const size_t colon = name.find(':');
	if (colon != std::string::npos) {
		mutant_file = name.substr(0, colon);
		mutant_line = std::atoi(name.c_str() + colon + 1);
		mutant_drops = name.ends_with(":drop");
		mutant_blind = name.ends_with(":blind");
	}
}

bool mutated(const char* step) {
	if (mutant != step) {
		return false;
	}
	reached = true;
	return true;
}

bool mutant_reached() {
	return reached;
}

} // namespace ringwire::model
