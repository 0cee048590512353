// SPDX-License-Identifier: MIT
// All ways of finding bytes, those that were compiled for this machine. Each has a file of its own.
#pragma once

#include "table/scan.hpp"

namespace mountplan::table {

extern const Finder portable_finder;
extern const Finder sse2_finder;
extern const Finder avx2_finder;
extern const Finder neon_finder;

}  // namespace mountplan::table
