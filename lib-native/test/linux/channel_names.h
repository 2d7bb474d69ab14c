// The names in the folder of a channel: endpoints, the lock, and what a law has put there.
#pragma once

#include <string>
#include <vector>

#include "platform/linux/folders/folder.h"
#include "test/company.h"

namespace ringwire {

inline std::vector<std::string> names_of(const Company& company) {
	std::vector<std::string> names;
	(void)list_folder(company.folder / company.contract.name, 10'000, names);
	return names;
}

} // namespace ringwire
