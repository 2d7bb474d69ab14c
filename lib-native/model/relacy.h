// relacy, without the macros that redefine names of C++.
//
// It models every interleaving of atomic accesses and seq_cst fences; loads of every value that happens-before, coherence and
// fences of C++11 allow, as far back as it keeps values (see model/Makefile); races of plain accesses; deadlock and livelock. It
// does not model a load of a store that comes later in program order (load buffering), because its executions are
// interleavings. Such a reordering is a data race of the payload here. Its seq_cst fences are total and synchronise with each
// other, as on every known machine. C++20 promises a little less. A relaxed store continues the release sequence of an earlier
// store of the same thread, as in C++11. C++20 has dropped that.
#pragma once

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include <relacy/relacy.hpp>

#undef memory_order_relaxed
#undef memory_order_consume
#undef memory_order_acquire
#undef memory_order_release
#undef memory_order_acq_rel
#undef memory_order_seq_cst
#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef errno
#undef assert
#undef $
#include <cassert>
