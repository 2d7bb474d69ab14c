// The scenarios of the model.
#pragma once

#include <optional>
#include <vector>

#include "model/run.h"

namespace ringwire::model {

[[nodiscard]] const std::vector<Scenario>& lapped_scenarios();
[[nodiscard]] const std::vector<Scenario>& held_back_scenarios();
[[nodiscard]] const std::vector<Scenario>& wake_scenarios();
[[nodiscard]] const std::vector<Scenario>& pool_scenarios();

} // namespace ringwire::model
