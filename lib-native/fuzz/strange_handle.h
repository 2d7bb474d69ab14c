// A handle of any kind that a hostile peer can send: devices, pipes, sockets with unsent data, event sources, memory of every shape.
#pragma once

#include "fuzz/choices.h"
#include "platform/handle.h"

namespace fuzz {

// Opens one object of a chosen kind and closes its own handle to it. Its objects are fresh, because a receiver may shut a socket down.
class StrangeHandle {
public:
	explicit StrangeHandle(Choices& choices);

	[[nodiscard]] ringwire::OsHandle get() const { return handle_.get(); }

private:
	ringwire::ReceivedHandle handle_;
};

} // namespace fuzz
