// SPDX-License-Identifier: MIT
// Plans of one op each, and one with several, whose calls are written down in expected/.
#pragma once

#include <ostream>
#include <span>

#include "replay/plan.hpp"
#include "replay/recorder.hpp"

namespace replay {

struct Case {
  const char *name;
  void (*build)(Plan &plan);
  Setting setting;
};

// For test names.
inline std::ostream &operator<<(std::ostream &out, const Case &given) { return out << given.name; }

std::span<const Case> cases();

}  // namespace replay
