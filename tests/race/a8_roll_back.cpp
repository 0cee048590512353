// SPDX-License-Identifier: MIT
// A8: rolling back removes what the plan made, all of it and nothing else.
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

// One call of the plan fails while a parent of everything it makes is swapped.
void parent(Round &round, const Way &way) {
  furnish();
  Swapped data(path("template"), "data", path("canary"));
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_chmod, "/data/note", 0600, 0);
              plan.add(mplan_plan_dir, "/data/new/directory", 0755, 0);
              plan.add(mplan_plan_file, "/data/one/copy", "text", 4, 0644, MPLAN_FILE_COPY);
              plan.add(mplan_plan_symlink, "text", "/data/two/link", 0);
              plan.add(mplan_plan_bind, path("host/note"), "/data/three/stub", 0);
              plan.add(mplan_plan_tmpfs, "/data/four/tmpfs", 0, 0755, 0);
            },
        .act = [&](long) { data.act(); },
        .batch = 1,
        .inject = true});
  round.must_have_seen({"EIO"});
}

// What others have put on top of a mount of the plan is not what the plan made. It stays, or the error says that something went wrong.
void stacked(Round &round, const Way &way) {
  furnish();
  std::atomic<bool> &is_there = shared<std::atomic<bool>>();
  std::minstd_rand random(1);
  long planted = 0;
  auto act = [&](long turn) {
    // Once each time, at any moment of the plan.
    if (turn + 1 == planted || std::uniform_int_distribution<int>(0, 20000)(random) != 0) {
      return;
    }
    planted = turn + 1;
    is_there = mount("foreign", path("roots/0/data/sub/mnt").c_str(), "tmpfs", 0, nullptr) == 0;
  };
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_bind, path("host/tree"), "/data/sub/mnt", 0);
              for (const char *name : {"/data/one", "/data/two", "/data/three"}) {
                plan.add(mplan_plan_tmpfs, name, 0, 0755, 0);
              }
              plan.add(mplan_plan_bind, path("host/note"), "/data/sub", 0);  // fails: a file on a directory
            },
        .act = act,
        .batch = 1,
        .mounts = true,
        .look =
            [&](const Outcome &outcome) {
              bool was_planted = is_there.exchange(false);
              long foreign = 0;
              long ours = 0;
              bool ours_on_top = false;
              for (const live::Mount &mount : live::mounts_below(path("roots/0/data/sub/mnt"))) {
                bool is_foreign = mount.source == "foreign";
                foreign += is_foreign ? 1 : 0;
                ours += is_foreign ? 0 : 1;
                ours_on_top = !is_foreign;
              }
              // umount2(2) takes what is on top, so between the look and the call there is a moment.
              if (ours > 0 && foreign == 0 && was_planted && outcome.failure.left > 0) {
                return "foreign-went-told";
              }
              if (ours > 0 && foreign == 0) {
                wrong(was_planted ? "what was on top was taken, and nobody was told" : "what the plan made is left");
              }
              return ours > 0       ? (ours_on_top ? "left-on-top" : "left-below-another")
                     : !was_planted ? "too-late"
                     : foreign > 0  ? "foreign-kept"
                                    : "foreign-went-along";
            }});
  round.must_have_seen({"foreign-kept"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A8.ParentIsSwapped", lookups, 100000, 200, parent);
  add(out, "A8.ParentIsSwapped", staging, 20000, 100, parent);
  add(out, "A8.WhatIsOnTopIsLeftOrTold", backends, 100000, 200, stacked);
  return out;
}

}  // namespace race
