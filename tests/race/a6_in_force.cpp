// SPDX-License-Identifier: MIT
// A6: what is read-only or masked is so before anybody can see it. The attacker opens what it can reach, all the time.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <vector>

#include "race/swap.hpp"

using live::path;

namespace race {
namespace {

// What the attacker met.
struct Met {
  std::atomic<long> nothing{0};    // nothing is mounted yet
  std::atomic<long> read_only{0};  // the bind, read-only
  std::atomic<long> masked{0};
  std::atomic<long> writable{0};
  std::atomic<long> unmasked{0};
};

// The file is in the source only, so that it is there exactly while the bind is.
void try_to_write(Met &met, const std::string &file) {
  int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd >= 0) {
    met.writable++;
    close(fd);
  } else {
    (errno == EROFS ? met.read_only : met.nothing)++;
  }
}

void try_to_look(Met &met, const std::string &file) {
  struct stat found {};
  if (lstat(file.c_str(), &found) != 0) {
    met.nothing++;
  } else {
    (S_ISREG(found.st_mode) ? met.unmasked : met.masked)++;
  }
}

void tell(Round &round, const Met &met) {
  round.saw("nothing", met.nothing);
  if (met.read_only > 0) {
    round.saw("read-only", met.read_only);
  }
  if (met.masked > 0) {
    round.saw("masked", met.masked);
  }
  if (met.writable > 0) {
    round.fail("opened for writing, times: " + std::to_string(met.writable));
  }
  if (met.unmasked > 0) {
    round.fail("seen without its mask, times: " + std::to_string(met.unmasked));
  }
}

// With any backend, in place too: a read-only bind is never writable.
void read_only(Round &round, const Way &way, bool in_place) {
  furnish();
  live::write_file(path("host/tree/below/deep"), "deep");
  live::mount_tmpfs(path("host/tree/mounted"));
  live::write_file(path("host/tree/mounted/inside"), "in a mount below");
  Met &met = shared<Met>();
  swap(round, way,
       {.build = [](Plan &plan) { plan.add(mplan_plan_bind, path("host/tree"), "/data", 0); },
        .act =
            [&](long) {
              for (const char *root : {"roots/0", "roots/1"}) {
                try_to_write(met, path(root) + "/data/below/deep");
                try_to_write(met, path(root) + "/data/mounted/inside");
              }
            },
        .in_place = in_place,
        .batch = 2});
  tell(round, met);
  round.must_have_seen({"nothing", "read-only", "applied"});
}

// A new root of the detached backend appears with all its masks.
void masks(Round &round, const Way &way) {
  furnish();
  Met &met = shared<Met>();
  swap(round, way,
       {.build =
            [](Plan &plan) {
              plan.add(mplan_plan_bind, path("host/tree"), "/data", 0);
              plan.add(mplan_plan_mask, "/data/note", 0);
            },
        .act =
            [&](long) {
              try_to_look(met, path("roots/0/data/note"));
              try_to_look(met, path("roots/1/data/note"));
            },
        .in_place = false,
        .batch = 2});
  tell(round, met);
  round.must_have_seen({"nothing", "masked", "applied"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A6.FreshBindIsNeverWritable", backends, 100000, 200, [](Round &round, const Way &way) { read_only(round, way, false); });
  add(out, "A6.BindInPlaceIsNeverWritable", backends, 100000, 200, [](Round &round, const Way &way) { read_only(round, way, true); });
  add(out, "A6.FreshRootIsNeverWithoutItsMasks", lookups, 100000, 200, masks);
  return out;
}

}  // namespace race
