// SPDX-License-Identifier: MIT
// The backend of mount(2), for kernels before 5.12 and places where the newer calls are denied.
//
// mount(2) takes paths, so it is pointed at descriptors through a verified procfs (procfs.cpp). It knows no mount that is attached nowhere:
// new mounts begin life in scratch, a tmpfs on top of the root under construction, get their attributes there, and are then moved to where
// they belong.
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/check.hpp"
#include "engine/classic_remount.hpp"
#include "engine/layers.hpp"
#include "engine/mounts.hpp"
#include "engine/remount_tree.hpp"
#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

// Where a new mount begins its life.
struct Stage {
  int fd = no_fd;      // the directory or file that is mounted on
  char name[24] = "";  // in scratch; empty: it is the place of the root itself
};

int find_stage(Run &run, bool directory, Stage &stage) {
  if (run.root < 0 || run.making_scratch) {
    stage.fd = run.kernel.duplicate(run.place);
    return stage.fd < 0 ? failed(run, stage.fd, "fcntl") : 0;
  }
  stage.fd = scratch_entry(run, directory, stage.name);
  return stage.fd < 0 ? stage.fd : 0;
}

// Is this the root of what was mounted on the place? By the mount table: it has to lie where the place is by now, on the mount that the
// place is in or on others that lie there (a root, with what covers it, below scratch).
int check_on_place(Run &run, int fd) {
  Quiet quiet(run.program);
  constexpr size_t most_stacked = 4096;
  uint64_t id = 0;
  uint64_t below = 0;
  Mounts mounts(run);
  if (int result = mount_id(run, fd, id); result < 0) {
    return result;
  }
  if (int result = mount_id(run, run.place, below); result < 0) {
    return result;
  }
  if (int result = mounts.open(); result < 0) {
    return result;
  }
  char path[PATH_MAX];
  if (int result = read_descriptor_path(run, run.place, path, sizeof path); result < 0) {
    return result;
  }
  for (size_t i = 0; i < most_stacked && id != below; i++) {
    MountFacts facts;
    int result = mounts.get(id, facts);
    if (result < 0 && result != -ENOENT) {
      return result;
    }
    if (result < 0 || strcmp(facts.point, path) != 0 || facts.parent == id) {
      break;
    }
    if (facts.parent == below) {
      return 0;
    }
    id = facts.parent;
  }
  base::Writer(run.failure.path, sizeof run.failure.path).text(path);
  return base::fail(run.failure, base::Kind::safety, ESTALE, "the path of the root was changed while it was mounted on");
}

// What is mounted on the place now. Its own descriptor shows what is beneath, so its name is looked up again in the directory above, which
// is found by descriptor: what is mounted on can not be renamed in this mount namespace, but its parents can. On the root of the process
// only `..` leads up to what is mounted there.
int reopen_place(Run &run) {
  char path[PATH_MAX];
  if (int result = read_descriptor_path(run, run.place, path, sizeof path); result < 0) {
    return result;
  }
  bool is_root = strcmp(path, "/") == 0;
  ScopedFd above(run, is_root ? run.kernel.openat(kernel::at_cwd, "/", O_PATH | O_DIRECTORY | O_CLOEXEC)
                              : run.kernel.openat(run.place, "..", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (above.get() < 0) {
    return failed(run, above.get(), "openat", path);
  }
  ScopedFd found(run, run.kernel.openat(above.get(), is_root ? ".." : strrchr(path, '/') + 1, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (found.get() < 0) {
    return failed(run, found.get(), "openat", path);
  }
  int result = check_on_place(run, found.get());
  return result < 0 ? result : found.release();
}

// The root of what was just mounted on the stage.
int reopen(Run &run, const Stage &stage) {
  if (stage.name[0] == '\0') {
    return reopen_place(run);
  }
  int fd = run.kernel.openat(run.scratch, stage.name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  return fd < 0 ? failed(run, fd, "openat") : fd;
}

int change_propagation(Run &run, int mount, unsigned long type, bool recursive) {
  FdPath self(mount);
  int result = run.kernel.mount(nullptr, self.text, nullptr, type | (recursive ? kernel::ms_rec : 0), nullptr);
  return result < 0 ? failed(run, result, "mount") : 0;
}

// After mount(2) on the stage: a private mount, and its descriptor.
int adopt(Run &run, const Stage &stage) {
  bool is_root = stage.name[0] == '\0' && !run.making_scratch;
  run.root_attached = run.root_attached || is_root;
  int fd = reopen(run, stage);
  int result = fd < 0 ? fd : change_propagation(run, fd, kernel::ms_private, true);
  if (result >= 0) {
    return fd;
  }
  close_fd(run, fd);
  if (run.making_scratch) {
    detach_mount(run, stage.fd);  // umount2(2) takes what is on top of the place a descriptor leads to
  }
  return result;
}

int clone(Run &run, int source, bool recursive) {
  struct statx stat;
  if (int result = stat_fd(run, source, stat); result < 0) {
    return result;
  }
  Stage stage;
  if (int result = find_stage(run, type_of(stat) == S_IFDIR, stage); result < 0) {
    return result;
  }
  ScopedFd staged(run, stage.fd);
  FdPath from(source);
  FdPath to(stage.fd);
  int result = run.kernel.mount(from.text, to.text, nullptr, kernel::ms_bind | (recursive ? kernel::ms_rec : 0), nullptr);
  return result < 0 ? failed(run, result, "mount") : adopt(run, stage);
}

// "mode=0755,size=4096". Layers of an overlay are named by descriptor, so nothing in it needs escaping.
int write_options(Run &run, const FileSystem &file_system, char *out, size_t size) {
  base::Writer data(out, size);
  size_t i = 0;
  while (i < file_system.option_count) {
    const Option &option = file_system.options[i];
    data.text(i == 0 ? "" : ",");
    if (is_layer(option)) {
      data.text("lowerdir=");
      i += join_layers(&option, file_system.option_count - i, data);
      continue;
    }
    data.text(option.key);
    if (option.fd >= 0) {
      data.text("=").text(FdPath(option.fd).text);
    } else if (option.value != nullptr) {
      data.text("=").text(option.value);
    }
    i++;
  }
  return data.cut() ? base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP, "the options are longer than mount(2) takes") : 0;
}

int create(Run &run, const FileSystem &file_system) {
  char options[4096];
  if (int result = write_options(run, file_system, options, sizeof options); result < 0) {
    return result;
  }
  Stage stage;
  if (int result = find_stage(run, true, stage); result < 0) {
    return result;
  }
  ScopedFd staged(run, stage.fd);
  FdPath to(stage.fd);
  // A read-only mount of a writable file system, as the other backends make it: MS_RDONLY here would make the file system itself read-only.
  unsigned long flags = to_mount_flags(file_system.attributes & ~uint64_t{MPLAN_ATTR_RDONLY});
  int result =
      run.kernel.mount(file_system.source, to.text, file_system.type, kernel::ms_silent | flags, options[0] != '\0' ? options : nullptr);
  bool may_be_locked = strcmp(file_system.type, "sysfs") == 0 || strcmp(file_system.type, "proc") == 0;
  if (result == -EPERM && may_be_locked && (file_system.attributes & MPLAN_ATTR_RDONLY) != 0) {
    // In a user namespace whose sysfs is read-only and locked so, a new one is taken only when it never was writable.
    unsigned long from_the_start = kernel::ms_silent | kernel::ms_rdonly | flags;
    result = run.kernel.mount(file_system.source, to.text, file_system.type, from_the_start, options[0] != '\0' ? options : nullptr);
  }
  if (result < 0) {
    return failed(run, result, "mount", file_system.type);
  }
  int mount = adopt(run, stage);
  if (mount < 0 || (file_system.attributes & MPLAN_ATTR_RDONLY) == 0) {
    return mount;
  }
  result = remount_one(run, mount, MPLAN_ATTR_RDONLY);
  if (result < 0) {
    close_fd(run, mount);
    return result;
  }
  return mount;
}

int change(Run &run, int mount, const Change &change) {
  if (change.propagation != 0) {
    if (int result = change_propagation(run, mount, to_propagation(change.propagation), change.recursive); result < 0) {
      return result;
    }
  }
  if (change.set == 0) {
    return 0;
  }
  return change.recursive ? remount_tree(run, mount, change) : remount_one(run, mount, change.set);
}

int attach(Run &run, int mount, int target) {
  FdPath from(mount);
  FdPath to(target);
  int result = run.kernel.mount(from.text, to.text, nullptr, kernel::ms_move, nullptr);
  return result < 0 ? failed(run, result, "mount") : 0;
}

}  // namespace

const Backend backend_classic{MPLAN_BACKEND_CLASSIC, true, true, clone, create, change, attach};

}  // namespace mountplan::engine
