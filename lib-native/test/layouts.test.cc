// The texts of layouts in a hello, and the description of their first difference.
#include "channel/layouts.h"
#include "test/law.h"

using namespace ringwire;

namespace {

std::string difference(std::string_view ours, std::string_view theirs) {
	return layout_difference({ours, false}, {theirs, false});
}

} // namespace

LAW("the hash of a layout is FNV-1a of 64 bits, and 0 only without one") {
	CHECK(layout_hash("") == 0);
	CHECK(layout_hash("a") == 0xaf63dc4c8601ec8c);
	CHECK(layout_hash("foobar") == 0x85944171f73967e8);
	CHECK(layout_hash("id:u32") != layout_hash("id:i32"));
}

LAW("the first field that differs is named with its number and both descriptions") {
	CHECK(difference("id:u32,price:f64", "id:u32,price:f32") == "field 2: ours `price: f64`, theirs `price: f32`");
	CHECK(difference("id:u32,a:u8", "number:u32,a:u8") == "field 1: ours `id: u32`, theirs `number: u32`");
	CHECK(difference("a:u8", "a:u8,b:u8") == "field 2: ours none, theirs `b: u8`");
	CHECK(difference("a:u8,b:u8,c:u8", "a:u8") == "field 2: ours `b: u8`, theirs none");
	CHECK(difference("a:text1", "a:text16") == "field 1: ours `a: text1`, theirs `a: text16`");
	CHECK(difference("a:u8,ab:u8", "a:u8,a:u8") == "field 2: ours `ab: u8`, theirs `a: u8`");
	CHECK(difference("a:u8(x=1,y=2),b:u8", "a:u8(x=1,y=3),b:u8") ==
	      "field 1: ours `a: u8(x=1,y=2)`, theirs `a: u8(x=1,y=3)`");
	CHECK(difference("a:u8(x=1,y=2),b:u8", "a:u8(x=1,y=2),b:u16") == "field 2: ours `b: u8`, theirs `b: u16`");
}

LAW("in a struct within a struct the path to it is named too") {
	CHECK(difference("id:u32,legs:{price:f64,n:u16}[4],z:u8", "id:u32,legs:{price:f64,n:u32}[4],z:u8") ==
	      "field 2 of legs: ours `n: u16`, theirs `n: u32`");
	CHECK(difference("a:{b:{c:u8},d:u8}", "a:{b:{c:i8},d:u8}") == "field 1 of a.b: ours `c: u8`, theirs `c: i8`");
	CHECK(difference("legs:{n:u16}[4],z:u8", "legs:{n:u16}[5],z:u8") ==
	      "field 1: ours `legs: {n:u16}[4]`, theirs `legs: {n:u16}[5]`");
	CHECK(difference("legs:{n:u16},z:u8", "legs:{n:u16,m:u8},z:u8") == "field 2 of legs: ours none, theirs `m: u8`");
	CHECK(difference("legs:{n:u16},z:u8", "legs:{n:u16},z:u8,y:u8") == "field 3: ours none, theirs `y: u8`");
	CHECK(difference("a:{n:u16},z:u8", "a:u8,z:u8") == "field 1: ours `a: {n:u16}`, theirs `a: u8`");
}

LAW("strange texts of a peer are described within bounds") {
	const char* texts[] = {"",     "}", "{", "}}}}", ",,,",        "(",       ")",
	                       "))((", "a", ":", "a:{b", "a:{{{{{{{{", "a:u8(((", "\x01\xff:\n"};
	const std::string long_name(500, 'x');
	for (const char* theirs : texts) {
		for (const std::string_view ours : {std::string_view("a:{b:u8(c=1)}[2],d:u8"), std::string_view(long_name)}) {
			for (const bool cut : {false, true}) {
				for (const std::string& text : {layout_difference({ours, false}, {theirs, cut}),
				                                layout_difference({theirs, cut}, {ours, false})}) {
					CHECK(text.size() < 250);
					for (const char c : text) {
						CHECK(c >= ' ' && c <= '~');
					}
				}
			}
		}
	}
}

LAW("a difference behind the part that a hello carries is reported as such, the same at both sides") {
	Contract one;
	one.layout = std::string(kLayoutTextMax - 6, 'x') + ":u8,a:u8";
	Contract other = one;
	other.layout.back() = '9';
	WireLayouts ours;
	WireLayouts theirs;
	CHECK(make_layouts(one, Role::kWriter, ours) == sizeof ours && ours.cut == 1);
	CHECK(make_layouts(other, Role::kReader, theirs) == sizeof theirs);
	const std::string text = layout_difference(layout_of(ours, false), layout_of(theirs, false));
	CHECK(text.find("the first 576 characters are the same") != std::string::npos);
	other.layout = one.layout.substr(0, kLayoutTextMax); // as long as the part, and complete
	make_layouts(other, Role::kReader, theirs);
	CHECK(theirs.cut == 0);
	CHECK(layout_difference(layout_of(ours, false), layout_of(theirs, false)) == text);
	CHECK(layout_difference(layout_of(theirs, false), layout_of(ours, false)) == text);
}

LAW("a description that the end of the text cuts ends with dots") {
	CHECK(layout_difference({"a:u8,b:text1", true}, {"a:u8,c:u8", false}) ==
	      "field 2: ours `b: text1...`, theirs `c: u8`");
}

LAW("the layouts of two directions share the room, and each has at least half of it") {
	Contract contract;
	WireLayouts layouts;
	CHECK(make_layouts(contract, Role::kServer, layouts) == 0);
	const auto sizes = [&](size_t first, size_t second, Role role = Role::kServer) {
		contract.layout = std::string(first, 'a');
		contract.layout_to_client = std::string(second, 'b');
		const size_t length = make_layouts(contract, role, layouts);
		CHECK(length == 0 || is_layouts(layouts, length));
		CHECK(length == 0 || !is_layouts(layouts, length - 1));
		CHECK(layout_of(layouts, false).text == contract.layout.substr(0, layouts.size));
		CHECK(layout_of(layouts, true).text == contract.layout_to_client.substr(0, layouts.size_to_client));
		return std::pair(layouts.size, layouts.size_to_client);
	};
	using Sizes = std::pair<uint16_t, uint16_t>;
	CHECK(sizes(10, 20) == Sizes(10, 20) && layouts.cut == 0 && layouts.cut_to_client == 0);
	CHECK(sizes(1000, 1000) == Sizes(288, 288) && layouts.cut == 1 && layouts.cut_to_client == 1);
	CHECK(sizes(1000, 76) == Sizes(500, 76) && layouts.cut == 1 && layouts.cut_to_client == 0);
	CHECK(sizes(76, 1000) == Sizes(76, 500) && layouts.cut == 0 && layouts.cut_to_client == 1);
	CHECK(sizes(0, 1000) == Sizes(0, 576));
	CHECK(sizes(1000, 1000, Role::kReader) == Sizes(576, 0) && layouts.cut == 1 && layouts.cut_to_client == 0);
}
