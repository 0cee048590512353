// SPDX-License-Identifier: MIT
// Links planted in the way of a target, in each of its positions: whatever the op and wherever the link leads, nothing outside of the root
// is made, mounted on or changed.
#include <sys/mount.h>
#include <unistd.h>
#include <cerrno>
#include <functional>

#include "live/plan_world.hpp"

using live::path;
using live::Plan;

namespace {

struct Maker {
  const char *name;
  std::function<void(Plan &, const std::string &target)> add;
};

const Maker makers[] = {
    {"dir", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_dir, target, 0755, 0); }},
    {"file", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_file, target, "x", size_t{1}, 0644, 0); }},
    {"copied file",
     [](Plan &plan, const std::string &target) { plan.add(mplan_plan_file, target, "x", size_t{1}, 0644, MPLAN_FILE_COPY); }},
    {"symlink", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_symlink, "text", target, 0); }},
    {"bind of a file", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_bind, path("source/file"), target, 0); }},
    {"bind", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_bind, path("source"), target, 0); }},
    {"dev", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_dev, target, 0); }},
    {"overlay",
     [](Plan &plan, const std::string &target) {
       int op = plan.add(mplan_plan_overlay, target, MPLAN_OVERLAY_EPHEMERAL);
       plan.add(mplan_op_add_layer, op, path("source"));
     }},
    {"tmpfs", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_tmpfs, target, 0, 0755, 0); }},
    {"mask", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_mask, target, 0); }},
    {"chmod", [](Plan &plan, const std::string &target) { plan.add(mplan_plan_chmod, target, 0700, 0); }},
};

std::vector<std::string> link_texts() {
  std::string up = "../../../../../../../..";
  return {path("outside"), up + path("outside"), "../outside", "../../outside", "/.." + path("outside"), "../root/../outside"};
}

// /p1/p2/p3/new with the link at p1, p2, p3 or in the place of new.
std::string link_at(size_t position) {
  std::string at;
  for (size_t i = 1; i <= position; i++) {
    at += i == 4 ? "/new" : "/p" + std::to_string(i);
  }
  return at;
}

std::string outside_state() {
  std::string out;
  for (const std::string &line : live::files(path("outside"))) {
    out += line + '\n';
  }
  return out + std::to_string(live::mounts_below(path("outside")).size());
}

// Each op on each link in each position, onto a fresh root whose links were made by the plan, or in a tree that has them.
void never_reach_outside(uint64_t flags, bool leads_somewhere_inside) {
  live::write_file(path("source/file"), "text");
  live::mkdirs(path("outside/p2/p3"));
  live::write_file(path("outside/file"), "text");
  std::string before = outside_state();
  bool in_place = (flags & MPLAN_PREPARE_IN_PLACE) != 0;
  for (const Maker &maker : makers) {
    for (const std::string &text : link_texts()) {
      for (size_t position = 1; position <= 4; position++) {
        std::vector<std::string> outcomes;
        for (uint32_t backend : live::backends()) {
          live::mount_tmpfs(path("root"));
          Plan plan;
          plan.add(mplan_plan_set_flags, MPLAN_PLAN_CREATE);
          std::string link = link_at(position);
          if (in_place) {
            live::mkdirs(path("root" + link + "/.."));
            rmdir(path("root" + link).c_str());
            live::symlink(text, path("root" + link));
            if (leads_somewhere_inside) {
              live::mkdirs(path("root" + path("outside")));
              live::mkdirs(path("root/outside"));
            }
          } else {
            if (leads_somewhere_inside) {
              plan.add(mplan_plan_dir, path("outside"), 0755, 0);
              plan.add(mplan_plan_dir, "/outside", 0755, 0);
            }
            plan.add(mplan_plan_symlink, text, link, 0);
          }
          maker.add(plan, "/p1/p2/p3/new");
          live::Outcome outcome = live::apply(plan, backend, path("root"), flags);
          outcomes.push_back(std::to_string(outcome.result));
          ASSERT_EQ(outside_state(), before) << maker.name << " over " << text << " at " << link;
          while (live::mount_at(path("root"))) {
            ASSERT_EQ(umount2(path("root").c_str(), MNT_DETACH), 0);
          }
        }
        ASSERT_EQ(outcomes, std::vector<std::string>(outcomes.size(), outcomes[0]))
            << maker.name << " over " << text << " at position " << position;
      }
    }
  }
}

}  // namespace

LIVE_TEST(LivePlantedLinks, MadeByThePlanNeverLeadOutside) { never_reach_outside(0, false); }

LIVE_TEST(LivePlantedLinks, MadeByThePlanLeadToTheSamePathInside) { never_reach_outside(0, true); }

LIVE_TEST(LivePlantedLinks, InATreeOfTheCallerNeverLeadOutside) { never_reach_outside(MPLAN_PREPARE_IN_PLACE, false); }

LIVE_TEST(LivePlantedLinks, InATreeOfTheCallerLeadToTheSamePathInside) { never_reach_outside(MPLAN_PREPARE_IN_PLACE, true); }

LIVE_TEST(LivePlantedLinks, WhatTheyLeadToInsideIsWhereThingsAreMade) {
  for (const std::string &text : {path("outside"), std::string("../../../../../outside")}) {
    live::everywhere(
        [&](Plan &plan) {
          plan.add(mplan_plan_dir, path("outside"), 0755, 0);
          plan.add(mplan_plan_dir, "/outside", 0755, 0);
          plan.add(mplan_plan_symlink, text, "/p1", 0);
          plan.add(mplan_plan_dir, "/p1/new", 0711, 0);
        },
        [&](const std::string &root) { EXPECT_EQ(live::mode_of(root + (text[0] == '/' ? path("outside") : "/outside") + "/new"), 0711u); });
  }
}
