// SPDX-License-Identifier: MIT
// A plan before it is built: random, from a seed, as a list of ops that each stand alone, so that some of them can be left out.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fault/run.hpp"

namespace property {

struct DraftOp {
  std::string text;  // "bind host/tree -> /a/b, flags 0x1"
  std::function<void(fault::Plan &plan)> add;
  bool passes_over = false;  // with mount(2) it may not reach what others cover, or makes that a later op does not
};

struct Draft {
  uint64_t seed = 0;
  fault::Form form = fault::Form::fresh;
  uint64_t prepare_flags = 0;  // beside those of the form
  uint64_t plan_flags = 0;
  std::optional<uint32_t> parent_mode;
  std::vector<DraftOp> ops;

  bool passes_over() const {
    return std::any_of(ops.begin(), ops.end(), [](const DraftOp &op) { return op.passes_over; });
  }
};

// On the sources of furnish(). The same draft for the same seed, always.
Draft draw(uint64_t seed);

void build(const Draft &draft, fault::Plan &plan);

// One line for the draft, one for each op.
std::string describe(const Draft &draft);

}  // namespace property
