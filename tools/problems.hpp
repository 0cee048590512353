// SPDX-License-Identifier: MIT
// What is wrong with a plan: most commands stop at the first thing, check wants all of them.
#pragma once

#include <string>
#include <vector>

#include "command.hpp"

namespace mountplan::tool {

struct Problem {
  std::string text;
  std::string hint;  // empty where there is none
};

// Where a `Problems *` is NULL, the first UsageError ends the reading.
struct Problems {
  std::vector<Problem> list;
};

// Runs a part that others do not depend on. False where it threw a UsageError that is now in `problems`.
template <typename Part>
bool guard(Problems *problems, Part part) {
  try {
    part();
    return true;
  } catch (const UsageError &error) {
    if (problems == nullptr) {
      throw;
    }
    problems->list.push_back({error.what(), {}});
    return false;
  }
}

}  // namespace mountplan::tool
