// SPDX-License-Identifier: MIT
// A sandbox of twenty ops, as programs ask for it: what is measured and counted where one plan has to stand for all.
#pragma once

#include "replay/plan.hpp"

namespace replay {

inline void sandbox_of_twenty_ops(Plan &plan) {
  plan.add(mplan_plan_bind, "/usr", "/usr", 0);
  plan.add(mplan_plan_symlink, "usr/bin", "/bin", 0);
  plan.add(mplan_plan_symlink, "usr/sbin", "/sbin", 0);
  plan.add(mplan_plan_symlink, "usr/lib", "/lib", 0);
  plan.add(mplan_plan_symlink, "usr/lib64", "/lib64", 0);
  plan.add(mplan_plan_dir, "/etc", 0755, 0);
  plan.add(mplan_plan_file, "/etc/passwd", "user:x:1000:1000::/home/user:/bin/sh\n", 36, 0444, 0);
  plan.add(mplan_plan_file, "/etc/group", "user:x:1000:\n", 13, 0444, 0);
  plan.add(mplan_plan_bind, "/usr/share", "/etc/share", 0);
  plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0);
  plan.add(mplan_plan_tmpfs, "/run", 0, 0755, 0);
  plan.add(mplan_plan_dir, "/run/user", 0755, 0);
  plan.add(mplan_plan_dir, "/home", 0755, 0);
  plan.add(mplan_plan_tmpfs, "/home/user", 0, 0700, 0);
  plan.add(mplan_plan_dir, "/home/user/cache", 0700, 0);
  plan.add(mplan_plan_bind, "/usr/bin", "/opt/bin", 0);
  plan.add(mplan_plan_bind, "/usr/lib", "/opt/lib", MPLAN_BIND_WRITABLE);
  plan.add(mplan_plan_dir, "/var", 0755, 0);
  plan.add(mplan_plan_tmpfs, "/var/tmp", 0, 01777, 0);
  plan.add(mplan_plan_symlink, "../run", "/var/run", 0);
}

}  // namespace replay
