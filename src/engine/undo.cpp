// SPDX-License-Identifier: MIT
// Rolling back: only what this run did, found by descriptor and compared by device and inode, never by walking a path again.
#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/attributes.hpp"
#include "engine/run.hpp"

namespace mountplan::engine {

void remember_undo(Run &run, const Undo &undo) {
  // prepare reserved room for every step's worst case; should that ever be wrong, keeping the host clean comes first.
  if (!run.program.undo.append(undo)) {
    int fd = undo.fd;
    close_fd(run, fd);
  }
}

int detach_mount(Run &run, int mount) {
  FdPath self(mount);
  return run.kernel.umount2(self.text, kernel::umount_detach);
}

namespace {

// Is the directory's entry still what was made?
bool is_same(Run &run, const Undo &undo, const char *name) {
  struct statx stat;
  int result = run.kernel.statx(undo.fd, name, kernel::at_symlink_nofollow | kernel::at_no_automount, STATX_INO, &stat);
  return result >= 0 && stat.stx_ino == undo.inode && device_of(stat) == undo.device;
}

void copy_name(const Undo &undo, char (&name)[NAME_MAX + 1]) {
  base::Writer(name, sizeof name).text(std::string_view(undo.name, undo.name_length));
}

void take_back(Run &run, const Undo &undo) {
  switch (undo.what) {
    case Undo::What::unlink:
    case Undo::What::remove_directory: {
      char name[NAME_MAX + 1];
      copy_name(undo, name);
      if (is_same(run, undo, name)) {
        run.kernel.unlinkat(undo.fd, name, undo.what == Undo::What::remove_directory ? kernel::at_removedir : 0);
      }
      return;
    }
    case Undo::What::detach:
      detach_mount(run, undo.fd);
      return;
    case Undo::What::restore_mode: {
      if (run.kernel.fchmodat2(undo.fd, "", static_cast<unsigned>(undo.value), kernel::at_empty_path) < 0) {
        FdPath self(undo.fd);
        run.kernel.fchmodat(kernel::at_cwd, self.text, static_cast<unsigned>(undo.value));
      }
      return;
    }
    case Undo::What::restore_attributes: {
      if (run.backend->id != MPLAN_BACKEND_CLASSIC) {
        kernel::MountAttr attributes;
        attributes.clear = to_mount_attr(~undo.value & (MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC |
                                                        MPLAN_ATTR_NOSYMFOLLOW | MPLAN_ATTR_NODIRATIME));
        attributes.clear |= kernel::attr_atime_mask;
        attributes.set = to_mount_attr(undo.value & (MPLAN_ATTR_NOATIME | MPLAN_ATTR_STRICTATIME));
        run.kernel.mount_setattr(undo.fd, "", kernel::at_empty_path, &attributes, sizeof attributes);
      } else {
        FdPath self(undo.fd);
        run.kernel.mount(nullptr, self.text, nullptr, kernel::ms_remount | kernel::ms_bind | to_mount_flags(undo.value), nullptr);
      }
      return;
    }
    case Undo::What::move_back: {
      char name[NAME_MAX + 1];
      copy_name(undo, name);
      ScopedFd back(run, run.kernel.openat(undo.fd2, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
      if (back.get() >= 0) {
        run.backend->attach(run, undo.fd, back.get());
      }
      return;
    }
  }
}

}  // namespace

void roll_back(Run &run) {
  while (!run.program.undo.empty()) {
    Undo undo = run.program.undo.back();
    run.program.undo.pop();
    take_back(run, undo);
    close_fd(run, undo.fd);
    close_fd(run, undo.fd2);
  }
  run.program.created.truncate(0);
}

}  // namespace mountplan::engine
