// The leases of a reader. JavaScript has the memory of each as an ArrayBuffer of its own, so that one that is forgotten is found when that is
// collected.
#include <cstring>
#include <utility>

#include "binding/encode.h"
#include "binding/reader_handle.h"

namespace ringwire {

namespace {

// For a runtime that allows no external buffers.
napi_value copy_of(napi_env env, const Leased& leased) {
	napi_value copy = nullptr;
	void* bytes = nullptr;
	if (napi_create_arraybuffer(env, leased.length, &bytes, &copy) == napi_ok) {
		std::memcpy(bytes, leased.bytes, leased.length);
	}
	return copy;
}

} // namespace

// The buffers may outlive the handle.
ReaderHandle::~ReaderHandle() {
	for (const auto& [id, memory] : leases_) {
		memory->abandon();
	}
}

napi_value ReaderHandle::read_lease(Call& call) {
	const Bytes slab = bytes_of(call.env, call.arguments[0]);
	const Bytes index = bytes_of(call.env, call.arguments[2]);
	constexpr size_t kIndexWords = 6;
	if (!reader_ || index.length < kIndexWords) {
		return integer(call.env, 0);
	}
	const auto offset = static_cast<uint64_t>(number_of(call.env, call.arguments[1]));
	const auto view_min = static_cast<uint32_t>(number_of(call.env, call.arguments[3]));
	const Leased leased = reader_->read_lease(slab.data, offset, slab.length, view_min);
	lease_writer_ = leased.writer;
	auto* words = reinterpret_cast<uint32_t*>(index.data);
	words[0] = reader_->has_events() ? 1U : 0U; // `Found` of src/native/boundary.ts
	words[1] = static_cast<uint32_t>(leased.needed);
	words[2] = leased.slot.begin;
	words[3] = leased.slot.end;
	std::memcpy(words + 4, &leased.writer.id, sizeof leased.writer.id);
	if (leased.kind != Leased::Kind::kView) {
		return integer(call.env, static_cast<int32_t>(leased.kind));
	}
	do {
		last_lease_ += 1;
	} while (last_lease_ == 0 || leases_.contains(last_lease_));
	napi_value buffer = nullptr;
	LeasedMemory* memory = LeasedMemory::make(call.env, leased, *this, last_lease_, buffer);
	if (memory == nullptr) {
		buffer = copy_of(call.env, leased);
		leased.lane->release(leased.sequence);
		return buffer;
	}
	leases_.emplace(last_lease_, memory);
	words[2] = last_lease_;
	return buffer;
}

napi_value ReaderHandle::release_lease(Call& call) {
	const auto lease = leases_.find(static_cast<uint32_t>(number_of(call.env, call.arguments[0])));
	if (lease != leases_.end()) {
		LeasedMemory* const memory = lease->second;
		leases_.erase(lease);
		memory->release();
	}
	return nullptr;
}

napi_value ReaderHandle::keep_lease(Call& call) {
	const auto lease = leases_.find(static_cast<uint32_t>(number_of(call.env, call.arguments[0])));
	if (lease != leases_.end()) {
		lease->second->keep();
	}
	return nullptr;
}

void ReaderHandle::forgotten(uint32_t id, bool is_collected) {
	leases_.erase(id);
	forgotten_ += is_collected ? 1 : 0;
	if (reader_ && is_collected) {
		reader_->call_back_soon();
	}
}

napi_value ReaderHandle::take_forgotten(Call& call) {
	return number(call.env, std::exchange(forgotten_, 0));
}

napi_value ReaderHandle::writer_of(Call& call) {
	Peer writer;
	if (reader_) {
		writer = reader_->writer_of(static_cast<uint32_t>(number_of(call.env, call.arguments[0])));
	}
	return encode_peer(call.env, writer);
}

napi_value ReaderHandle::lease_writer(Call& call) {
	return encode_peer(call.env, lease_writer_);
}

napi_value ReaderHandle::keep_leases(Call&) {
	if (reader_) {
		reader_->keep_leases();
	}
	return nullptr;
}

napi_value ReaderHandle::end_leases(Call&) {
	end_all_leases();
	return nullptr;
}

void ReaderHandle::end_all_leases() {
	for (const auto& [id, memory] : leases_) {
		memory->end();
	}
	leases_.clear();
}

} // namespace ringwire
