// The headers that most tests include, compiled once for each variant (see the Makefile).
#include <filesystem>
#include <thread>

#include "test/company.h"
#include "test/precompiled/library.h"
