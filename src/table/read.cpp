// SPDX-License-Identifier: MIT
// The kernel makes mountinfo text line by line, at most a page per read(2) (a longer line comes whole): the lines of one read
// fit together, those of two need not. poll(2) tells whether the namespace changed since the file was opened or last polled.
#include "table/read.hpp"

#include <poll.h>
#include <time.h>

#include <cerrno>
#include <cstring>

#include "base/writer.hpp"
#include "table/parse.hpp"
#include "table/read_statmount.hpp"

namespace mountplan::table {

namespace {

constexpr size_t first_buffer = 32768;
constexpr size_t page = 4096;

// More room: twice as much, or what a region still has.
bool grow(Array<char> &text) {
  if (text.size() == 0) {
    return text.resize(first_buffer) || text.resize(page);
  }
  for (size_t step = text.size(); step >= page / 4; step /= 2) {
    if (text.resize(text.size() + step)) {
      return true;
    }
  }
  return false;
}

int read_text(const kernel::Kernel &kernel, int fd, const Limits &limits, Table &table, base::Failure &failure) {
  table.length = 0;
  for (;;) {
    if (table.text.size() < padded(table.length) + page && !grow(table.text)) {
      return base::fail_memory(failure);
    }
    const size_t room = table.text.size() - padded(0) - table.length;
    const long got = kernel.read(fd, table.text.data() + table.length, room);
    if (got == -EINTR) {
      continue;
    }
    if (got < 0) {
      return base::fail_call(failure, static_cast<int>(got), "read");
    }
    if (got == 0) {
      return 0;
    }
    table.length += static_cast<size_t>(got);
    if (table.length > limits.bytes) {
      return base::fail(failure, base::Kind::parse, EFBIG, "the mount table is larger than the limit");
    }
  }
}

// Only mountinfo files answer so at their end; a regular file or a pipe does not.
bool changed(const kernel::Kernel &kernel, int fd) {
  struct pollfd request = {fd, POLLPRI, 0};
  const struct timespec now = {0, 0};
  int ready;
  do {
    ready = kernel.poll(&request, 1, &now);
  } while (ready == -EINTR);
  return ready > 0 && (request.revents & (POLLERR | POLLPRI)) != 0;
}

int read_path(const kernel::Kernel &kernel, const char *path, const Limits &limits, Table &table, base::Failure &failure) {
  const int fd = kernel.openat(kernel::at_cwd, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (fd < 0) {
    return base::fail_call(failure, fd, "openat", path);
  }
  const int result = read_fd(kernel, fd, limits, table, failure);
  kernel.close(fd);
  if (result < 0 && failure.call[0] != '\0') {
    base::Writer(failure.path, sizeof failure.path).text(path);
  }
  return result;
}

}  // namespace

int read_fd(const kernel::Kernel &kernel, int fd, const Limits &limits, Table &table, base::Failure &failure) {
  for (unsigned again = 0;; again++) {
    if (int result = read_text(kernel, fd, limits, table, failure); result < 0) {
      return result;
    }
    if (!changed(kernel, fd)) {
      break;
    }
    if (again == max_reread) {
      table.flags |= MPLAN_TABLE_UNSTABLE;
      break;
    }
    if (kernel.lseek(fd, 0, SEEK_SET) < 0) {
      break;  // a pipe or socket has nothing to read again
    }
  }
  table.text.shrink(padded(table.length));
  return parse_in_place(limits, table, failure);
}

int read_pid(const kernel::Kernel &kernel, int32_t pid, const Limits &limits, Table &table, base::Failure &failure) {
  if (pid <= 0) {
    return base::fail_argument(failure, EINVAL, "pid must be positive");
  }
  char path[64];
  base::Writer(path, sizeof path).text("/proc/").number(pid).text("/mountinfo");
  return read_path(kernel, path, limits, table, failure);
}

int read_self(const kernel::Kernel &kernel, const Limits &limits, Table &table, base::Failure &failure) {
  return read_path(kernel, "/proc/thread-self/mountinfo", limits, table, failure);
}

// The text is the default because it is faster: one read(2) tells of dozens of mounts, statmount(2) of one.
int read_self_by(const kernel::Kernel &kernel, uint64_t flags, const Limits &limits, Table &table, base::Failure &failure) {
  if (flags == MPLAN_TABLE_READ_STATMOUNT) {
    return read_statmount(kernel, limits, table, failure);
  }
  const int result = read_self(kernel, limits, table, failure);
  if (result >= 0 || flags != 0 || strcmp(failure.call, "openat") != 0) {
    return result;
  }
  base::Failure other;
  if (read_statmount(kernel, limits, table, other) < 0) {
    return result;
  }
  failure = base::Failure();
  return 0;
}

}  // namespace mountplan::table
