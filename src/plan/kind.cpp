// SPDX-License-Identifier: MIT
#include <mountplan/plan.h>

#include "plan/op.hpp"

namespace mountplan::plan {

const char *kind_name(uint32_t kind) {
  static constexpr const char *names[] = {nullptr, "bind",        "remount", "tmpfs",   "proc", "sysfs", "devpts",  "mqueue",
                                          "bpf",   "ramfs",       "dev",     "overlay", "dir",  "file",  "symlink", "chmod",
                                          "mask",  "propagation", "move",    "unmount", "root", "etc"};
  static_assert(sizeof names / sizeof names[0] == MPLAN_OP_ETC + 1);
  return kind < sizeof names / sizeof names[0] ? names[kind] : nullptr;
}

}  // namespace mountplan::plan
