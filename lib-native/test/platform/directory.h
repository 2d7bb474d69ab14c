// A directory for the channels of a law that is gone afterwards.
#pragma once

#include <string>

#include "test/scratch_folder.h"

namespace ringwire {

class Directory {
public:
	[[nodiscard]] const std::string& name() const { return folder_.path(); }

private:
	ScratchFolder folder_;
};

} // namespace ringwire
