// SPDX-License-Identifier: MIT
// A2: parents, files, stubs and links are made by the same look-up inside the root, so nothing is made outside.
#include <unistd.h>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

void make_everything(Plan &plan) {
  plan.add(mplan_plan_dir, "/data/new/directory", 0755, 0);
  plan.add(mplan_plan_file, "/data/one/copy", "text", 4, 0644, MPLAN_FILE_COPY);
  plan.add(mplan_plan_symlink, "text", "/data/two/link", 0);
  plan.add(mplan_plan_bind, path("host/note"), "/data/three/stub", 0);
  plan.add(mplan_plan_tmpfs, "/data/four/tmpfs", 0, 0755, 0);
  plan.add(mplan_plan_file, "/data/five/file", "text", 4, 0444, 0);
  plan.add(mplan_plan_bind, path("host/tree"), "/data/six/bind", 0);
}

std::string where_it_was_made(const Swapped &data, const Outcome &outcome) {
  if (!is_applied(outcome)) {
    return plain_outcome(outcome);
  }
  std::string real = data.real_in(outcome.root);
  size_t direct = 0;
  constexpr const char *made[] = {"new/directory", "one/copy", "three/stub", "four/tmpfs", "five/file", "six/bind"};
  for (const char *name : made) {
    bool here = access((real + '/' + name).c_str(), F_OK) == 0;
    bool there = access((outcome.root + path("canary/") + name).c_str(), F_OK) == 0;
    if (here == there) {
      wrong(std::string(name) + (here ? " was made twice" : " was not made"));
    }
    direct += here ? 1 : 0;
  }
  return direct == 0 ? "linked" : direct == std::size(made) ? "direct" : "both";
}

void parent(Round &round, const Way &way) {
  furnish();
  Swapped data(path("template"), "data", path("canary"));
  swap(round, way,
       {.build = make_everything,
        .act = [&](long) { data.act(); },
        .batch = 1,
        .look = [&](const Outcome &outcome) { return where_it_was_made(data, outcome); }});
  round.must_have_seen({"direct", "linked", "both"});
}

// What was just made is swapped away before the next thing is made in it.
void made_parent(Round &round, const Way &way) {
  furnish();
  Swapped made(path("template/data"), "new", path("canary"));
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_dir, "/data/new/a/b", 0755, 0);
              plan.add(mplan_plan_bind, path("host/tree"), "/data/new/c", 0);
              plan.add(mplan_plan_file, "/data/new/copy", "text", 4, 0644, MPLAN_FILE_COPY);
            },
        .act = [&](long) { made.act(); },
        .batch = 1,
        .may_hide = true,
        .look =
            [&](const Outcome &outcome) {
              std::string now = made.real();
              bool together = !now.empty() && access((made.real_in(outcome.root) + "/copy").c_str(), F_OK) == 0;
              if (!now.empty() && now != path("template/data/new")) {
                exchange_names(now, path("template/data/new"));  // so that it is cleared away, and the links stay
              }
              return !is_applied(outcome) ? plain_outcome(outcome) : together ? "together" : "parted";
            }});
  round.must_have_seen({"together", "parted"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A2.ParentIsSwapped", lookups, 100000, 100, parent);
  add(out, "A2.MadeParentIsSwapped", lookups, 100000, 200, made_parent);
  return out;
}

}  // namespace race
