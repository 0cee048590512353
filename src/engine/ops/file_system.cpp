// SPDX-License-Identifier: MIT
// tmpfs, ramfs, devpts, mqueue, bpf: a new file system with typed options.
#include <mountplan/plan.h>

#include <cerrno>

#include "engine/run.hpp"

namespace mountplan::engine {

int give_terminals(Run &run, int mount) {
  const Receiver &receiver = run.program.receiver;
  if (receiver.root_uid == 0 && receiver.root_gid == 0) {
    return 0;
  }
  long result = run.kernel.call(kernel::Call::fchownat, mount, reinterpret_cast<long>("ptmx"), receiver.root_uid, receiver.root_gid,
                                kernel::at_symlink_nofollow);
  if (result >= 0) {
    result = run.kernel.call(kernel::Call::fchownat, mount, reinterpret_cast<long>(""), receiver.root_uid, receiver.root_gid,
                             kernel::at_empty_path);
  }
  return result < 0 ? failed(run, static_cast<int>(result), "fchownat", "ptmx") : 0;
}

int create_file_system(Run &run, Step &step, const char *type, const char *source, const Option *options, size_t count) {
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

namespace {

// Numbers as option text.
struct Number {
  char text[24];
  explicit Number(uint64_t value, bool octal = false) {
    base::Writer out(text, sizeof text);
    octal ? out.octal(value) : out.unsigned_number(value);
  }
};

// In the result only file systems that are empty and new are ours to make things in.
int create_own(Run &run, Step &step, const char *type, const char *source, const Option *options, size_t count) {
  int result = create_file_system(run, step, type, source, options, count);
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

}  // namespace

int build_file_system(Run &run, Step &step) {
  switch (step.op.kind) {
    case MPLAN_OP_TMPFS:
      return build_tmpfs(run, step);
    case MPLAN_OP_RAMFS:
      return create_own(run, step, "ramfs", MPLAN_SOURCE_RAMFS, nullptr, 0);
    case MPLAN_OP_DEVPTS: {
      const Option options[] = {{"newinstance", nullptr, no_fd}, {"ptmxmode", "0666", no_fd}, {"mode", "0620", no_fd}};
      const int result = create_file_system(run, step, "devpts", MPLAN_SOURCE_DEVPTS, options, 3);
      return result < 0 ? result : give_terminals(run, step.mount);
    }
    case MPLAN_OP_MQUEUE:
      return create_file_system(run, step, "mqueue", MPLAN_SOURCE_MQUEUE, nullptr, 0);
    default:
      return create_file_system(run, step, "bpf", MPLAN_SOURCE_BPF, nullptr, 0);
  }
}

}  // namespace mountplan::engine
