#include "platform/linux/folders/channel_folder.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace ringwire {

namespace {

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

bool is_plain(char byte) {
	return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') ||
	       byte == '.' || byte == '_' || byte == '-';
}

} // namespace

std::string folder_name_of(const std::string& channel) {
	const bool is_dots = channel == "." || channel == "..";
	std::string name;
	for (const char byte : channel) {
		if (is_plain(byte) && !is_dots) {
			name += byte;
		} else {
			const auto value = static_cast<unsigned char>(byte);
			name += '%';
			name += kHexDigits[value / 16];
			name += kHexDigits[value % 16];
		}
	}
	return name;
}

bool channel_of_folder(const std::string& name, std::string& channel) {
	channel.clear();
	for (size_t i = 0; i < name.size(); ++i) {
		if (name[i] != '%') {
			channel += name[i];
			continue;
		}
		unsigned value = 0;
		const char* begin = name.data() + i + 1;
		if (name.size() - i < 3 || std::from_chars(begin, begin + 2, value, 16).ptr != begin + 2) {
			return false;
		}
		channel += static_cast<char>(value);
		i += 2;
	}
	return folder_name_of(channel) == name; // one name for each channel
}

} // namespace ringwire
