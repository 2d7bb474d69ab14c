#include "channel/layouts.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace ringwire {

namespace {

constexpr size_t kLayoutHeaderBytes = offsetof(WireLayouts, text);
constexpr size_t kDescriptionMax = 60;

// A struct that contains the place of interest: where its current field begins, and the number of that field from 1 on.
struct Level {
	size_t field;
	size_t number;
};

// The structs around position `end`, from the outermost to the innermost.
std::vector<Level> levels_at(std::string_view text, size_t end) {
	std::vector<Level> levels{{0, 1}};
	bool in_values = false;
	for (size_t at = 0; at < end; ++at) {
		const char c = text[at];
		if (c == '(' || c == ')') {
			in_values = c == '(';
		} else if (in_values) {
			continue;
		} else if (c == '{') {
			levels.push_back({at + 1, 1});
		} else if (c == '}' && levels.size() > 1) {
			levels.pop_back();
		} else if (c == ',') {
			levels.back() = {at + 1, levels.back().number + 1};
		}
	}
	return levels;
}

// The end of the field that begins at `start`.
size_t field_end(std::string_view text, size_t start) {
	size_t depth = 0;
	for (size_t at = start; at < text.size(); ++at) {
		const char c = text[at];
		if (c == '{' || c == '(') {
			++depth;
		} else if (depth == 0 && (c == ',' || c == '}')) {
			return at;
		} else if (c == '}' || c == ')') {
			--depth;
		}
	}
	return text.size();
}

// A field as an error shows it. Empty bounds: there is none.
std::string description(LayoutText layout, size_t start, size_t end) {
	if (start >= end) {
		return "none";
	}
	std::string field(layout.text.substr(start, end - start));
	std::replace_if(
		field.begin(), field.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
	const bool incomplete = layout.cut && end == layout.text.size();
	if (incomplete || field.size() > kDescriptionMax) {
		field = field.substr(0, kDescriptionMax) + "...";
	}
	const size_t colon = field.find(':');
	if (colon != std::string::npos) {
		field.insert(colon + 1, " ");
	}
	return "`" + field + "`";
}

// The names of the fields that contain the innermost one: "legs.inner".
std::string path_of(std::string_view text, const std::vector<Level>& levels) {
	std::string path;
	for (size_t i = 0; i + 1 < levels.size(); ++i) {
		const std::string_view rest = text.substr(levels[i].field);
		path += (path.empty() ? "" : ".") + std::string(rest.substr(0, rest.find(':')));
	}
	if (path.size() > kDescriptionMax) {
		path = "..." + path.substr(path.size() - kDescriptionMax);
	}
	return path;
}

} // namespace

uint64_t layout_hash(std::string_view layout) {
	if (layout.empty()) {
		return 0;
	}
	uint64_t hash = 0xcbf2'9ce4'8422'2325;
	for (const char c : layout) {
		hash = (hash ^ static_cast<uint8_t>(c)) * 0x0000'0100'0000'01b3;
	}
	return hash == 0 ? 1 : hash;
}

size_t make_layouts(const Contract& contract, Role role, WireLayouts& layouts) {
	std::memset(&layouts, 0, sizeof layouts);
	const std::string_view first = contract.layout;
	const std::string_view second = is_duplex(role) ? std::string_view(contract.layout_to_client) : std::string_view();
	if (first.empty() && second.empty()) {
		return 0;
	}
	// Each may have half of the room, and what the other one leaves.
	constexpr size_t kHalf = kLayoutTextMax / 2;
	const size_t size = std::min(first.size(), kLayoutTextMax - std::min(second.size(), kHalf));
	const size_t size_to_client = std::min(second.size(), kLayoutTextMax - size);
	layouts.size = static_cast<uint16_t>(size);
	layouts.size_to_client = static_cast<uint16_t>(size_to_client);
	layouts.cut = size < first.size() ? 1 : 0;
	layouts.cut_to_client = size_to_client < second.size() ? 1 : 0;
	std::copy_n(first.begin(), size, layouts.text);
	std::copy_n(second.begin(), size_to_client, layouts.text + size);
	return kLayoutHeaderBytes + size + size_to_client;
}

bool is_layouts(const WireLayouts& layouts, size_t length) {
	const size_t room = length < kLayoutHeaderBytes ? 0 : std::min(length - kLayoutHeaderBytes, kLayoutTextMax);
	return layouts.reserved == 0 && layouts.cut <= 1 && layouts.cut_to_client <= 1 &&
	       size_t{layouts.size} + layouts.size_to_client <= room;
}

LayoutText layout_of(const WireLayouts& layouts, bool to_client) {
	return to_client ? LayoutText{{layouts.text + layouts.size, layouts.size_to_client}, layouts.cut_to_client != 0}
	                 : LayoutText{{layouts.text, layouts.size}, layouts.cut != 0};
}

std::string layout_difference(LayoutText ours, LayoutText theirs) {
	const size_t shorter = std::min(ours.text.size(), theirs.text.size());
	const auto* differs = std::mismatch(ours.text.begin(), ours.text.begin() + shorter, theirs.text.begin()).first;
	const auto same = static_cast<size_t>(differs - ours.text.begin());
	const bool behind_ours = same == ours.text.size() && ours.cut;
	const bool behind_theirs = same == theirs.text.size() && theirs.cut;
	if (behind_ours || behind_theirs) {
		return "the first " + std::to_string(same) + " characters are the same, the difference lies behind them";
	}
	const std::vector<Level> levels = levels_at(ours.text, same);
	Level field = levels.back();
	size_t start = field.field;
	size_t our_end = field_end(ours.text, start);
	size_t their_end = field_end(theirs.text, start);
	if (ours.text.substr(start, our_end - start) == theirs.text.substr(start, their_end - start)) {
		// The same field, and one side has more of them behind it.
		const bool ours_goes_on = our_end < ours.text.size() && ours.text[our_end] == ',';
		const bool theirs_goes_on = their_end < theirs.text.size() && theirs.text[their_end] == ',';
		field.number += 1;
		start = our_end + 1;
		our_end = ours_goes_on ? field_end(ours.text, start) : 0;
		their_end = theirs_goes_on ? field_end(theirs.text, start) : 0;
	}
	const std::string path = path_of(ours.text, levels);
	return "field " + std::to_string(field.number) + (path.empty() ? "" : " of " + path) + ": ours " +
	       description(ours, start, our_end) + ", theirs " + description(theirs, start, their_end);
}

} // namespace ringwire
