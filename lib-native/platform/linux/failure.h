// The kernel's refusals as a Status.
#pragma once

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "core/status.h"

namespace ringwire {

// Reads errno, so it comes right after the failed call. The code follows from the errno: limits and rights are told apart
// from everything else.
inline Status system_failure(const char* syscall, std::string what) {
	const int error = errno;
	Code code = Code::kSystem;
	switch (error) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
	case EDQUOT:
	case ENOBUFS:
	case EFBIG:
	case ENAMETOOLONG:
		code = Code::kLimit;
		break;
	case EACCES:
	case EPERM:
	case EROFS:
	case ELOOP:
	case ENOTDIR:
		code = Code::kAccess;
		break;
	default:
		break;
	}
	return Status{code, std::move(what) + ": " + std::strerror(error), syscall, error};
}

} // namespace ringwire
