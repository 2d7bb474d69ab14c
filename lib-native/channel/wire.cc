#include "channel/wire.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace ringwire {

namespace {

Status mismatch(const char* field, const std::string& ours, const std::string& theirs) {
	return Status::failure(Code::kMismatch, std::string("the peer's ") + field + " is '" + theirs + "', ours is '" +
	                                            ours + "': both sides must define the channel alike");
}

Status compare(const char* field, std::string_view ours, const char* theirs, size_t size) {
	const std::string text = wire_text(theirs, size);
	return text == ours ? Status{} : mismatch(field, std::string(ours), text);
}

// 0 is compatible with every schema. A peer that gives a hash need not give the text.
Status compare_layout(const char* field, uint64_t ours, uint64_t theirs, LayoutText our_text, LayoutText their_text) {
	if (ours == theirs || ours == 0 || theirs == 0) {
		return {};
	}
	const std::string difference =
		their_text.text.empty() ? "the peer has sent its hash only" : layout_difference(our_text, their_text);
	return Status::failure(Code::kMismatch, std::string("the ") + field + " differs: " + difference +
	                                            ": both sides must define the messages alike");
}

Status other_version(const char* what, uint32_t ours, uint32_t theirs) {
	return Status::failure(Code::kVersion, std::string("the peer's ") + what + " version is " + std::to_string(theirs) +
	                                           ", ours is " + std::to_string(ours) +
	                                           ": both sides need the same ringwire release line");
}

std::string feature_name(uint64_t features) {
	const int lowest = std::countr_zero(features);
	return uint64_t{1} << lowest == kFeaturePool ? "'pool'" : std::to_string(lowest);
}

Status check_features(const WireHello& hello, Role own_role) {
	const uint64_t we_lack = hello.features_required & ~features_offered(own_role);
	if (we_lack != 0) {
		return Status::failure(Code::kVersion, "the peer requires feature " + feature_name(we_lack) +
		                                           ", which this release does not offer: update this side");
	}
	return {};
}

} // namespace

std::string wire_text(const char* field, size_t size) {
	std::string text(field, strnlen(field, size));
	std::replace_if(
		text.begin(), text.end(), [](char c) { return c < ' ' || c > '~'; }, '?');
	return text;
}

void set_wire_text(char* field, size_t size, std::string_view text) {
	const size_t length = std::min(text.size(), size - 1);
	std::memset(field, 0, size);
	std::memcpy(field, text.data(), length);
}

WireHello make_hello(const Contract& contract, Role role, uint64_t endpoint, uint64_t born) {
	WireHello hello;
	std::memset(&hello, 0, sizeof hello); // the padding too: it leaves the process
	hello.type = static_cast<uint8_t>(WireType::kHello);
	hello.role = static_cast<uint8_t>(role);
	hello.magic = kWireMagic;
	hello.protocol = kProtocolVersion;
	hello.layout = kLayoutVersion;
	hello.endpoint = endpoint;
	hello.born = born;
	hello.features_offered = features_offered(role);
	hello.schema = layout_hash(contract.layout);
	set_wire_text(hello.overflow, sizeof hello.overflow, overflow_name(contract.overflow));
	set_wire_text(hello.name, sizeof hello.name, contract.name);
	set_wire_text(hello.codec, sizeof hello.codec, contract.codec);
	if (is_duplex(role)) {
		set_wire_text(hello.overflow_to_client, sizeof hello.overflow_to_client,
		              overflow_name(contract.overflow_to_client));
		hello.schema_to_client = layout_hash(contract.layout_to_client);
		set_wire_text(hello.codec_to_client, sizeof hello.codec_to_client, contract.codec_to_client);
	}
	return hello;
}

Status check_hello(const WireHello& hello, const WireLayouts& layouts, size_t length, const Contract& contract,
                   Role own_role) {
	// The first 16 bytes keep their places in every version.
	if (length < 16 || hello.magic != kWireMagic) {
		return Status::failure(Code::kCorrupt, "the peer does not speak ringwire's protocol");
	}
	if (hello.protocol != kProtocolVersion) {
		return other_version("protocol", kProtocolVersion, hello.protocol);
	}
	if (hello.layout != kLayoutVersion) {
		return other_version("layout", kLayoutVersion, hello.layout);
	}
	if (hello.endpoint == 0) {
		return Status::failure(Code::kCorrupt, "the peer's hello has no endpoint id");
	}
	if (length < sizeof hello || length > kWireBytesMax) {
		return Status::failure(Code::kCorrupt, "the peer's hello has " + std::to_string(length) + " bytes, expected " +
		                                           std::to_string(sizeof hello) + " to " +
		                                           std::to_string(kWireBytesMax));
	}
	if (hello.holds_back > 1 || hello.from_newest > 1 || hello.reserved != 0) {
		return Status::failure(Code::kCorrupt, "the peer's hello has a flag that this version does not know");
	}
	if (!is_layouts(layouts, length - sizeof hello)) {
		return Status::failure(Code::kCorrupt, "the layouts in the peer's hello do not fit into it");
	}
	Status features = check_features(hello, own_role);
	if (!features.ok()) {
		return features;
	}
	Status name = compare("name", contract.name, hello.name, sizeof hello.name);
	if (!name.ok()) {
		return name;
	}
	if (hello.role != static_cast<uint8_t>(opposite(own_role))) {
		return Status::failure(Code::kMismatch, "the peer's role is " + std::to_string(hello.role) + ", expected a " +
		                                            std::string(role_name(opposite(own_role))));
	}
	const bool duplex = is_duplex(own_role);
	Status status = compare(duplex ? "codec to the server" : "codec", contract.codec, hello.codec, sizeof hello.codec);
	if (status.ok()) {
		status = compare(duplex ? "overflow to the server" : "overflow", overflow_name(contract.overflow),
		                 hello.overflow, sizeof hello.overflow);
	}
	if (status.ok() && duplex) {
		status = compare("codec to the client", contract.codec_to_client, hello.codec_to_client,
		                 sizeof hello.codec_to_client);
	}
	if (status.ok() && duplex) {
		status = compare("overflow to the client", overflow_name(contract.overflow_to_client), hello.overflow_to_client,
		                 sizeof hello.overflow_to_client);
	}
	WireLayouts own;
	make_layouts(contract, own_role, own);
	if (status.ok()) {
		status = compare_layout(duplex ? "layout to the server" : "layout", layout_hash(contract.layout), hello.schema,
		                        layout_of(own, false), layout_of(layouts, false));
	}
	return status.ok() && duplex
	           ? compare_layout("layout to the client", layout_hash(contract.layout_to_client), hello.schema_to_client,
	                            layout_of(own, true), layout_of(layouts, true))
	           : status;
}

Status lacks_feature(uint64_t features) {
	return Status::failure(Code::kVersion, "this side requires feature " + feature_name(features) +
	                                           ", which the peer does not offer: update the peer");
}

WireShutdown make_shutdown(uint64_t time, Role role, uint64_t endpoint) {
	WireShutdown shutdown;
	std::memset(&shutdown, 0, sizeof shutdown);
	shutdown.type = static_cast<uint8_t>(WireType::kShutdown);
	shutdown.role = static_cast<uint8_t>(role);
	shutdown.time = time;
	shutdown.endpoint = endpoint;
	return shutdown;
}

bool is_shutdown(const void* message, size_t length) {
	if (length != sizeof(WireShutdown)) {
		return false;
	}
	WireShutdown shutdown;
	std::memcpy(&shutdown, message, sizeof shutdown);
	const bool has_role =
		shutdown.role >= static_cast<uint8_t>(Role::kWriter) && shutdown.role <= static_cast<uint8_t>(Role::kClient);
	const auto* bytes = static_cast<const uint8_t*>(message);
	return has_role && shutdown.endpoint != 0 &&
	       std::all_of(bytes + offsetof(WireShutdown, role) + 1, bytes + offsetof(WireShutdown, time),
	                   [](uint8_t byte) { return byte == 0; });
}

WireRefuse make_refuse(const Status& status) {
	WireRefuse refuse;
	std::memset(&refuse, 0, sizeof refuse);
	refuse.type = static_cast<uint8_t>(WireType::kRefuse);
	refuse.code = static_cast<uint8_t>(status.code);
	set_wire_text(refuse.reason, sizeof refuse.reason, status.message);
	return refuse;
}

Status refused_by_peer(const WireRefuse& refuse) {
	const bool known =
		refuse.code > static_cast<uint8_t>(Code::kOk) && refuse.code <= static_cast<uint8_t>(Code::kTooLarge);
	return Status::failure(known ? static_cast<Code>(refuse.code) : Code::kSystem,
	                       "the peer refused the link: " + wire_text(refuse.reason, sizeof refuse.reason));
}

} // namespace ringwire
