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

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <map>
#include <random>
#include <stdexcept>
#include <utility>

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

Fact fact_of(int dir, const char *name, std::string path) {
  struct statx found {};
  if (statx(dir, name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS | STATX_MNT_ID, &found) != 0) {
    return {path, 0, 0, 0, 0, 0, 0, 0};  // gone
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

Fact fact_at(const std::string &path, const std::string &shown) { return fact_of(AT_FDCWD, path.c_str(), shown); }

// Made by the kernel, and different each time.
bool is_alive(int dir) {
  struct statfs file_system {};
  return fstatfs(dir, &file_system) == 0 && (file_system.f_type == PROC_SUPER_MAGIC || file_system.f_type == SYSFS_MAGIC);
}

// Everything below a directory that is known, links not followed, mounts included. By getdents64(2), which is a third of the calls that
// readdir(3) makes: this is done some million times.
void collect(int parent, const char *name, Fact directory, uint64_t outer_mount, Facts &out) {
  int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    throw std::system_error(errno, std::generic_category(), "open " + directory.path);
  }
  alignas(dirent64) char block[4096];
  ssize_t got = 0;
  while ((directory.mount == outer_mount || !is_alive(fd)) && (got = getdents64(fd, block, sizeof block)) > 0) {
    for (ssize_t at = 0; at < got;) {
      auto *entry = reinterpret_cast<dirent64 *>(block + at);
      at += entry->d_reclen;
      if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
        continue;
      }
      out.push_back(fact_of(fd, entry->d_name, directory.path + '/' + entry->d_name));
      if (S_ISDIR(out.back().mode)) {
        collect(fd, entry->d_name, out.back(), directory.mount, out);
      }
    }
  }
  close(fd);
}

Facts facts_below(const std::string &path) {
  Facts out = {fact_at(path, "")};
  collect(AT_FDCWD, path.c_str(), out[0], 0, out);
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
    // What comes or goes changes the directory it is in.
    bool same = std::all_of(canary_.begin(), canary_.end(),
                            [](const Fact &old) { return fact_at(live::path("canary") + old.path, old.path) == old; });
    if (same) {
      return "";
    }
    Facts now = facts_below(live::path("canary"));
    std::string out = "the canary:" + difference(canary_, now);
    canary_ = std::move(now);
    return out;
  }
  uint64_t canary_device() const { return canary_[0].device; }
  std::string mounts_left() {
    long more = mounts() - mounts_;
    mounts_ += more;
    return more == 0 ? "" : std::to_string(more) + " mounts more than before";
  }
  std::string descriptors_left() {
    int before = std::exchange(lowest_fd_, lowest_fd());
    return before == lowest_fd_ ? "" : "a descriptor is left";
  }
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

[[noreturn]] void fail(const char *what) { throw std::system_error(errno, std::generic_category(), what); }

std::string root_path(int number) { return live::path("roots/") + std::to_string(number); }

// A mount on `roots`, that takes along what comes below.
void mount_roots(const Attack &attack) {
  std::string roots = live::path("roots");
  if (mount(roots.c_str(), roots.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    fail("binding roots");
  }
  for (int i = 0; attack.in_place && i < attack.batch; i++) {
    auto fd = static_cast<int>(syscall(SYS_open_tree, AT_FDCWD, live::path("template").c_str(), OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC));
    if (fd < 0 || syscall(SYS_move_mount, fd, "", AT_FDCWD, root_path(i).c_str(), MOVE_MOUNT_F_EMPTY_PATH) != 0) {
      fail("cloning the tree");
    }
    close(fd);
  }
}

Outcome attempt(const Plan &plan, const Way &way, const Attack &attack, const std::string &root, Failing &kernel) {
  Outcome outcome;
  outcome.root = root;
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
  outcome.is_hampered = outcome.result < 0 && kernel.happened && outcome.failure.error != kernel.error;
  return outcome;
}

// Throws what is wrong with one outcome, else gives its name.
std::string judge(const Attack &attack, const Outcome &outcome, uint64_t canary) {
  if (outcome.result < 0 && (outcome.failure.error != -outcome.result || outcome.failure.kind == mountplan::base::Kind::internal)) {
    wrong("no clear error");
  }
  Facts facts = facts_below(outcome.root);
  for (const Fact &fact : facts) {
    if (fact.device == canary) {
      wrong("the canary shows in the new root at " + fact.path);
    }
    if (outcome.result < 0 && fact.mount != facts[0].mount && !attack.mounts && !outcome.is_hampered) {
      wrong("after a failure a mount is left at " + fact.path);
    }
  }
  return attack.look != nullptr ? attack.look(outcome) : plain_outcome(outcome);
}

std::string told(const Outcome &outcome) {
  return outcome.result < 0 ? " (" + plain_outcome(outcome) + ' ' + outcome.failure.call + ' ' + outcome.failure.detail + ')' : "";
}

}  // namespace

void wrong(const std::string &what) { throw std::runtime_error(what); }

std::string plain_outcome(const Outcome &outcome) { return is_applied(outcome) ? "applied" : strerrorname_np(-outcome.result); }

bool is_mounted_on(const std::string &path) {
  struct statx found {};
  return statx(AT_FDCWD, path.c_str(), AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_INO, &found) == 0 &&
         (found.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

bool is_link(const std::string &path) {
  struct stat found {};
  return lstat(path.c_str(), &found) == 0 && S_ISLNK(found.st_mode);
}

uint64_t device_at(const std::string &path) { return fact_at(path, "").device; }

void furnish() {
  live::mount_tmpfs(live::path("canary"));
  live::mount_tmpfs(live::path("template"));
  std::string inside = live::path("template") + live::path("canary");
  for (const std::string &at : {live::path("canary"), inside, live::path("template/data")}) {
    live::mkdirs(at + "/sub/mnt");
    live::write_file(at + "/note", "note of " + at);
  }
  for (const char *directory : {"dev", "proc", "sys", "bin"}) {
    live::mkdirs(live::path("canary/") + directory);
  }
  live::write_file(live::path("canary/dev/null"), "a marker");
  live::mount_tmpfs(live::path("canary/mounted"));
  live::mount_tmpfs(live::path("canary/place"));
  live::write_file(live::path("template/note"), "a note");
  live::write_file(live::path("host/tree/note"), "a note");
  live::write_file(live::path("host/note"), "content");
}

void swap(Round &round, const Way &way, const Attack &attack) {
  Plan plan;
  plan.add(mplan_plan_set_flags, attack.in_place ? MPLAN_PLAN_CREATE : 0);
  attack.build(plan);
  for (int i = 0; i < attack.batch; i++) {
    live::mkdirs(root_path(i));
  }
  Watch watch;
  Attacker attacker(attack.act);
  std::mt19937 random(1);
  long calls = 0;
  while (round.goes_on()) {
    mount_roots(attack);
    std::vector<Outcome> outcomes;
    attacker.release();
    for (int i = 0; i < attack.batch; i++) {
      Failing kernel;
      kernel.nth = attack.inject && calls > 0 ? std::uniform_int_distribution<long>(1, calls)(random) : 0;
      kernel.error = EIO;
      outcomes.push_back(attempt(plan, way, attack, attack.root.empty() ? root_path(i) : attack.root, kernel));
      calls = kernel.happened ? calls : kernel.made;
    }
    attacker.hold();

    auto check = [&round](const std::string &problem) {
      if (!problem.empty()) {
        round.fail(problem);
      }
    };
    check(watch.canary());
    bool may_leave = attack.may_hide;
    for (Outcome &outcome : outcomes) {
      outcome.root = attack.where != nullptr ? attack.where() : outcome.root;
      may_leave = may_leave || outcome.result == 0 || outcome.is_hampered;
      try {
        round.saw(judge(attack, outcome, watch.canary_device()));
      } catch (const std::runtime_error &error) {
        round.fail(error.what() + told(outcome));
      }
      while (attack.where != nullptr && umount2(outcome.root.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) == 0) {
      }
    }
    if (attack.clear != nullptr) {
      attack.clear();
    }
    if (umount2(live::path("roots").c_str(), MNT_DETACH) != 0) {
      fail("clearing roots");
    }
    std::string left = watch.clear_tree();
    check(may_leave ? "" : left);
    std::string mounts_left = watch.mounts_left();
    check(attack.mounts ? "" : mounts_left);
    check(watch.descriptors_left());
    round.done(attack.batch);
  }
  if (attacker.acts() < round.tried()) {
    round.fail("the attacker was hardly there");
  }
}

}  // namespace race
