// SPDX-License-Identifier: MIT
// The permission missing parents get, so that they give away no more than what they lead to.
#pragma once

#include <cstdint>

namespace mountplan::plan {

// 0755, less group read and search where `mode` gives the group nothing, less others' where it gives others nothing.
constexpr uint32_t parent_mode(uint32_t mode) {
  uint32_t result = 0755;
  if ((mode & 0070) == 0) {
    result &= ~0050u;
  }
  if ((mode & 0007) == 0) {
    result &= ~0005u;
  }
  return result;
}

}  // namespace mountplan::plan
