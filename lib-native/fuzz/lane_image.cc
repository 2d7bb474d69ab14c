// A lane image in plain memory, with its header, that changes before every load of a LaneReader. AddressSanitizer detects every
// access outside of plain memory.
#include <algorithm>
#include <cstdlib>

#include "core/lane_reader.h"
#include "fuzz/target.h"
#include "fuzz/watch.h"
#include "test/lane_memory.h"

using namespace ringwire;
using fuzz::Choices;

namespace {

struct Scene {
	Choices& choices;
	const LaneMemory& memory;
	uint64_t start;
	unsigned rarity;
};

void store_wrong_value(Scene& scene) {
	Choices& choices = scene.choices;
	Descriptor& descriptor = scene.memory.descriptor(scene.start + choices.below(16));
	LaneControl& control = scene.memory.control();
	const auto lie_in = [&](SharedU64& word, const char* name) {
		word = choices.lie(word);
		fuzz::tried(name);
	};
	switch (choices.below(9)) {
	case 0:
		return lie_in(control.published, "lane image: published");
	case 1:
		return lie_in(control.intent, "lane image: intent");
	case 2:
		return lie_in(descriptor.stamp, "lane image: stamp");
	case 3:
		return lie_in(descriptor.position, "lane image: position");
	case 4:
		descriptor.length = static_cast<uint32_t>(choices.lie(descriptor.length));
		return fuzz::tried("lane image: length");
	case 5:
		descriptor.flags = static_cast<uint32_t>(choices.lie(descriptor.flags));
		return fuzz::tried("lane image: flags");
	case 6:
		control.state = static_cast<uint32_t>(choices.lie(control.state));
		return fuzz::tried("lane image: state");
	case 7:
		lie_in(control.want_epoch, "lane image: want epoch");
		return lie_in(control.want_sequence, "lane image: want sequence");
	default:
		*scene.memory.payload(choices.lie(0)) = std::byte{choices.byte()};
		return fuzz::tried("lane image: payload");
	}
}

void lie_in_header(Choices& choices, LaneHeader& header) {
	switch (choices.below(6)) {
	case 0:
		header.magic = choices.lie(header.magic);
		break;
	case 1:
		header.version = static_cast<uint32_t>(choices.lie(header.version));
		break;
	case 2:
		header.depth =
			static_cast<uint32_t>(choices.once_in(2) ? uint64_t{1} << choices.below(32) : choices.lie(header.depth));
		break;
	case 3:
		header.capacity = choices.once_in(2) ? uint64_t{1} << choices.below(64) : choices.lie(header.capacity);
		break;
	case 4:
		header.message_max = choices.lie(header.message_max);
		break;
	default:
		choices.fill(&header, sizeof header);
		break;
	}
	fuzz::tried("lane image: header");
}

// One look of a reader: takes a message, skips, or finds none.
void look(LaneReader& reader, std::vector<std::byte>& target) {
	Message message{};
	const uint64_t before = reader.next();
	watch::counts.loads = 0;
	switch (reader.locate(message)) {
	case ReadOutcome::kMessage:
		HOLDS(message.length <= reader.geometry().message_max);
		target.resize(message.length);
		target.shrink_to_fit(); // so that AddressSanitizer detects one byte too many
		if (reader.take(message, target.data()) == ReadOutcome::kMessage) {
			HOLDS(reader.next() == before + 1);
			fuzz::tried("lane image: accepted messages");
		} else {
			HOLDS(reader.next() == before);
		}
		break;
	case ReadOutcome::kLapped:
		HOLDS(!reader.holds_back());
		HOLDS(reader.skip_lapped() == reader.next() - before && reader.next() > before);
		break;
	default:
		HOLDS(reader.next() == before);
		break;
	}
	HOLDS(reader.next() <= kSequenceMax + 1);
	HOLDS(watch::counts.loads <= 16 + 4 * 21); // one message, and one search through the deepest lane
}

} // namespace

void fuzz::attack(Choices& choices) {
	const LaneGeometry geometry = small_geometry(uint32_t{2} << choices.below(4));
	static LaneMemory* kept[4] = {};
	LaneMemory*& memory = kept[std::countr_zero(geometry.depth) - 1];
	if (memory == nullptr) {
		memory = new LaneMemory(geometry);
	}
	const uint64_t starts[] = {0, 1, 8, kSequenceMax - 40, kSequenceMax};
	const uint64_t start = starts[choices.below(std::size(starts))];
	std::memset(memory->bytes(), 0, memory->geometry().payload_offset());
	memory->control().header = {kLaneMagic, kLayoutVersion, geometry.depth, geometry.capacity, geometry.message_max, 7};
	HandWriter writer(*memory, start, choices.once_in(2) ? choices.lie(0) & ~uint64_t{7} : 0);
	for (uint64_t i = choices.below(2 * geometry.depth); i > 0; --i) {
		writer.put(static_cast<uint32_t>(choices.below(2000)));
	}
	if (choices.once_in(4)) {
		lie_in_header(choices, memory->control().header);
	}
	LaneGeometry found;
	const uint64_t bytes = choices.once_in(8) ? choices.below(geometry.lane_bytes()) : geometry.lane_bytes();
	if (!LaneReader::inspect(memory->bytes(), bytes, found)) {
		fuzz::tried("lane image: refused images");
		return;
	}
	HOLDS(found.valid() && found.lane_bytes() == geometry.lane_bytes());
	Scene scene{choices, *memory, start, 1 + static_cast<unsigned>(choices.below(16))};
	watch::set_interrupt(
		[](void* context) {
			auto& it = *static_cast<Scene*>(context);
			if (it.choices.once_in(it.rarity)) {
				store_wrong_value(it);
			}
		},
		&scene);
	LaneReader reader(memory->bytes(), found, start, choices.once_in(2));
	std::vector<std::byte> target;
	for (int i = 0; i < 64 && !choices.exhausted(); ++i) {
		look(reader, target);
		uint64_t sequence = 0;
		(void)reader.wanted(sequence);
		(void)reader.end();
		if (choices.once_in(8)) {
			(void)reader.skip_to_newest();
		}
		if (!choices.random() || choices.once_in(2)) {
			writer.put(static_cast<uint32_t>(choices.below(3000)));
		}
		if (choices.random() && i >= 24) {
			break;
		}
	}
	watch::set_interrupt(nullptr, nullptr);
}
