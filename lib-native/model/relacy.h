// relacy, without the macros by which it takes over the names of C++ itself.
//
// What it can model: every interleaving of atomic accesses and seq_cst fences; a load that sees any value that C++11's
// happens-before, coherence and fences allow, as far back as it keeps values (model/Makefile says how far); races of plain
// accesses; deadlock and livelock. What it cannot: a load that sees a store which the program order puts after it (load
// buffering), for its executions are interleavings; here such a reordering shows as a data race of the payload. Its seq_cst
// fences are total and synchronise with each other, as they do on every machine that we know, while C++20 promises a little
// less. A relaxed store continues the release sequence of the same thread's earlier store, as in C++11; C++20 has dropped it.
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
