// SPDX-License-Identifier: MIT
// file: content that appears as a file. It is written to a file on scratch, complete before it is attached; after the attach its name on
// scratch goes, and the mount is all that is left of it. (A memfd can not be bound, nor a clone of an O_TMPFILE file attached.)
#include <mountplan/plan.h>

#include <cerrno>
#include <cstring>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

// From offset 0 with pread(2), so that the descriptor's offset stays; read(2) where it can not seek.
int copy_descriptor(Run &run, int from, int to) {
  char block[16384];
  int64_t offset = 0;
  bool seeks = true;
  for (;;) {
    long length = seeks ? run.kernel.pread(from, block, sizeof block, offset) : run.kernel.read(from, block, sizeof block);
    if (length == -ESPIPE && seeks && offset == 0) {
      seeks = false;
      continue;
    }
    if (length == -EINTR) {
      continue;
    }
    if (length < 0) {
      return failed(run, static_cast<int>(length), seeks ? "pread64" : "read");
    }
    if (length == 0) {
      return 0;
    }
    if (int result = write_all(run, to, block, static_cast<size_t>(length)); result < 0) {
      return result;
    }
    offset += length;
  }
}

int write_content(Run &run, const plan::Op &op, int fd) {
  int result = op.source_fd >= 0 ? copy_descriptor(run, op.source_fd, fd) : write_all(run, fd, op.data, op.size);
  return result < 0 ? result : set_mode(run, fd, op.mode);
}

int place_copy(Run &run, Step &step) {
  const plan::Op &op = step.op;
  Parent parent;
  if (int result = open_parent(run, run.root, op.target, step.parent_mode, parent); result < 0) {
    return result;
  }
  // Written through the descriptor that made it: whatever has that name afterwards is left alone.
  bool foreign = false;
  ScopedFd made(run, create_file(run, parent.fd, parent.name, 0600, op.target, foreign));
  int result = made.get() < 0 ? made.get() : write_content(run, op, made.get());
  close_parent(run, run.root, parent);
  return result;
}

}  // namespace

int build_file(Run &run, Step &step) {
  const plan::Op &op = step.op;
  if ((op.flags & MPLAN_FILE_COPY) != 0) {
    return 0;
  }
  char name[24];
  int fd = scratch_entry(run, false, name);
  if (fd < 0) {
    return fd;
  }
  step.scratch_name = run.next_name - 1;
  int result = write_content(run, op, fd);
  close_fd(run, fd);
  if (result < 0) {
    return result;
  }
  step.source = run.kernel.openat(run.scratch, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (step.source < 0) {
    return failed(run, step.source, "openat");
  }
  step.source_type = S_IFREG;
  return build_bind(run, step);
}

int place_file(Run &run, Step &step) {
  if ((step.op.flags & MPLAN_FILE_COPY) != 0) {
    return place_copy(run, step);
  }
  if (int result = place_mount(run, step); result < 0) {
    return result;
  }
  char name[24];
  base::Writer(name, sizeof name).unsigned_number(step.scratch_name);
  int result = run.kernel.unlinkat(run.scratch, name, 0);
  return result < 0 ? failed(run, result, "unlinkat") : 0;
}

}  // namespace mountplan::engine
