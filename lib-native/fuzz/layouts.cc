// The layouts of a hostile peer's hello: their texts, hashes and lengths against the own contract. Two layouts that a struct may have are
// compared as trees too, for the difference that the error must name. Invariants: the answer is linked, MISMATCH or CORRUPT, by rules that
// are written down again here, and its text is bounded and printable.
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "channel/wire.h"
#include "fuzz/target.h"

using namespace ringwire;
using fuzz::Choices;

namespace {

constexpr size_t kShownMax = 60;       // of a field, as an error shows it
constexpr size_t kDifferenceMax = 300; // of the description of a difference
constexpr size_t kTailMax = sizeof(WireLayouts);

struct Field {
	std::string name;
	std::string scalar; // empty: a struct
	std::vector<Field> fields;
	std::string dimensions;

	[[nodiscard]] std::string text() const;
};
using Fields = std::vector<Field>;

std::string text_of(const Fields& fields) {
	std::string text;
	for (const Field& field : fields) {
		text += (text.empty() ? "" : ",") + field.text();
	}
	return text;
}

std::string Field::text() const {
	return name + ":" + (scalar.empty() ? "{" + text_of(fields) + "}" : scalar) + dimensions;
}

Fields make_fields(Choices& choices, int depth);

Field make_field(Choices& choices, int depth) {
	constexpr const char* kNames[] = {
		"a", "ab", "b", "price", "u8", "aFieldWithTheLongestNameThatAStructMayHaveWhichIs64CharacterLong"};
	constexpr const char* kScalars[] = {"u8",     "u16",     "f64",    "bool",        "text1",
	                                    "text16", "text16z", "bytes3", "u8(x=1,y=2)", "i8(x=-1,y=2)"};
	Field field{kNames[choices.below(std::size(kNames))], kScalars[choices.below(std::size(kScalars))], {}, ""};
	if (depth > 0 && choices.once_in(3)) {
		field.scalar.clear();
		field.fields = make_fields(choices, depth - 1);
	}
	while (choices.once_in(4)) {
		field.dimensions += "[" + std::to_string(1 + choices.below(12)) + "]";
	}
	return field;
}

Fields make_fields(Choices& choices, int depth) {
	Fields fields;
	do {
		fields.push_back(make_field(choices, depth));
	} while (fields.size() < 5 && choices.once_in(2));
	return fields;
}

// Replaces, inserts or removes one field, at any depth.
void change(Choices& choices, Fields& fields) {
	const size_t at = choices.below(fields.size());
	if (!fields[at].fields.empty() && choices.once_in(2)) {
		change(choices, fields[at].fields);
		return;
	}
	const auto place = fields.begin() + static_cast<std::ptrdiff_t>(at);
	switch (choices.below(4)) {
	case 0:
		fields[at].dimensions += "[2]";
		break;
	case 1:
		fields.insert(place + static_cast<std::ptrdiff_t>(choices.below(2)), make_field(choices, 1));
		break;
	case 2:
		if (fields.size() > 1) {
			fields.erase(place);
		}
		break;
	default:
		fields[at] = make_field(choices, 1);
		break;
	}
}

std::string shown(const Fields& fields, size_t at) {
	if (at >= fields.size()) {
		return "none";
	}
	std::string text = fields[at].text();
	if (text.size() > kShownMax) {
		text = text.substr(0, kShownMax) + "...";
	}
	const size_t colon = text.find(':'); // none: the name fills it
	return "`" + (colon == std::string::npos ? text : text.insert(colon + 1, " ")) + "`";
}

// The first field that differs, found in the trees.
std::string difference_of(const Fields& ours, const Fields& theirs, const std::string& path = "") {
	for (size_t at = 0;; ++at) {
		const bool both = at < ours.size() && at < theirs.size();
		if (both && ours[at].text() == theirs[at].text()) {
			continue;
		}
		const bool structs = both && ours[at].scalar.empty() && theirs[at].scalar.empty();
		if (structs && ours[at].name == theirs[at].name && text_of(ours[at].fields) != text_of(theirs[at].fields)) {
			return difference_of(ours[at].fields, theirs[at].fields, (path.empty() ? "" : path + ".") + ours[at].name);
		}
		const std::string place = path.size() > kShownMax ? "..." + path.substr(path.size() - kShownMax) : path;
		return "field " + std::to_string(at + 1) + (place.empty() ? "" : " of " + place) + ": ours " + shown(ours, at) +
		       ", theirs " + shown(theirs, at);
	}
}

bool is_printable(const std::string& text) {
	return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// A text that may be anything: one of a struct with wrong bytes, or characters of the grammar, or any bytes.
std::string make_text(Choices& choices, const std::string& valid) {
	std::string text = valid;
	if (choices.once_in(3)) {
		text.resize(choices.below(kLayoutTextMax + 1));
		choices.fill(text.data(), text.size());
	} else if (choices.once_in(3)) {
		constexpr std::string_view kGrammar = "ab1:,{}[]()=-";
		text.resize(choices.below(kLayoutTextMax + 1));
		std::generate(text.begin(), text.end(), [&] { return kGrammar[choices.below(kGrammar.size())]; });
	} else {
		for (uint64_t wrong = choices.below(4); wrong > 0 && !text.empty(); --wrong) {
			text[choices.below(text.size())] = static_cast<char>(choices.byte());
		}
	}
	return text.substr(0, kLayoutTextMax);
}

void compare_trees(Choices& choices) {
	const Fields ours = make_fields(choices, 3);
	Fields theirs = ours;
	do {
		change(choices, theirs);
	} while (choices.once_in(4));
	const std::string our_text = text_of(ours);
	const std::string their_text = text_of(theirs);
	if (our_text == their_text) {
		fuzz::tried("equal layouts");
		return;
	}
	HOLDS(layout_difference({our_text, false}, {their_text, false}) == difference_of(ours, theirs));
	HOLDS(layout_difference({their_text, false}, {our_text, false}) == difference_of(theirs, ours));
	fuzz::tried("pairs of trees");
}

void compare_texts(Choices& choices) {
	std::string own = text_of(make_fields(choices, 3)).substr(0, kLayoutTextMax);
	if (choices.once_in(2)) {
		// Of a codec by others: its layout need not have the form of a struct, but its characters are checked.
		own = make_text(choices, own);
		std::replace_if(
			own.begin(), own.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
	}
	const std::string strange = make_text(choices, own);
	// Blocks of exactly these sizes, so that AddressSanitizer finds any access outside.
	const std::vector<char> ours(own.begin(), own.end());
	const std::vector<char> theirs(strange.begin(), strange.end());
	const LayoutText our_text{{ours.data(), ours.size()}, choices.once_in(2)};
	const LayoutText their_text{{theirs.data(), theirs.size()}, choices.once_in(2)};
	const std::string text = layout_difference(our_text, their_text);
	HOLDS(text.size() <= kDifferenceMax && is_printable(text));
	fuzz::tried("pairs of texts");
}

// The rule of docs/internals/protocol.md.
bool fits(const WireLayouts& layouts, size_t tail) {
	const size_t text = tail < offsetof(WireLayouts, text) ? 0 : tail - offsetof(WireLayouts, text);
	return layouts.cut <= 1 && layouts.cut_to_client <= 1 && layouts.reserved == 0 &&
	       size_t{layouts.size} + size_t{layouts.size_to_client} <= text;
}

void set_hash(Choices& choices, uint64_t& hash, const std::string& text) {
	const uint64_t hashes[] = {hash, layout_hash(text), 0, hash ^ 1, choices.word()};
	hash = hashes[choices.below(std::size(hashes))];
}

void send_hello(Choices& choices) {
	Contract contract;
	contract.name = "channel";
	contract.codec = "struct/1";
	contract.codec_to_client = "struct/1";
	constexpr Role kRoles[] = {Role::kWriter, Role::kReader, Role::kServer, Role::kClient};
	const Role own = kRoles[choices.below(std::size(kRoles))];
	std::string* const texts[] = {&contract.layout, &contract.layout_to_client};
	for (std::string* text : texts) {
		if (!choices.once_in(4)) {
			*text = text_of(make_fields(choices, 3));
		}
		if (choices.once_in(8)) {
			text->append(choices.below(2 * kLayoutTextMax), 'x');
		}
	}
	Contract of_peer = contract;
	of_peer.layout = make_text(choices, contract.layout);
	of_peer.layout_to_client = make_text(choices, contract.layout_to_client);
	WireHello hello = make_hello(contract, opposite(own), 7, 1);
	set_hash(choices, hello.schema, of_peer.layout);
	set_hash(choices, hello.schema_to_client, of_peer.layout_to_client);

	WireLayouts layouts;
	size_t tail = make_layouts(of_peer, opposite(own), layouts);
	if (choices.once_in(4)) {
		tail = choices.below(kTailMax + 1);
	}
	for (uint64_t wrong = choices.once_in(4) ? choices.below(4) : 0; wrong > 0; --wrong) {
		reinterpret_cast<uint8_t*>(&layouts)[choices.below(offsetof(WireLayouts, text))] = choices.byte();
	}
	if (choices.once_in(8)) { // about as much as there is room for, with and without an overflow of 16 bits
		layouts.size = static_cast<uint16_t>(choices.word());
		layouts.size_to_client = static_cast<uint16_t>(tail - layouts.size - choices.below(16));
	}
	std::memset(reinterpret_cast<std::byte*>(&layouts) + tail, 0, kTailMax - tail); // as the receiver has it

	const Status status = check_hello(hello, layouts, sizeof hello + tail, contract, own);
	const auto differ = [](uint64_t one, uint64_t other) { return one != other && one != 0 && other != 0; };
	const bool mismatch = differ(hello.schema, layout_hash(contract.layout)) ||
	                      (is_duplex(own) && differ(hello.schema_to_client, layout_hash(contract.layout_to_client)));
	const Code expected = !fits(layouts, tail) ? Code::kCorrupt : mismatch ? Code::kMismatch : Code::kOk;
	HOLDS(status.code == expected);
	HOLDS(status.message.size() <= kDifferenceMax + 100 && is_printable(status.message));
	fuzz::tried(expected == Code::kOk ? "linked" : code_name(expected));
	if (expected == Code::kMismatch) {
		const Status told = refused_by_peer(make_refuse(status));
		HOLDS(told.code == Code::kMismatch && told.message.size() <= kDifferenceMax && is_printable(told.message));
	}
}

} // namespace

void fuzz::attack(Choices& choices) {
	switch (choices.below(3)) {
	case 0:
		compare_trees(choices);
		break;
	case 1:
		compare_texts(choices);
		break;
	default:
		send_hello(choices);
		break;
	}
}
