// SPDX-License-Identifier: MIT
// Runs a plan on the recording kernel and writes down every call that prepare and apply make, probes and close(2) included.
#pragma once

#include <mountplan/mountplan.h>

#include <cstdint>
#include <string>

namespace replay {

struct Setting {
  uint64_t flags = 0;          // MPLAN_PREPARE_
  const char *root = nullptr;  // NULL with PIVOT
  bool has_openat2 = true;     // else it is answered with ENOSYS, and the walker looks up
  bool has_terminal = false;   // is descriptor 1 one?
  bool from_host = false;      // entered by making a namespace of the root, in the namespace of the caller; with PIVOT and
                               // DEFERRED; the other backends pivot
  bool probes = false;         // write the probing down, too
};

// One call per line, the op beside it:
//   op 0 bind    open_tree(5</usr>, "", OPEN_TREE_CLONE|...) = 6
// and, where the plan fails, a last line with the error. Descriptors are those of the recording kernel, counted from 3.
std::string record(const mplan_plan *plan, uint32_t backend, const Setting &setting);

}  // namespace replay
