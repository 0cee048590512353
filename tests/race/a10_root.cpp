// SPDX-License-Identifier: MIT
// A10: the root is a directory, opened without following a link in its place.
#include <sys/mount.h>
#include <unistd.h>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

void root(Round &round, const Way &way, bool in_place) {
  furnish();
  live::mkdirs(path("holder/place/data"));
  Swapped place(path("holder"), "place", path("canary"));
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_dir, "/made", 0755, 0);
              plan.add(mplan_plan_bind, path("host/tree"), "/data", 0);
            },
        .act = [&](long) { place.act(); },
        .in_place = in_place,
        .root = path("holder/place"),
        .where = [&] { return place.real(); },
        .clear =
            [&] {
              if (in_place) {
                umount2((place.real() + "/data").c_str(), MNT_DETACH);
                rmdir((place.real() + "/made").c_str());
              }
            },
        .batch = 1});
  round.must_have_seen({"applied", "ELOOP"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A10.RootIsSwapped", backends, 100000, 200, [](Round &round, const Way &way) { root(round, way, false); });
  add(out, "A10.RootInPlaceIsSwapped", lookups, 100000, 200, [](Round &round, const Way &way) { root(round, way, true); });
  return out;
}

}  // namespace race
