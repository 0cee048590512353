// SPDX-License-Identifier: MIT
// Four threads mount and unmount while the mount table is read: a table that is not marked unstable is one that there was.
#include <mountplan/mountplan.h>
#include <sys/mount.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "race/race.hpp"

using live::path;

namespace race {
namespace {

// Each mounts some things, one below another and one on another, and takes them away again, with pauses that leave time to read.
class Storm {
 public:
  Storm() {
    for (int i = 0; i < 4; i++) {
      live::mkdirs(place(i) + "/below");
      threads_.emplace_back([this, i] { run(i); });
    }
  }
  Storm(const Storm &) = delete;
  Storm &operator=(const Storm &) = delete;
  ~Storm() {
    stop_ = true;
    for (std::thread &thread : threads_) {
      thread.join();
    }
  }
  long changes() const { return changes_; }

 private:
  static std::string place(int number) { return path("storm") + std::to_string(number); }

  void run(int number) {
    std::minstd_rand random(static_cast<unsigned>(number) + 1);
    std::string at = place(number);
    std::string long_name = "a\tname " + std::string(300, 'x');
    while (!stop_) {
      int mounted = 0;
      for (int more = std::uniform_int_distribution<int>(1, 12)(random); more > 0; more--) {
        const std::string &source = more % 2 == 0 ? long_name : at;
        mounted += mount(source.c_str(), at.c_str(), "tmpfs", 0, "size=4k") == 0 ? 1 : 0;
        changes_++;
      }
      pause(random);
      for (; mounted > 0; mounted--) {
        umount2(at.c_str(), MNT_DETACH);
        changes_++;
      }
      pause(random);
    }
  }

  void pause(std::minstd_rand &random) const {
    for (int left = std::uniform_int_distribution<int>(0, 10000)(random); left > 0 && !stop_; left--) {
    }
  }

  std::atomic<bool> stop_{false};
  std::atomic<long> changes_{0};
  std::vector<std::thread> threads_;
};

// "" for a table that can have been: every mount once, whole, and its parent there too, but for the root.
std::string torn(const mplan_table *table) {
  std::set<uint64_t> ids;
  size_t roots = 0;
  for (size_t i = 0; i < mplan_table_count(table); i++) {
    mplan_mount mount = {};
    mplan_table_get(table, i, &mount, sizeof mount);
    std::string id = std::to_string(mount.id);
    if (!ids.insert(mount.id).second) {
      return "mount " + id + " is there twice";
    }
    if (mount.mount_point[0] != '/' || mount.type[0] == '\0' || mount.options[0] == '\0') {
      return "mount " + id + " is not whole";
    }
    if (mount.parent_id == mount.id || mplan_table_find_id(table, mount.parent_id) < 0) {
      roots++;
    }
  }
  return roots == 1 ? "" : std::to_string(roots) + " mounts have no parent";
}

void read(Round &round, uint64_t flags) {
  Storm storm;
  for (; round.goes_on(); round.done()) {
    mplan_table *table = nullptr;
    mplan_error *error = nullptr;
    if (mplan_table_read_self(flags, &table, &error) < 0) {
      round.fail(mplan_error_message(error));
      mplan_error_free(error);
      continue;
    }
    bool unstable = (mplan_table_flags(table) & MPLAN_TABLE_UNSTABLE) != 0;
    round.saw(unstable ? "unstable" : "stable");
    std::string problem = torn(table);
    if (!problem.empty() && !unstable) {
      round.fail(problem);
    }
    if (!problem.empty() && unstable) {
      round.saw("torn-and-marked");
    }
    mplan_table_unref(table);
  }
  round.saw("changes", storm.changes());
  round.must_have_seen({"stable", "changes"});
}

}  // namespace

std::vector<Property> properties() {
  return {
      {"Storm.TextIsNeverTorn", 100000, 1000, [](Round &round) { read(round, MPLAN_TABLE_READ_MOUNTINFO); }},
      {"Storm.StatmountIsNeverTorn", 100000, 1000, [](Round &round) { read(round, MPLAN_TABLE_READ_STATMOUNT); }},
  };
}

}  // namespace race
