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

// The fewest system calls for this plan on a tree that is attached nowhere and becomes the root by pivot_root(2), where each source and
// each target is looked up once and only its descriptor is used, nothing has to be asked of what was just made, and every descriptor is
// closed.
constexpr int fewest_calls = [] {
  constexpr int parent = 2;                  // openat2, close: of a target that is not at the top
  constexpr int target = 4;                  // mkdirat, openat, move_mount, close
  constexpr int bind = 5 + target;           // openat of the source, open_tree, mount_setattr, close of both
  constexpr int tmpfs = 7 + target;          // fsopen, fsconfig for the source, the mode and creation, fsmount, close of both
  constexpr int file = 11;                   // openat, write, open_tree, mount_setattr, openat, move_mount, four close, unlinkat
  constexpr int root = 6;                    // as for tmpfs, closed at the end
  constexpr int scratch = 7;                 // a tmpfs for the contents of files
  constexpr int commit = 11;                 // umask and mount before; openat, move_mount, close, fchdir, pivot_root, umount2, chdir,
                                             // umask, close of the root
  return root + 4 * bind + 3 * parent + 1 +  // mkdirat of /opt
         5 + parent + 5 + 2 * parent +       // symlinkat, mkdirat
         scratch + 2 * (file + parent) + 4 * tmpfs + 2 * parent + commit;
}();

// The fd backend attaches its root and scratch before mounts can land in them: private each and the root unbindable for that time
// (4 mount_setattr), scratch by move_mount and umount2.
constexpr int fewest_calls_fd = fewest_calls + 6;

}  // namespace replay
