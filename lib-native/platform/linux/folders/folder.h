// Folders that are private to a user or a group, and the names in them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/status.h"

namespace ringwire {

// Names in a folder, or nothing if it is missing. At most `count_max`.
[[nodiscard]] Status list_folder(const std::string& path, size_t count_max, std::vector<std::string>& names);

// Creates a folder for our user only, or for a group as well, whatever the umask is. Files that are created inside of a group's folder
// belong to the group. A folder that cannot be opened to the group is removed again. `made`: it was missing.
[[nodiscard]] Status make_folder(const std::string& path, uint32_t group, bool& made);
// Opens a folder of ours to the group, unless it is open already. A folder that is missing or belongs to another member is left alone.
[[nodiscard]] Status open_to_group(const std::string& path, uint32_t group);

void remove_name(const std::string& path);
[[nodiscard]] bool is_socket(const std::string& path);

} // namespace ringwire
