// SPDX-License-Identifier: MIT
#include "race/swap.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>

#include "capi/handle.hpp"
#include "engine/engine.hpp"

namespace engine = mountplan::engine;

namespace race {

namespace {

struct Fact {
  std::string path;
  uint64_t device, inode, mount;
  uint32_t mode, links;
  int64_t modified, changed;
  bool operator==(const Fact &) const = default;
};
using Facts = std::vector<Fact>;

Fact fact_of(int dir, const char *name, const std::string &path) {
  struct statx found {};
  if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0) {
    throw std::system_error(errno, std::generic_category(), "statx " + path);
  }
  auto nanoseconds = [](const statx_timestamp &time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; };
  return {path,
          uint64_t{found.stx_dev_major} << 32 | found.stx_dev_minor,
          found.stx_ino,
          found.stx_mnt_id,
          found.stx_mode,
          found.stx_nlink,
          nanoseconds(found.stx_mtime),
          nanoseconds(found.stx_ctime)};
}

// Made by the kernel, and different each time.
bool is_alive(int dir) {
  struct statfs file_system {};
  return fstatfs(dir, &file_system) == 0 && (file_system.f_type == PROC_SUPER_MAGIC || file_system.f_type == SYSFS_MAGIC);
}

// Everything below, links not followed, mounts included.
void collect(int parent, const char *name, const std::string &path, Facts &out) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), "open " + path);
  }
  if (is_alive(fd)) {
    close(fd);
    return;
  }
  DIR *stream = fdopendir(fd);
  while (dirent *entry = readdir(stream)) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
      continue;
    }
    out.push_back(fact_of(fd, entry->d_name, path + '/' + entry->d_name));
    if (S_ISDIR(out.back().mode)) {
      collect(fd, entry->d_name, path + '/' + entry->d_name, out);
    }
  }
  closedir(stream);
}

Facts facts_below(const std::string &path) {
  Facts out = {fact_of(AT_FDCWD, path.c_str(), "")};
  collect(AT_FDCWD, path.c_str(), "", out);
  return out;
}

std::string difference(const Facts &before, const Facts &after) {
  std::map<std::string, Fact> known;
  for (const Fact &fact : before) {
    known[fact.path] = fact;
  }
  std::string out;
  for (const Fact &fact : after) {
    auto at = known.find(fact.path);
    if (at == known.end()) {
      out += ' ' + fact.path + " is new;";
    } else {
      if (!(fact == at->second)) {
        const Fact &old = at->second;
        out += ' ' + fact.path + " changed" + (fact.mount != old.mount ? " (mounted on)" : fact.mode != old.mode ? " (mode)" : "") + ';';
      }
      known.erase(at);
    }
  }
  for (const auto &[path, fact] : known) {
    out += ' ' + path + " is gone;";
  }
  return out;
}

// What must be the same each time: the canary, the mounts, the descriptors, and in the caller's tree everything that was there.
class Watch {
 public:
  Watch() : canary_(facts_below(live::path("canary"))), table_(open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC)) {
    for (const Fact &fact : facts_below(live::path("template"))) {
      tree_[fact.inode] = fact.mode;
    }
    mounts_ = mounts();
    lowest_fd_ = lowest_fd();
  }
  Watch(const Watch &) = delete;
  Watch &operator=(const Watch &) = delete;
  ~Watch() { close(table_); }

  // Each gives "" or what is wrong.
  std::string canary() {
    Facts now = facts_below(live::path("canary"));
    if (now == canary_) {
      return "";
    }
    std::string out = "the canary:" + difference(canary_, now);
    canary_ = std::move(now);
    return out;
  }
  std::string escapes(const std::string &root) const {
    for (const Fact &fact : facts_below(root)) {
      if (fact.device == canary_[0].device) {
        return "the canary shows in the new root at " + fact.path;
      }
    }
    return "";
  }
  std::string mounts_left(long more) const {
    long now = mounts();
    return now == mounts_ + more ? "" : std::to_string(now - mounts_ - more) + " mounts more than before";
  }
  std::string descriptors() const { return lowest_fd() == lowest_fd_ ? "" : "a descriptor is left"; }
  // Removes what is new in the caller's tree.
  std::string clear_tree() const {
    std::string out;
    for (const Fact &fact : facts_below(live::path("template"))) {
      auto known = tree_.find(fact.inode);
      if (known == tree_.end()) {
        out += ' ' + fact.path + " is left;";
        std::error_code gone_with_its_parent;
        std::filesystem::remove_all(live::path("template") + fact.path, gone_with_its_parent);
      } else if (known->second != fact.mode) {
        out += ' ' + fact.path + " has another mode;";
        chmod((live::path("template") + fact.path).c_str(), known->second & 07777);
      }
    }
    return out.empty() ? "" : "the caller's tree:" + out;
  }

 private:
  long mounts() const {
    char block[8192];
    long lines = 0;
    lseek(table_, 0, SEEK_SET);
    for (ssize_t got; (got = read(table_, block, sizeof block)) > 0;) {
      lines += std::count(block, block + got, '\n');
    }
    return lines;
  }
  static int lowest_fd() {
    int fd = dup(0);
    close(fd);
    return fd;
  }

  Facts canary_;
  int table_;
  std::map<uint64_t, uint32_t> tree_;
  long mounts_ = 0;
  int lowest_fd_ = 0;
};

void mount_tree() {
  auto fd = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, live::path("template").c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
  if (fd < 0 || syscall(SYS_move_mount, fd, "", AT_FDCWD, live::path("tree").c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
    throw std::system_error(errno, std::generic_category(), "cloning the tree");
  }
  close(fd);
}

// What the plan needs of the world afterwards, and gives back at the end of the turn.
Outcome attempt(const Plan &plan, const Way &way, const Attack &attack, Failing &kernel) {
  Outcome outcome;
  outcome.root = attack.in_place ? live::path("tree") : attack.root.empty() ? live::path("place") : attack.root;
  engine::Options options;
  options.flags = attack.in_place ? MPLAN_PREPARE_IN_PLACE : 0;
  options.backend = way.backend;
  options.root = attack.root_fd < 0 ? outcome.root.c_str() : nullptr;
  options.root_fd = attack.root_fd;
  kernel.missing = way.missing;
  engine::Program *program = nullptr;
  outcome.result = engine::prepare(plan.get()->plan, options, kernel.door(), &program, outcome.failure);
  if (outcome.result == 0) {
    outcome.result = engine::apply(*program, kernel.door(), outcome.failure);
    kernel.nth = 0;
    engine::release(program);
  }
  outcome.failure.source = outcome.failure.target = nullptr;  // they went with the program
  return outcome;
}

std::string judge(const Attack &attack, const Outcome &outcome, Watch &watch) {
  if (std::string changed = watch.canary(); !changed.empty()) {
    return changed;
  }
  if (outcome.result == 0) {
    return watch.escapes(outcome.root);
  }
  if (outcome.failure.error != -outcome.result || outcome.failure.kind == mountplan::base::Kind::internal) {
    return "no clear error";
  }
  return attack.mounts ? "" : watch.mounts_left(attack.in_place ? 1 : 0);
}

}  // namespace

void wrong(const std::string &what) { throw std::runtime_error(what); }

std::string plain_outcome(const Outcome &outcome) {
  return is_applied(outcome) ? "applied" : strerrorname_np(-outcome.result);
}

bool is_mounted_on(const std::string &path) {
  struct statx found {};
  return statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_INO, &found) == 0 &&
         (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_link(const std::string &path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 && S_ISLNK(found.st_mode);
}

uint64_t device_at(const std::string &path) { return fact_of(AT_FDCWD, path.c_str(), path).device; }

void furnish() {
  live::mount_tmpfs(live::path("canary"));
  live::mount_tmpfs(live::path("template"));
  std::string inside = live::path("template") + live::path("canary");
  for (const std::string &at : {live::path("canary"), inside, live::path("template/data")}) {
    for (const char *directory : {"sub/mnt", "dev", "proc", "sys", "place", "bin", "etc", "mounted"}) {
      live::mkdirs(at + '/' + directory);
    }
    live::write_file(at + "/note", "note of " + at);
    live::write_file(at + "/dev/null", "a marker");
  }
  live::mount_tmpfs(live::path("canary/mounted"));
  live::mount_tmpfs(live::path("canary/place"));
  live::write_file(live::path("template/note"), "a note");
  live::write_file(live::path("host/tree/note"), "a note");
  live::write_file(live::path("host/note"), "content");
  live::mkdirs(live::path("tree"));
  live::mkdirs(live::path("place"));
}

void swap(Round &round, const Way &way, const Attack &attack) {
  Plan plan;
  plan.add(mplan_plan_set_flags, attack.in_place ? MPLAN_PLAN_CREATE : 0);
  attack.build(plan);
  Watch watch;
  Attacker attacker(attack.act);
  std::mt19937 random(1);
  long calls = 0;
  for (; round.goes_on(); round.done()) {
    if (attack.in_place) {
      mount_tree();
    }
    Failing kernel;
    kernel.nth = attack.inject && calls > 0 ? std::uniform_int_distribution<long>(1, calls)(random) : 0;
    kernel.error = EIO;

    attacker.release();
    Outcome outcome = attempt(plan, way, attack, kernel);
    attacker.hold();

    calls = kernel.happened ? calls : kernel.made;
    outcome.root = attack.where != nullptr ? attack.where() : outcome.root;
    std::string problem = judge(attack, outcome, watch);
    try {
      round.saw(problem.empty() && attack.look != nullptr ? attack.look(outcome) : plain_outcome(outcome));
    } catch (const std::runtime_error &error) {
      problem = error.what();
    }
    if (attack.in_place || outcome.result == 0) {
      umount2(outcome.root.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
    }
    std::string left = watch.clear_tree();
    if (problem.empty() && outcome.result < 0 && !attack.may_hide) {
      problem = left;
    }
    problem = problem.empty() ? watch.mounts_left(0) : problem;
    problem = problem.empty() ? watch.descriptors() : problem;
    if (!problem.empty()) {
      round.fail(problem + (outcome.result < 0 ? " (" + plain_outcome(outcome) + ' ' + outcome.failure.call + ')' : ""));
    }
  }
  if (attacker.acts() < 2 * round.tried()) {
    round.fail("the attacker was hardly there");
  }
}

}  // namespace race
