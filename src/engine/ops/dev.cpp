// SPDX-License-Identifier: MIT
// dev: a minimal /dev. It is a tree of its own that is filled before anything can see it, so nothing that may be at the target
// already (a link to the host's /dev, say) is ever looked at.
#include <asm/termbits.h>
#include <mountplan/plan.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstring>

#include "engine/run.hpp"
#include "engine/verify.hpp"

namespace mountplan::engine {

namespace {

constexpr const char *devices[] = {"null", "zero", "full", "random", "urandom", "tty"};
constexpr size_t device_count = sizeof devices / sizeof devices[0];
static_assert(device_count + 1 == dev_fd_count);

struct Link {
  const char *name;
  const char *text;
};
constexpr Link links[] = {
    {"stdin", "/proc/self/fd/0"}, {"stdout", "/proc/self/fd/1"}, {"stderr", "/proc/self/fd/2"},
    {"fd", "/proc/self/fd"},      {"core", "/proc/kcore"},       {"ptmx", "pts/ptmx"},
};

int place_device(Run &run, const Step &step, int dev, const char *name, int source, bool handed_in) {
  ScopedFd target(run, make_file(run, dev, name, 0444, name));
  if (target.get() < 0) {
    return target.get();
  }
  ScopedFd mount(run, clone_source(run, source, false, handed_in));
  if (mount.get() < 0) {
    return mount.get();
  }
  Change change;
  change.set = MPLAN_ATTR_NOSUID | MPLAN_ATTR_NOEXEC;
  change.propagation = MPLAN_PROPAGATION_PRIVATE;
  if (int result = run.backend->change(run, mount.get(), change); result < 0) {
    return result;
  }
  Expected expected{.target = step.op.target, .name = name, .attributes = change.set};
  int result = note_placed(run, &step, mount.get(), expected);
  return result < 0 ? result : run.backend->attach(run, mount.get(), target.get());
}

int place_file_system(Run &run, const Step &step, int dev, const char *name, uint32_t mode, const FileSystem &file_system) {
  int result = make_directory(run, dev, name, mode, name, strlen(name));
  if (result < 0) {
    return result;
  }
  ScopedFd target(run, run.kernel.openat(dev, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (target.get() < 0) {
    return failed(run, target.get(), "openat", name);
  }
  ScopedFd mount(run, run.backend->create(run, file_system));
  if (mount.get() < 0) {
    return mount.get();
  }
  if (strcmp(file_system.type, "devpts") == 0) {
    if (result = give_terminals(run, mount.get()); result < 0) {
      return result;
    }
  }
  Expected expected{.target = step.op.target, .name = name, .type = file_system.type, .attributes = file_system.attributes};
  result = note_placed(run, &step, mount.get(), expected);
  return result < 0 ? result : run.backend->attach(run, mount.get(), target.get());
}

int fill(Run &run, Step &step, int dev) {
  for (size_t i = 0; i < device_count; i++) {
    if (int result = place_device(run, step, dev, devices[i], step.fds[i], false); result < 0) {
      return result;
    }
  }
  if (int console = step.fds[device_count]; console >= 0) {
    if (int result = place_device(run, step, dev, "console", console, true); result < 0) {
      return result;
    }
  }
  for (const Link &link : links) {
    if (int result = run.kernel.symlinkat(link.text, dev, link.name); result < 0) {
      return failed(run, result, "symlinkat", link.name);
    }
  }
  const Option pts_options[] = {{"newinstance", nullptr, no_fd}, {"ptmxmode", "0666", no_fd}, {"mode", "0620", no_fd}};
  FileSystem pts{"devpts", MPLAN_SOURCE_DEVPTS, pts_options, 3, MPLAN_ATTR_NOSUID | MPLAN_ATTR_NOEXEC};
  if (int result = place_file_system(run, step, dev, "pts", 0755, pts); result < 0) {
    return result;
  }
  if ((step.op.flags & MPLAN_DEV_MQUEUE) != 0) {
    FileSystem mqueue{"mqueue", MPLAN_SOURCE_MQUEUE, nullptr, 0, MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC};
    if (int result = place_file_system(run, step, dev, "mqueue", 01777, mqueue); result < 0) {
      return result;
    }
  }
  if ((step.op.attributes() & MPLAN_ATTR_RDONLY) == 0) {
    return make_directory(run, dev, "shm", 01777, "shm", 3);
  }
  // A read-only /dev: shm would be read-only with it, so it gets a tmpfs of its own.
  const Option shm_options[] = {{"mode", "01777", no_fd}};
  FileSystem shm{"tmpfs", MPLAN_SOURCE_EPHEMERAL, shm_options, 1, MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV};
  if (int result = place_file_system(run, step, dev, "shm", 01777, shm); result < 0) {
    return result;
  }
  Change change;
  change.set = MPLAN_ATTR_RDONLY;
  return run.backend->change(run, dev, change);
}

}  // namespace

int resolve_dev(Run &run, Step &step) {
  for (size_t i = 0; i < device_count; i++) {
    char path[32];
    base::Writer(path, sizeof path).text("/dev/").text(devices[i]);
    step.fds[i] = open_host(run, path, O_PATH);
    if (step.fds[i] < 0) {
      return failed(run, step.fds[i], "openat", path);
    }
    struct statx stat;
    if (int result = stat_fd(run, step.fds[i], stat); result < 0) {
      return result;
    }
    if (type_of(stat) != S_IFCHR) {
      base::Writer(run.failure.path, sizeof run.failure.path).text(path);
      return base::fail(run.failure, base::Kind::safety, ENODEV, "it is not a character device");
    }
  }
  if ((step.op.flags & MPLAN_DEV_CONSOLE) != 0) {
    struct termios terminal;
    if (run.kernel.call(kernel::Call::ioctl, 1, TCGETS, reinterpret_cast<long>(&terminal)) == 0) {
      int fd = run.kernel.duplicate(1);
      if (fd < 0) {
        return failed(run, fd, "fcntl");
      }
      step.fds[device_count] = fd;
    }
  }
  return 0;
}

int build_dev(Run &run, Step &step) {
  const Option options[] = {{"mode", "0755", no_fd}};
  FileSystem file_system{"tmpfs", MPLAN_SOURCE_DEVTMPFS, options, 1,
                         (step.op.attributes() | MPLAN_ATTR_NODEV) & ~uint64_t{MPLAN_ATTR_RDONLY}};
  int mount = run.backend->create(run, file_system);
  if (mount < 0) {
    return mount;
  }
  step.mount = mount;
  step.source_type = S_IFDIR;
  step.made_type = file_system.type;
  int result = adopt_device(run, mount);
  // Nothing can be mounted on what is attached nowhere before Linux 6.15: it is filled on scratch, and moved when it is complete.
  result = result < 0 ? result : stage(run, mount);
  return result < 0 ? result : fill(run, step, mount);
}

}  // namespace mountplan::engine
