// SPDX-License-Identifier: MIT
// A7: nothing is done through a global /proc that is not one. The attacker mounts over it, or over the list of descriptors of this process,
// things with the same names that lead to the canary, and takes them away again.
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

// Whatever descriptor is meant: a mount in the canary, or a file of it.
void forge_descriptors(const std::string &directory) {
  live::mkdirs(directory);
  for (int fd = 3; fd < 64; fd++) {
    live::symlink(path(fd % 8 == 0 ? "canary/note" : "canary/mounted"), directory + '/' + std::to_string(fd));
  }
}

// For long enough that a plan can meet it: taking it away takes longer than putting it there.
void cover(const std::string &forged, const std::string &over, std::minstd_rand &random) {
  if (mount(forged.c_str(), over.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    perror(over.c_str());
  }
  for (int left = std::uniform_int_distribution<int>(0, 300)(random); left > 0; left--) {
    getppid();
  }
  if (umount2(over.c_str(), MNT_DETACH) != 0) {
    perror(over.c_str());
  }
}

// Between them they make the library hand each kind of descriptor to a call that takes paths: sources, targets, layers, scratch, and on the
// way back mounts and modes.
void build(Plan &plan) {
  plan.add(mplan_plan_bind, path("host/tree"), "/data/sub/mnt", 0);
  plan.add(mplan_plan_file, "/data/note", "text", 4, 0444, 0);
  int overlay = plan.add(mplan_plan_overlay, "/layers", MPLAN_OVERLAY_EPHEMERAL);
  plan.add(mplan_op_add_layer, overlay, path("host/tree"));
}

void attack(Round &round, const Way &way, const std::string &forged, const std::string &over, bool in_place) {
  bool fails = in_place;  // in place what counts is the way back
  std::minstd_rand random(1);
  swap(round, way,
       {.build =
            [fails](Plan &plan) {
              build(plan);
              if (fails) {
                plan.add(mplan_plan_tmpfs, "/note/below", 0, 0755, 0);
              }
            },
        .act = [&](long) { cover(forged, over, random); },
        .in_place = in_place,
        .batch = in_place ? 1 : 8,
        // While there is no /proc, what was mounted in a tree of the caller can not be taken back, by nobody. That is not what is asked
        // here.
        .mounts = true,
        .may_hide = true,
        .look =
            [](const Outcome &outcome) {
              bool left = false;
              for (const char *target : {"/data/sub/mnt", "/data/note", "/layers"}) {
                left = left || (!is_applied(outcome) && is_mounted_on(outcome.root + target));
              }
              return plain_outcome(outcome) + (left ? "-and-left" : "");
            }});
}

void whole(Round &round, const Way &way, bool in_place) {
  furnish();
  for (const char *process : {"self", "thread-self"}) {
    forge_descriptors(path("forged/") + process + "/fd");
    forge_descriptors(path("forged/") + process + "/fdinfo");
    live::write_file(path("forged/") + process + "/mountinfo", "");
  }
  attack(round, way, path("forged"), "/proc", in_place);
}

void descriptors(Round &round, const Way &way, bool in_place) {
  furnish();
  forge_descriptors(path("forged"));
  std::string self = "/proc/" + std::to_string(getpid()) + "/task/" + std::to_string(gettid()) + "/fd";
  attack(round, way, path("forged"), self, in_place);
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  auto add_all = [&out](const std::string &name, void (*body)(Round & round, const Way &way, bool in_place)) {
    auto fresh = [body](Round &round, const Way &way) { body(round, way, false); };
    auto rolled_back = [body](Round &round, const Way &way) { body(round, way, true); };
    add(out, name + ".Fresh", backends, 100000, 300, fresh);
    add(out, name + ".RolledBack", backends, 100000, 300, rolled_back);
  };
  add_all("A7.ProcIsCovered", whole);
  add_all("A7.DescriptorsInProcAreCovered", descriptors);
  return out;
}

}  // namespace race
