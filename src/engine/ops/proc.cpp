// SPDX-License-Identifier: MIT
// proc and sysfs. In a user namespace the kernel makes a new one only for callers that can see all of one already: while a mount covers
// part of it, a new one would show what was hidden. Then the error names that mount, or proc falls back to what the plan allows.
#include <mountplan/mount.h>
#include <mountplan/plan.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "engine/check.hpp"
#include "engine/mounts.hpp"
#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

// Directories that are there to be mounted on and always empty: what covers them hides nothing.
constexpr const char *always_empty[] = {
    "/sys/fs/binfmt_misc", "/fs/nfsd",         "/openprom",                                                // proc
    "/fs/cgroup",          "/fs/bpf",          "/fs/pstore",       "/fs/fuse/connections", "/fs/selinux",  // sysfs
    "/kernel/debug",       "/kernel/tracing",  "/kernel/security", "/kernel/config",       "/firmware/efi/efivars",
    "/fs/resctrl",         "/hypervisor/s390", "/fs/smackfs",
};

bool is_always_empty(const char *below) {
  for (const char *empty : always_empty) {
    if (strcmp(below, empty) == 0) {
      return true;
    }
  }
  return false;
}

// Adds to a refusal which mounts cover part of the file systems of this type. Whatever goes wrong here, the refusal is what is reported.
class Covers {
 public:
  Covers(Run &run, const char *type) : run_(run), type_(type), mounts_(run) {}

  void name() {
    base::Failure refusal = run_.failure;
    Quiet quiet(run_.program);
    base::Writer out(refusal.detail, sizeof refusal.detail);
    if (mounts_.open() < 0 || find_instances() < 0 || write_covers(out) < 0) {
      refusal.detail[0] = '\0';
    }
    run_.failure = refusal;
  }

 private:
  struct Instance {
    uint64_t id;
    size_t length;  // of its path
  };

  int find_instances() {
    return mounts_.each(0, [this](const MountFacts &facts) {
      if (strcmp(facts.type, type_) == 0 && count_ < sizeof instances_ / sizeof instances_[0]) {
        instances_[count_++] = {facts.id, strcmp(facts.point, "/") == 0 ? 0 : strlen(facts.point)};
      }
      return 0;
    });
  }

  bool covers(const MountFacts &facts) const {
    if (strcmp(facts.type, type_) == 0) {
      return false;  // one on top of another
    }
    for (size_t i = 0; i < count_; i++) {
      if (facts.parent == instances_[i].id && strlen(facts.point) > instances_[i].length) {
        return !is_always_empty(facts.point + instances_[i].length);
      }
    }
    return false;
  }

  int write_covers(base::Writer &out) {
    constexpr size_t shown = 4;
    size_t found = 0;
    int result = mounts_.each(0, [&](const MountFacts &facts) {
      if (covers(facts) && found++ < shown) {
        out.text(found == 1 ? "covered by " : ", ").text(facts.type).text(" on ").text(facts.point);
      }
      return 0;
    });
    if (found > shown) {
      out.text(" and ").unsigned_number(found - shown).text(" more");
    }
    if (count_ == 0) {
      out.text("no ").text(type_).text(" is mounted in the caller's mount namespace");
    }
    return result;
  }

  Run &run_;
  const char *type_;
  Mounts mounts_;
  Instance instances_[16] = {};
  size_t count_ = 0;
};

const char *hidepid(uint64_t flags) {
  if ((flags & MPLAN_PROC_HIDEPID_PTRACEABLE) != 0) {
    return "4";
  }
  if ((flags & MPLAN_PROC_HIDEPID_INVISIBLE) != 0) {
    return "2";
  }
  return (flags & MPLAN_PROC_HIDEPID_NOACCESS) != 0 ? "1" : nullptr;
}

int new_proc(Run &run, Step &step, bool only_processes) {
  Option options[3];
  size_t count = 0;
  if (run.program.receiver.pid_namespace >= 0) {
    options[count++] = {"pidns", nullptr, run.program.receiver.pid_namespace};
  }
  if (const char *level = hidepid(step.op.flags); level != nullptr) {
    options[count++] = {"hidepid", level, no_fd};
  }
  if (only_processes) {
    options[count++] = {"subset", "pid", no_fd};
  }
  return create_file_system(run, step, "proc", MPLAN_SOURCE_PROC, options, count);
}

int check_type(Run &run, int fd, long wanted) {
  struct statfs file_system;
  int result = run.kernel.fstatfs(fd, &file_system);
  if (result < 0) {
    return failed(run, result, "fstatfs");
  }
  return file_system.f_type == wanted
             ? 0
             : base::fail(run.failure, base::Kind::safety, EXDEV, "the file system is not of the type that was asked for");
}

// The caller's proc, read-only with all that is mounted in it.
int bind_proc(Run &run, Step &step) {
  step.op.attrs_extra |= MPLAN_ATTR_RDONLY;
  step.source_type = S_IFDIR;
  int result = build_bind(run, step);
  if (result >= 0) {
    step.made_type = "proc";
  }
  return result;
}

}  // namespace

int resolve_proc(Run &run, Step &step) {
  if ((step.op.flags & MPLAN_PROC_FALLBACK_BIND) == 0) {
    return 0;
  }
  step.source = open_host(run, "/proc", O_PATH | O_DIRECTORY | O_NOFOLLOW);
  return step.source < 0 ? failed(run, step.source, "openat", "/proc") : check_type(run, step.source, kernel::proc_super_magic);
}

int build_proc(Run &run, Step &step) {
  bool only_processes = (step.op.flags & MPLAN_PROC_SUBSET_PID) != 0;
  int result = new_proc(run, step, only_processes);
  if (result != -EPERM) {
    return result;
  }
  base::Failure refusal = run.failure;
  if ((step.op.flags & MPLAN_PROC_FALLBACK_SUBSET) != 0 && !only_processes) {
    forget_failure(run);
    if (result = new_proc(run, step, true); result != -EPERM) {
      return result;
    }
  }
  if ((step.op.flags & MPLAN_PROC_FALLBACK_BIND) != 0) {
    forget_failure(run);
    return bind_proc(run, step);
  }
  run.failure = refusal;
  Covers(run, "proc").name();
  return result;
}

int build_sysfs(Run &run, Step &step) {
  int result = create_file_system(run, step, "sysfs", MPLAN_SOURCE_SYSFS, nullptr, 0);
  if (result == -EPERM) {
    Covers(run, "sysfs").name();
  }
  return result;
}

int place_proc(Run &run, Step &step) {
  // Whatever the type's name promises: what is about to be mounted must really be a procfs or sysfs.
  long wanted = step.op.kind == MPLAN_OP_PROC ? kernel::proc_super_magic : kernel::sysfs_magic;
  int result = check_type(run, step.mount, wanted);
  return result < 0 ? result : place_mount(run, step);
}

bool shows_all(Run &run, const char *point) {
  Quiet quiet(run.program);
  ScopedFd top(run, open_host(run, point, O_PATH | O_DIRECTORY | O_NOFOLLOW));
  uint64_t id = 0;
  Mounts mounts(run);
  if (top.get() < 0 || mount_id(run, top.get(), id) < 0 || mounts.open() < 0) {
    return false;
  }
  MountFacts own;
  if (mounts.get(id, own) < 0 || (own.attributes & MPLAN_ATTR_RDONLY) != 0) {
    return false;
  }
  const size_t length = strlen(point);
  return mounts.each(id, [&](const MountFacts &facts) {
    const bool hides = facts.parent == id && facts.id != id && (strlen(facts.point) <= length || !is_always_empty(facts.point + length));
    return hides ? -EBUSY : 0;
  }) >= 0;
}

}  // namespace mountplan::engine
