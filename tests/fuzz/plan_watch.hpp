// SPDX-License-Identifier: MIT
// A kernel around the recording one that keeps an eye on the engine: which descriptors are open, what is made on the host, which paths are
// named. It can make one call fail.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <set>
#include <string>
#include <vector>

#include "fuzz/check.hpp"
#include "fuzz/plan_calls.hpp"
#include "kernel/model.hpp"
#include "kernel/trace.hpp"

namespace mountplan::fuzz {

struct Fault {
  bool armed = false;
  unsigned at = 0;  // counted from 0, close(2) left out
  int error = 0;
  bool has_openat2 = true;
};

class Watch {
 public:
  Watch(const plan::Plan &plan, const char *root, const Fault &fault) : fault_(fault) {
    check(model_.begin(), "the model begins");
    for (const char *fixed : {"/", ".", "/..", "/proc", "/tmp", "/run", "/var", "/usr", "/etc", "/dev"}) {
      may_name_.emplace(fixed);
    }
    for (const char *device : {"null", "zero", "full", "random", "urandom", "tty"}) {
      may_name_.insert(std::string("/dev/") + device);
    }
    if (root != nullptr) {
      may_name_.insert(root);
    }
    for (const plan::Op &op : plan.ops) {
      bool in_root = op.kind == MPLAN_OP_MOVE;
      for (const char *source : {in_root ? nullptr : op.source, op.upper, op.work}) {
        allow_source(source);
      }
    }
    for (const plan::Layer &layer : plan.layers) {
      allow_source(layer.path);
    }
    before_ = mounts();
  }

  kernel::Kernel kernel() {
    return {this, [](void *self, kernel::Call call, const long args[6]) { return static_cast<Watch *>(self)->invoke(call, args); }};
  }

  // Did another call fail than the one this failure tells of? Then it may be one of the roll-back.
  bool failed_twice(const base::Failure &failure) const {
    bool told = failure.error == fault_.error && faulted_ != kernel::Call::count && strcmp(failure.call, kernel::call_name(faulted_)) == 0;
    return fault_.armed && calls_ > fault_.at && !told;
  }
  bool entered() const { return entered_; }
  size_t open_descriptors() const { return open_.size(); }
  // Things made in trees of the host that are still there.
  size_t made() const { return made_.size(); }
  bool mounts_are_as_before() { return mounts() == before_; }

 private:
  // The mounts that can be reached from the first one, as the table shows them; it has those of trees that are attached nowhere, too.
  std::vector<std::string> mounts() {
    int fd = model_.kernel().openat(kernel::at_cwd, "/proc/thread-self/mountinfo", O_RDONLY);
    std::string text;
    char piece[4096];
    for (long got; (got = model_.kernel().read(fd, piece, sizeof piece)) > 0;) {
      text.append(piece, static_cast<size_t>(got));
    }
    model_.kernel().close(fd);
    std::vector<std::string> lines;
    std::set<unsigned long> reached = {1};
    for (size_t at = 0, end; (end = text.find('\n', at)) != std::string::npos; at = end + 1) {
      std::string line = text.substr(at, end - at);
      unsigned long id = std::stoul(line);
      unsigned long parent = std::stoul(line.substr(line.find(' ')));
      if (reached.contains(parent)) {
        reached.insert(id);
        lines.push_back(line);
      }
    }
    return lines;
  }

  void allow_source(const char *source) {
    if (source != nullptr) {
      sources_.emplace_back(source);
    }
  }

  // A path of the host: something the library knows, or (part of) a source, or beneath one.
  bool is_of_host(const std::string &path) const {
    if (may_name_.contains(path) || path.starts_with("/proc/") || links_.contains(path)) {
      return true;
    }
    for (const std::string &source : sources_) {
      if (source.starts_with(path) || path.starts_with(source)) {
        return true;
      }
    }
    return false;
  }

  // The library's own step to the directory that holds the place of the root.
  static bool is_step_up(kernel::Call call, const long args[6]) {
    return call == kernel::Call::openat && strcmp(reinterpret_cast<const char *>(args[1]), "..") == 0 &&
           args[2] == (O_PATH | O_DIRECTORY | O_CLOEXEC);
  }

  // What the kernel says of the mounts, beside the list of descriptors.
  static bool is_own_table(const long args[6]) { return strcmp(reinterpret_cast<const char *>(args[1]), "../mountinfo") == 0; }

  void check_path(long dir, long argument) const {
    std::string path = reinterpret_cast<const char *>(argument);
    bool is_descriptor = dir == kernel::at_cwd && !path.empty() && path.find_first_not_of("0123456789") == std::string::npos;
    if (is_descriptor) {
      check(open_.contains(std::stoi(path)), "a number as a path is an open descriptor");
    } else if (dir != kernel::at_cwd) {
      check(!path.starts_with('/') && !climbs(path), "a path below a descriptor is relative and does not climb");
    } else if (!is_of_host(path)) {
      broken("a path without a descriptor is one of the host", path);
    }
  }

  void check_paths(kernel::Call call, const long args[6]) const {
    using kernel::Call;
    switch (call) {
      case Call::openat:
        return is_step_up(call, args) || is_own_table(args) ? void() : check_path(args[0], args[1]);
      case Call::openat2:
      case Call::mkdirat:
      case Call::unlinkat:
      case Call::readlinkat:
      case Call::statx:
      case Call::fchmodat:
      case Call::fchmodat2:
      case Call::open_tree:
      case Call::mount_setattr:
        return check_path(args[0], args[1]);
      case Call::symlinkat:
        return check_path(args[1], args[2]);
      case Call::move_mount:
        check_path(args[0], args[1]);
        return check_path(args[2], args[3]);
      case Call::mount: {
        auto flags = static_cast<unsigned long>(args[3]);
        bool has_source = (flags & (kernel::ms_bind | kernel::ms_move)) != 0 && (flags & kernel::ms_remount) == 0;
        if (has_source) {
          check_path(kernel::at_cwd, args[0]);
        }
        return check_path(kernel::at_cwd, args[1]);
      }
      case Call::umount2:
      case Call::chdir:
        return check_path(kernel::at_cwd, args[0]);
      default:
        return;
    }
  }

  static bool gives_descriptor(kernel::Call call) {
    using kernel::Call;
    return call == Call::openat || call == Call::openat2 || call == Call::open_tree || call == Call::fsopen || call == Call::fsmount ||
           call == Call::fcntl;
  }

  // What is at a place, if that lies in a tree of the host; 0 else.
  uint64_t made_on_host(long dir, long path) {
    struct statx stat;
    int result = model_.kernel().statx(static_cast<int>(dir), reinterpret_cast<const char *>(path), kernel::at_symlink_nofollow,
                                       STATX_BASIC_STATS, &stat);
    constexpr uint32_t model_major = 0xfff;
    return result == 0 && stat.stx_dev_major == model_major && stat.stx_dev_minor == 0 ? stat.stx_ino : 0;
  }

  // With MOUNTPLAN_FUZZ_TELL in the environment every call is printed, to look into one input.
  long invoke(kernel::Call call, const long args[6]) {
    static const bool tells = getenv("MOUNTPLAN_FUZZ_TELL") != nullptr;
    unsigned number = calls_;
    long result = watched(call, args);
    if (tells) {
      char text[1024];
      base::Writer out(text, sizeof text);
      kernel::write_call(out, call, args, nullptr);
      fprintf(stderr, "%3u %s = %ld\n", number, text, result);
    }
    return result;
  }

  long watched(kernel::Call call, const long args[6]) {
    using kernel::Call;
    bool probes = args[0] == -1;
    if (!probes && !(call == Call::mount && *reinterpret_cast<const char *>(args[1]) == '\0')) {
      check_paths(call, args);
    }
    if (call != Call::close && fault_.armed && calls_++ == fault_.at) {
      faulted_ = call;
      return -fault_.error;
    }
    if (call == Call::openat2 && !fault_.has_openat2) {
      return -ENOSYS;
    }
    bool exists_before = call == Call::openat && (args[2] & O_CREAT) != 0 && made_on_host(args[0], args[1]) != 0;
    uint64_t goes = call == Call::unlinkat ? made_on_host(args[0], args[1]) : 0;
    long result = model_.invoke(call, args);
    if (result < 0) {
      return result;
    }
    if (gives_descriptor(call)) {
      open_.insert(result);
    } else if (call == Call::close) {
      open_.erase(args[0]);
    } else if (call == Call::pivot_root || call == Call::chroot) {
      entered_ = true;
    } else if (call == Call::unlinkat) {
      made_.erase(goes);
    } else if (call == Call::readlinkat) {
      links_.emplace(reinterpret_cast<const char *>(args[2]), static_cast<size_t>(result));
    }
    if (call == Call::mkdirat || (call == Call::openat && (args[2] & O_CREAT) != 0 && !exists_before)) {
      made_.insert(made_on_host(args[0], args[1]));
    } else if (call == Call::symlinkat) {
      made_.insert(made_on_host(args[1], args[2]));
    }
    made_.erase(0);
    return result;
  }

  kernel::Model model_;
  Fault fault_;
  unsigned calls_ = 0;
  kernel::Call faulted_ = kernel::Call::count;
  bool entered_ = false;  // the new root is the root
  std::set<std::string> may_name_;
  std::set<std::string> links_;  // what readlinkat(2) said
  std::vector<std::string> sources_;
  std::set<long> open_;
  std::set<uint64_t> made_;
  std::vector<std::string> before_;
};

}  // namespace mountplan::fuzz
