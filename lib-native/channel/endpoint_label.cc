#include "channel/endpoint_label.h"

#include <charconv>
#include <cinttypes>
#include <cstdio>

#include "platform/meeting_place.h"

namespace ringwire {

namespace {

constexpr size_t kDigits = 16;
static_assert(std::string_view("writer-").size() + kDigits <= kLabelLengthMax);

std::string prefix_of(Role role) {
	return std::string(role_name(role)) + "-";
}

} // namespace

std::string endpoint_label(Role role, uint64_t id) {
	char digits[kDigits + 1];
	std::snprintf(digits, sizeof digits, "%016" PRIx64, id);
	return prefix_of(role) + digits;
}

bool parse_endpoint_label(const std::string& label, Peer& peer) {
	for (const Role role : {Role::kWriter, Role::kReader, Role::kServer}) {
		const std::string prefix = prefix_of(role);
		if (label.starts_with(prefix) && label.size() == prefix.size() + kDigits) {
			const char* end = label.data() + label.size();
			peer.role = role;
			return std::from_chars(label.data() + prefix.size(), end, peer.id, 16).ptr == end;
		}
	}
	return false;
}

} // namespace ringwire
