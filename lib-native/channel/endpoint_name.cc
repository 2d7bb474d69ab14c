#include "channel/endpoint_name.h"

#include <algorithm>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <vector>

#include "core/limits.h"
#include "core/step.h"
#include "platform/folder.h"
#include "platform/link_socket.h"

namespace ringwire {

namespace {

constexpr size_t kDigits = 16;

// A member that lives opens its socket to the group before it drops the lock. Nothing is lost by it that the group could not take
// away anyway: every member can remove every name in the folder.
bool is_half_made(const std::string& path, uint32_t group, const Status& status) {
	return group != kNoGroup && status.code == Code::kAccess && is_socket_closed_to_group(path);
}

} // namespace

std::string endpoint_name_prefix(Role role) {
	return std::string(role_name(role)) + "-";
}

std::string endpoint_name(Role role, uint64_t id) {
	char digits[kDigits + 1];
	std::snprintf(digits, sizeof digits, "%016" PRIx64, id);
	return endpoint_name_prefix(role) + digits;
}

bool parse_endpoint_name(const std::string& name, Peer& peer) {
	for (const Role role : {Role::kWriter, Role::kReader, Role::kServer}) {
		const std::string prefix = endpoint_name_prefix(role);
		if (name.starts_with(prefix) && name.size() == prefix.size() + kDigits) {
			const char* begin = name.data() + prefix.size();
			peer.role = role;
			return std::from_chars(begin, begin + kDigits, peer.id, 16).ptr == begin + kDigits;
		}
	}
	return false;
}

bool remove_dead_name(const std::string& path, uint32_t group, Credentials* living) {
	LinkSocket probe;
	Status status;
	const LinkSocket::Connected connected = probe.connect(path, status);
	const bool half_made = connected == LinkSocket::Connected::kFailed && is_half_made(path, group, status);
	if (connected != LinkSocket::Connected::kRefused && !half_made) {
		if (living != nullptr && connected == LinkSocket::Connected::kYes) {
			*living = probe.credentials();
		}
		return false;
	}
	RINGWIRE_STEP("death: found out");
	remove_name(path);
	RINGWIRE_STEP("death: name removed");
	return true;
}

void tidy_up(const std::string& folder, uint32_t group) {
	for (int looks = 0; looks < kLooksAtLeaversMax; ++looks) {
		FolderLock lock;
		Status ignored;
		if (lock.take(folder, ignored, group) != FolderLock::Taken::kYes) {
			return;
		}
		std::vector<std::string> names;
		if (!list_folder(folder, kEndpointsMax, names).ok()) {
			return;
		}
		const auto living = std::find_if(names.begin(), names.end(), [&](const std::string& name) {
			return name != "lock" && !remove_dead_name(folder + "/" + name, group);
		});
		if (living == names.end()) {
			lock.remove_folder_if_empty();
			return;
		}
		lock.release();
		RINGWIRE_STEP("tidy up: lock released");
		if (is_socket(folder + "/" + *living)) {
			return; // it cleans up when it leaves
		}
	}
}

} // namespace ringwire
