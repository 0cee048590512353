// SPDX-License-Identifier: MIT
// For tests that are run with every way of finding bytes that there is on this machine.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "table/scan.hpp"

namespace mountplan::tests {

inline std::vector<const table::Finder *> all_finders() {
  std::vector<const table::Finder *> all;
  for (const table::Finder *const *finder = table::finders(); *finder != nullptr; finder++) {
    all.push_back(*finder);
  }
  return all;
}

inline std::string finder_name(const testing::TestParamInfo<const table::Finder *> &info) { return info.param->name; }

}  // namespace mountplan::tests
