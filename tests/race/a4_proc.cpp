// SPDX-License-Identifier: MIT
// A4: the target of proc and sysfs is a real directory inside the root, and what is mounted there is a procfs or sysfs, from its root.
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

constexpr ino_t proc_root_inode = 1;

void check_type(const std::string &directory, long magic) {
  struct statfs file_system {};
  struct stat root {};
  if (statfs(directory.c_str(), &file_system) != 0 || stat(directory.c_str(), &root) != 0 || file_system.f_type != magic ||
      root.st_ino != proc_root_inode) {
    wrong(directory + " is not the root of what was asked for");
  }
}

void build(Plan &plan) {
  plan.add(mplan_plan_proc, "/p/proc", 0);
  plan.add(mplan_plan_sysfs, "/p/sys", 0);
}

void target(Round &round, const Way &way) {
  furnish();
  live::mkdirs(path("template/p/proc"));
  live::mkdirs(path("template/p/sys"));
  Swapped proc(path("template/p"), "proc", path("canary/proc"));
  Swapped sys(path("template/p"), "sys", path("canary/sys"));
  swap(round, way,
       {.build = build,
        .act =
            [&](long) {
              proc.act();
              sys.act();
            },
        .look =
            [&](const Outcome &outcome) {
              if (is_applied(outcome)) {
                check_type(proc.real_in(outcome.root), PROC_SUPER_MAGIC);
                check_type(sys.real_in(outcome.root), SYSFS_MAGIC);
              }
              return plain_outcome(outcome);
            }});
  round.must_have_seen({"applied", "ELOOP"});
}

void parent(Round &round, const Way &way) {
  furnish();
  for (const std::string &at : {path("template/p"), path("template") + path("canary")}) {
    live::mkdirs(at + "/proc");
    live::mkdirs(at + "/sys");
  }
  Swapped p(path("template"), "p", path("canary"));
  swap(round, way,
       {.build = build,
        .act = [&](long) { p.act(); },
        .look =
            [&](const Outcome &outcome) {
              std::string direct = p.real_in(outcome.root);
              std::string linked = outcome.root + path("canary");
              bool proc_here = is_mounted_on(direct + "/proc");
              bool sys_here = is_mounted_on(direct + "/sys");
              if (!is_applied(outcome)) {
                return plain_outcome(outcome);
              }
              check_type((proc_here ? direct : linked) + "/proc", PROC_SUPER_MAGIC);
              check_type((sys_here ? direct : linked) + "/sys", SYSFS_MAGIC);
              return std::string(proc_here && sys_here ? "direct" : proc_here || sys_here ? "both" : "linked");
            }});
  round.must_have_seen({"direct", "linked"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A4.ProcIsSwapped", lookups, 100000, 300, target);
  add(out, "A4.ParentOfProcIsSwapped", lookups, 100000, 300, parent);
  return out;
}

}  // namespace race
