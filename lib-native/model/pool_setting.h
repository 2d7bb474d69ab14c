// A pool in a scenario: a few chunks of one cell each.
#pragma once

#include <optional>

#include "core/cursor.h"
#include "core/pool/pool_reader.h"
#include "core/pool/pool_writer.h"
#include "model/lane_setting.h"

namespace ringwire::model {

template <uint32_t chunks>
class PoolSetting {
public:
	static constexpr PoolGeometry kGeometry{kChunksOffset + chunks * kCellBytes, kCellBytes};

	// Called in `before`. Lays out the pool and registers its words with the checker.
	void lay_out(std::optional<PoolWriter>& writer) {
		make_payload(memory_ + kChunksOffset, chunks * kCellBytes);
		writer.emplace(memory_, kGeometry, 1);
	}
	[[nodiscard]] const std::byte* memory() const { return memory_; }

private:
	alignas(4096) std::byte memory_[kGeometry.bytes];
};

} // namespace ringwire::model
