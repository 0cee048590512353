// SPDX-License-Identifier: MIT
// A5: what masks a file is the null device, checked on the descriptor that is mounted; and a mask lands inside the root or nowhere.
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

bool is_null(const std::string &file) {
  struct stat found {};
  return lstat(file.c_str(), &found) == 0 && S_ISCHR(found.st_mode) && found.st_rdev == makedev(1, 3);
}

// A /dev of this world, with a null that may be swapped.
void make_dev() {
  live::mount_tmpfs("/dev");
  for (unsigned minor_number : {3u, 5u}) {
    const char *name = minor_number == 3 ? "/dev/null" : "/dev/zero";
    if (mknod(name, S_IFCHR | 0666, makedev(1, minor_number)) != 0) {
      throw std::system_error(errno, std::generic_category(), name);
    }
  }
}

void null_device(Round &round, const Way &way) {
  furnish();
  make_dev();
  Swapped null("/dev", "null", path("canary/note"));
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_mask, "/data/note", 0); },
        .act =
            [&](long) {
              null.act();
              exchange_names("/dev/null", "/dev/zero");
              exchange_names("/dev/null", "/dev/zero");
            },
        .look =
            [](const Outcome &outcome) {
              if (is_applied(outcome) && !is_null(outcome.root + "/data/note")) {
                wrong("masked by something else");
              }
              return plain_outcome(outcome);
            }});
  round.must_have_seen({"applied", "ENODEV"});
}

void target(Round &round, const Way &way) {
  furnish();
  Swapped file(path("template/data"), "note", path("canary/note"));
  Swapped directory(path("template/data"), "sub", path("canary/sub"));
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_mask, "/data/note", 0);
              plan.add(mplan_plan_mask, "/data/sub", 0);
            },
        .act =
            [&](long) {
              file.act();
              directory.act();
            },
        .look =
            [&](const Outcome &outcome) {
              bool shows = access((directory.real_in(outcome.root) + "/mnt").c_str(), F_OK) == 0;
              if (is_applied(outcome) && (shows || !is_null(file.real_in(outcome.root)))) {
                wrong("not masked");
              }
              return plain_outcome(outcome);
            }});
  round.must_have_seen({"applied", "ELOOP"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A5.NullIsSwapped", backends, 100000, 300, null_device);

  add(out, "A5.TargetIsSwapped", lookups, 100000, 300, target);
  return out;
}

}  // namespace race
