// SPDX-License-Identifier: MIT
// Reading from descriptors that a command line names: file content and further arguments.
#pragma once

#include <string>

#include "options.hpp"

namespace mountplan::tool {

// Everything from the descriptor's current offset to its end, or `limit` bytes and some more; throws UsageError naming `option` when it can
// not be read.
std::string read_descriptor(int descriptor, const std::string &option, size_t limit = SIZE_MAX);

// Adds a file op with what `descriptor` has open.
int add_content(Build build, int descriptor, const char *target, uint32_t mode, uint64_t flags);

}  // namespace mountplan::tool
