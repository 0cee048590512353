// SPDX-License-Identifier: MIT
// tmpfs, ramfs, proc, sysfs, devpts, mqueue, bpf: a new file system with typed options.
#include <mountplan/plan.h>
#include <sys/statfs.h>

#include <cerrno>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

// Numbers as option text.
struct Number {
  char text[24];
  explicit Number(uint64_t value, bool octal = false) {
    base::Writer out(text, sizeof text);
    octal ? out.octal(value) : out.unsigned_number(value);
  }
};

int create(Run &run, Step &step, const char *type, const char *source, const Option *options, size_t count) {
  FileSystem file_system{type, source, options, count, step.op.attributes()};
  int mount = run.backend->create(run, file_system);
  if (mount < 0) {
    return mount;
  }
  step.mount = mount;
  step.source_type = S_IFDIR;
  step.made_type = type;
  return 0;
}

// In the result only file systems that are empty and new are ours to make things in.
int create_own(Run &run, Step &step, const char *type, const char *source, const Option *options, size_t count) {
  int result = create(run, step, type, source, options, count);
  return result < 0 ? result : adopt_device(run, step.mount);
}

int build_tmpfs(Run &run, Step &step) {
  const plan::Op &op = step.op;
  Number size(op.size);
  Number inodes(op.inodes);
  Number mode(op.mode, true);
  Option options[3] = {{"mode", mode.text, no_fd}};
  size_t count = 1;
  if (op.size != 0) {
    options[count++] = {"size", size.text, no_fd};
  }
  if (op.inodes != 0) {
    options[count++] = {"nr_inodes", inodes.text, no_fd};
  }
  const char *name = (op.flags & MPLAN_TMPFS_READONLY) != 0 ? MPLAN_SOURCE_READONLY : MPLAN_SOURCE_EPHEMERAL;
  return create_own(run, step, "tmpfs", op.source != nullptr ? op.source : name, options, count);
}

const char *hidepid(uint64_t flags) {
  if ((flags & MPLAN_PROC_HIDEPID_PTRACEABLE) != 0) {
    return "4";
  }
  if ((flags & MPLAN_PROC_HIDEPID_INVISIBLE) != 0) {
    return "2";
  }
  return (flags & MPLAN_PROC_HIDEPID_NOACCESS) != 0 ? "1" : nullptr;
}

int build_proc(Run &run, Step &step) {
  Option options[2];
  size_t count = 0;
  if (const char *level = hidepid(step.op.flags); level != nullptr) {
    options[count++] = {"hidepid", level, no_fd};
  }
  if ((step.op.flags & MPLAN_PROC_SUBSET_PID) != 0) {
    options[count++] = {"subset", "pid", no_fd};
  }
  return create(run, step, "proc", MPLAN_SOURCE_PROC, options, count);
}

}  // namespace

int build_file_system(Run &run, Step &step) {
  switch (step.op.kind) {
    case MPLAN_OP_TMPFS:
      return build_tmpfs(run, step);
    case MPLAN_OP_RAMFS:
      return create_own(run, step, "ramfs", MPLAN_SOURCE_RAMFS, nullptr, 0);
    case MPLAN_OP_PROC:
      return build_proc(run, step);
    case MPLAN_OP_SYSFS:
      return create(run, step, "sysfs", MPLAN_SOURCE_SYSFS, nullptr, 0);
    case MPLAN_OP_DEVPTS: {
      const Option options[] = {{"newinstance", nullptr, no_fd}, {"ptmxmode", "0666", no_fd}, {"mode", "0620", no_fd}};
      return create(run, step, "devpts", MPLAN_SOURCE_DEVPTS, options, 3);
    }
    case MPLAN_OP_MQUEUE:
      return create(run, step, "mqueue", MPLAN_SOURCE_MQUEUE, nullptr, 0);
    default:
      return create(run, step, "bpf", MPLAN_SOURCE_BPF, nullptr, 0);
  }
}

int place_proc(Run &run, Step &step) {
  // Whatever the type's name promises: what is about to be mounted must really be a procfs or sysfs.
  struct statfs file_system;
  int result = run.kernel.fstatfs(step.mount, &file_system);
  if (result < 0) {
    return failed(run, result, "fstatfs");
  }
  long wanted = step.op.kind == MPLAN_OP_PROC ? kernel::proc_super_magic : kernel::sysfs_magic;
  if (file_system.f_type != wanted) {
    return base::fail(run.failure, base::Kind::safety, EXDEV, "the new file system is not of the type that was asked for");
  }
  return place_mount(run, step);
}

}  // namespace mountplan::engine
