// The result of an operation that can fail: a code with a stable name, a sentence, and the errno of the system call.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace ringwire {

enum class Code : uint8_t {
	kOk,
	kInvalidName,
	kExists,
	kAccess,
	kMismatch,
	kVersion,
	kCorrupt,
	kLimit,
	kClosed,
	kUnsupported,
	kSystem,
	kTimeout,
	kTooLarge,
};

// The code's public name, for example "ERR_RINGWIRE_ACCESS".
[[nodiscard]] constexpr const char* code_name(Code code) {
	switch (code) {
	case Code::kOk:
		return "";
	case Code::kInvalidName:
		return "ERR_RINGWIRE_INVALID_NAME";
	case Code::kExists:
		return "ERR_RINGWIRE_EXISTS";
	case Code::kAccess:
		return "ERR_RINGWIRE_ACCESS";
	case Code::kMismatch:
		return "ERR_RINGWIRE_MISMATCH";
	case Code::kVersion:
		return "ERR_RINGWIRE_VERSION";
	case Code::kCorrupt:
		return "ERR_RINGWIRE_CORRUPT";
	case Code::kLimit:
		return "ERR_RINGWIRE_LIMIT";
	case Code::kClosed:
		return "ERR_RINGWIRE_CLOSED";
	case Code::kUnsupported:
		return "ERR_RINGWIRE_UNSUPPORTED";
	case Code::kTimeout:
		return "ERR_RINGWIRE_TIMEOUT";
	case Code::kTooLarge:
		return "ERR_RINGWIRE_TOO_LARGE";
	case Code::kSystem:
		break;
	}
	return "ERR_RINGWIRE_SYSTEM";
}

struct [[nodiscard]] Status {
	Code code = Code::kOk;
	std::string message;
	const char* syscall = ""; // the system call that failed, if one did
	int error = 0;            // its errno

	[[nodiscard]] bool ok() const { return code == Code::kOk; }

	static Status failure(Code code, std::string message) { return Status{code, std::move(message), "", 0}; }
};

} // namespace ringwire
