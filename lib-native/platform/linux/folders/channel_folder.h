// The name of a channel as the name of its folder.
#pragma once

#include <string>

namespace ringwire {

// A name of letters, digits and ._- stays as it is. Every other byte becomes %XX, as do the names . and .. themselves, so that any name
// is one name of a folder.
[[nodiscard]] std::string folder_name_of(const std::string& channel);
// False: no channel has a folder of this name.
[[nodiscard]] bool channel_of_folder(const std::string& name, std::string& channel);

} // namespace ringwire
