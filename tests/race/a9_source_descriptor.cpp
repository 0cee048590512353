// SPDX-License-Identifier: MIT
// A9: a source that is a descriptor stays what it is when its path is renamed, and a path beneath it never leaves it.
#include <fcntl.h>
#include <unistd.h>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

void beneath(Round &round, const Way &way) {
  furnish();
  live::write_file(path("host/volume/sub/directory/which"), "direct");
  live::write_file(path("host/volume") + path("canary/sub/directory/which"), "linked");
  live::write_file(path("canary/sub/directory/which"), "canary");
  live::write_file(path("host/other/sub/directory/which"), "other");
  Swapped sub(path("host/volume"), "sub", path("canary/sub"));
  int volume = open(path("host/volume").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  swap(round, way,
       {.build =
            [volume](Plan &plan) {
              int op = plan.add(mplan_plan_bind_fd, volume, "/data", 0);
              plan.add(mplan_op_set_source_path, op, "sub/directory");
            },
        .act =
            [&](long) {
              sub.act();
              exchange_names(path("host/volume"), path("host/other"));
              exchange_names(path("host/volume"), path("host/other"));
            },
        .in_place = false,
        .look =
            [](const Outcome &outcome) {
              std::string which = is_applied(outcome) ? live::read_file(outcome.root + "/data/which") : plain_outcome(outcome);
              if (which == "other" || which == "canary") {
                wrong("what is bound is not beneath the descriptor: " + which);
              }
              return which;
            }});
  close(volume);
  round.must_have_seen({"direct", "linked"});
}

// The whole source: renamed all the time, and always the same.
void renamed(Round &round, const Way &way) {
  furnish();
  live::write_file(path("host/volume/which"), "this");
  live::write_file(path("host/other/which"), "other");
  int volume = open(path("host/volume").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  swap(round, way,
       {.build = [volume](Plan &plan) { plan.add(mplan_plan_bind_fd, volume, "/data", 0); },
        .act = [](long) { exchange_names(path("host/volume"), path("host/other")); },
        .in_place = false,
        .look =
            [](const Outcome &outcome) {
              if (!is_applied(outcome) || live::read_file(outcome.root + "/data/which") != "this") {
                wrong("what is bound is not the descriptor");
              }
              return "this";
            }});
  close(volume);
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A9.PathBeneathIsSwapped", lookups, 100000, 500, beneath);
  add(out, "A9.SourceIsRenamed", backends, 100000, 300, renamed);
  return out;
}

}  // namespace race
