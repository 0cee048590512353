// SPDX-License-Identifier: MIT
// A3: dev fills a directory on a file system of our own and nothing else, whatever /dev leads to.
#include <sys/stat.h>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

std::string check_dev(const Outcome &outcome, const std::string &dev) {
  struct stat null {};
  if (is_applied(outcome) && (!is_mounted_on(dev) || stat((dev + "/null").c_str(), &null) != 0 || !S_ISCHR(null.st_mode))) {
    wrong("there is no dev on the directory");
  }
  return plain_outcome(outcome);
}

void in_place(Round &round, const Way &way) {
  furnish();
  live::mkdirs(path("template/dev"));
  Swapped dev(path("template"), "dev", path("canary/dev"));
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_dev, "/dev", 0); },
        .act = [&](long) { dev.act(); },
        .look = [&](const Outcome &outcome) { return check_dev(outcome, dev.real_in(outcome.root)); }});
  round.must_have_seen({"applied", "ELOOP"});
}

// The root is a bind of a tree on the host, in which the attacker swaps.
void in_bound_root(Round &round, const Way &way) {
  furnish();
  live::mkdirs(path("host/whole/dev"));
  Swapped dev(path("host/whole"), "dev", path("canary/dev"));
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_bind, path("host/whole"), "/", MPLAN_BIND_WRITABLE);
              plan.add(mplan_plan_dev, "/dev", 0);
            },
        .act = [&](long) { dev.act(); },
        .in_place = false,
        .look = [&](const Outcome &outcome) { return check_dev(outcome, dev.real_in(outcome.root, path("host/whole"))); }});
  round.must_have_seen({"applied", "ELOOP"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A3.DevIsSwapped", lookups, 100000, 300, in_place);
  add(out, "A3.DevInABoundRootIsSwapped", lookups, 100000, 300, in_bound_root);
  add(out, "A3.DevInABoundRootIsSwapped", staging, 20000, 200, in_bound_root);
  return out;
}

}  // namespace race
