// SPDX-License-Identifier: MIT
// A1: a source or target is resolved once, to a descriptor under that of the root, and only the descriptor is used afterwards.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

void target_parent(Round &round, const Way &way) {
  furnish();
  Swapped data(path("template"), "data", path("canary"));
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_bind, path("host/tree"), "/data/sub/mnt", 0); },
        .act = [&](long) { data.act(); },
        .look =
            [&](const Outcome &outcome) {
              bool direct = is_mounted_on(data.real_in(outcome.root) + "/sub/mnt");
              bool linked = is_mounted_on(outcome.root + path("canary/sub/mnt"));
              if (is_applied(outcome) && direct == linked) {
                wrong("the mount is nowhere");
              }
              return is_applied(outcome) ? direct ? "direct" : "linked" : plain_outcome(outcome);
            }});
  round.must_have_seen({"direct", "linked"});
}

void target(Round &round, const Way &way) {
  furnish();
  Swapped mount_point(path("template/data/sub"), "mnt", path("canary/sub/mnt"));
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_bind, path("host/tree"), "/data/sub/mnt", 0); },
        .act = [&](long) { mount_point.act(); }});
  round.must_have_seen({"applied", "ELOOP"});
}

// A directory in one moment, a file in the next: whichever it was when it was opened, the target is made to fit it.
void source(Round &round, const Way &way) {
  furnish();
  live::write_file(path("host/thing/inside"), "a directory");
  live::write_file(path("host/other"), "a file");
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_bind, path("host/thing"), "/data", 0); },
        .act = [](long) { exchange_names(path("host/thing"), path("host/other")); },
        .in_place = false,
        .look =
            [](const Outcome &outcome) {
              struct stat found {};
              if (!is_applied(outcome) || lstat((outcome.root + "/data").c_str(), &found) != 0) {
                wrong("not applied");
              }
              return S_ISDIR(found.st_mode) ? "directory" : "file";
            }});
  round.must_have_seen({"directory", "file"});
}

// What is listed as a directory must be bound as that directory, not as what its name leads to later.
void entry_of_root_helper(Round &round, const Way &way) {
  furnish();
  live::write_file(path("host/root/bin/tool"), "a tool");
  live::write_file(path("host/root/lib/library"), "a library");
  Swapped bin(path("host/root"), "bin", path("canary/bin"));
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_root, path("host/root"), 0); },
        .act = [&](long) { bin.act(); },
        .in_place = false,
        .look =
            [](const Outcome &outcome) {
              struct stat found {};
              if (is_applied(outcome) && lstat((outcome.root + "/bin").c_str(), &found) != 0) {
                wrong("an entry is missing");
              }
              return !is_applied(outcome) ? plain_outcome(outcome) : S_ISLNK(found.st_mode) ? "link" : "directory";
            }});
  round.must_have_seen({"link", "directory"});
}

// The links are made of the same directory that they lead to.
void source_of_etc_helper(Round &round, const Way &way) {
  furnish();
  live::write_file(path("host/etc/one"), "1");
  live::write_file(path("host/other/two"), "2");
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_etc, path("host/etc"), "id", 0); },
        .act = [](long) { exchange_names(path("host/etc"), path("host/other")); },
        .in_place = false,
        .look =
            [](const Outcome &outcome) {
              std::string etc = outcome.root + "/etc/";
              for (const char *name : {"one", "two"}) {
                if (is_applied(outcome) && is_link(etc + name)) {
                  if (access((etc + ".host/id/" + name).c_str(), F_OK) != 0) {
                    wrong(std::string("a link to ") + name + ", which is not there");
                  }
                  return std::string(name);
                }
              }
              return plain_outcome(outcome);
            }});
  round.must_have_seen({"one", "two"});
}

// The root is given as a descriptor; a parent in its path is swapped.
void parent_of_root(Round &round, const Way &way) {
  furnish();
  live::mkdirs(path("holder/place"));
  Swapped holder(live::scratch(), "holder", path("canary"));
  int root = open(path("holder/place").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_dir, "/made", 0755, 0);
              plan.add(mplan_plan_bind, path("host/tree"), "/data", 0);
            },
        .act = [&](long) { holder.act(); },
        .in_place = false,
        .root_fd = root,
        .where = [&] { return holder.real() + "/place"; },
        .batch = 1,
        .look =
            [](const Outcome &outcome) {
              if (is_applied(outcome) && !is_mounted_on(outcome.root)) {
                wrong("the root is mounted somewhere else");
              }
              return plain_outcome(outcome);
            }});
  close(root);
  round.must_have_seen({"applied"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A1.TargetParentIsSwapped", lookups, 100000, 500, target_parent);
  add(out, "A1.TargetIsSwapped", lookups, 100000, 500, target);
  add(out, "A1.SourceIsSwapped", backends, 100000, 160, source);
  add(out, "A1.EntryOfRootHelperIsSwapped", lookups, 100000, 300, entry_of_root_helper);
  add(out, "A1.SourceOfEtcHelperIsSwapped", lookups, 100000, 300, source_of_etc_helper);
  add(out, "A1.ParentOfRootIsSwapped", backends, 100000, 60, parent_of_root);
  return out;
}

}  // namespace race
