// SPDX-License-Identifier: MIT
#include "kernel/features.hpp"

#include <mountplan/apply.h>

#include <cerrno>

namespace mountplan::kernel {

namespace {

// Every probe names a descriptor that is not open, so a call that exists and is allowed gives EBADF or EINVAL and does nothing.
constexpr int no_fd = -1;

int verdict(long result) { return result == -ENOSYS || result == -EPERM || result == -EACCES ? static_cast<int>(-result) : 0; }

int try_open_tree(const Kernel &k) { return verdict(k.open_tree(no_fd, "", open_tree_clone | open_tree_cloexec | at_empty_path)); }
int try_move_mount(const Kernel &k) { return verdict(k.move_mount(no_fd, "", no_fd, "", move_from_empty_path | move_to_empty_path)); }
int try_fsopen(const Kernel &k) { return verdict(k.fsopen("no such type", fsopen_cloexec)); }
int try_fsconfig(const Kernel &k) { return verdict(k.fsconfig(no_fd, fsconfig_create, nullptr, nullptr, 0)); }
int try_fsmount(const Kernel &k) { return verdict(k.fsmount(no_fd, fsmount_cloexec, 0)); }
int try_mount_setattr(const Kernel &k) {
  MountAttr attributes;
  attributes.set = attr_rdonly;
  return verdict(k.mount_setattr(no_fd, "", at_empty_path, &attributes, sizeof attributes));
}
int try_open_tree_attr(const Kernel &k) {
  return verdict(k.call(Call::open_tree_attr, no_fd, reinterpret_cast<long>(""), open_tree_cloexec | at_empty_path, 0, 0));
}
int try_openat2(const Kernel &k) {
  OpenHow how;
  how.flags = O_PATH | O_CLOEXEC;
  how.resolve = resolve_in_root;
  return verdict(k.openat2(no_fd, "x", &how, sizeof how));
}
int try_mount(const Kernel &k) { return verdict(k.mount("none", "", "tmpfs", 0, nullptr)); }
int try_statmount(const Kernel &k) { return verdict(k.call(Call::statmount)); }
int try_listmount(const Kernel &k) { return verdict(k.call(Call::listmount)); }
int try_close_range(const Kernel &k) { return verdict(k.call(Call::close_range, 2, 1, 0)); }
int try_pidfd_open(const Kernel &k) { return verdict(k.call(Call::pidfd_open, -1, 0)); }
// A kernel without it refuses the flag before it looks at the descriptor.
int try_open_tree_namespace(const Kernel &k) {
  const int result = k.open_tree(no_fd, "", open_tree_namespace | open_tree_cloexec | at_empty_path);
  return result == -EINVAL ? EINVAL : verdict(result);
}
int try_setns(const Kernel &k) { return verdict(k.call(Call::setns, no_fd, new_mount_namespace)); }
int try_fchmodat2(const Kernel &k) { return verdict(k.fchmodat2(no_fd, "x", 0, 0)); }

struct Need {
  int (*try_it)(const Kernel &);
  const char *call;
};
constexpr Need fd_needs[] = {
    {try_open_tree, "open_tree"}, {try_move_mount, "move_mount"}, {try_fsopen, "fsopen"},
    {try_fsconfig, "fsconfig"},   {try_fsmount, "fsmount"},       {try_mount_setattr, "mount_setattr"},
};

}  // namespace

// Mounting onto a tree that is attached nowhere came in the same release as open_tree_attr(2), Linux 6.15, and can not itself be
// tried without making mounts; so the one stands for the other.
const Probe probes[] = {
    {"open_tree", "clone a mount tree (detached, fd backends)", try_open_tree},
    {"move_mount", "attach a mount (detached, fd backends)", try_move_mount},
    {"fsopen", "make a file system (detached, fd backends)", try_fsopen},
    {"fsconfig", "configure a file system (detached, fd backends)", try_fsconfig},
    {"fsmount", "mount a file system (detached, fd backends)", try_fsmount},
    {"mount_setattr", "recursive attributes without reading the table (detached, fd backends)", try_mount_setattr},
    {"open_tree_attr", "mounts on a tree that is attached nowhere (detached backend)", try_open_tree_attr},
    {"open_tree_namespace", "a root that becomes a mount namespace, without a copy of the host's mounts (spawning)",
     try_open_tree_namespace},
    {"mount", "mount(2) (classic backend)", try_mount},
    {"openat2", "symlink-safe look-up in one call (else a walker)", try_openat2},
    {"statmount", "facts of one mount without reading the table", try_statmount},
    {"listmount", "the ids of all mounts in one call", try_listmount},
    {"fchmodat2", "chmod of a path descriptor without /proc", try_fchmodat2},
    {"close_range", "closing inherited descriptors in one call", try_close_range},
    {"pidfd_open", "process descriptors", try_pidfd_open},
};
const size_t probe_count = sizeof probes / sizeof probes[0];

int backend_lacks(const Kernel &kernel, uint32_t backend, const char **call) {
  if (backend == MPLAN_BACKEND_CLASSIC) {
    return 0;
  }
  for (const Need &need : fd_needs) {
    if (int error = need.try_it(kernel); error != 0) {
      *call = need.call;
      return error;
    }
  }
  if (backend == MPLAN_BACKEND_DETACHED) {
    *call = "open_tree_attr";
    return try_open_tree_attr(kernel);
  }
  return 0;
}

uint32_t best_backend(const Kernel &kernel) {
  const char *call = nullptr;
  if (backend_lacks(kernel, MPLAN_BACKEND_FD, &call) != 0) {
    return MPLAN_BACKEND_CLASSIC;
  }
  return try_open_tree_attr(kernel) == 0 ? MPLAN_BACKEND_DETACHED : MPLAN_BACKEND_FD;
}

int namespaces_lack(const Kernel &kernel) {
  const int error = try_open_tree_namespace(kernel);
  return error != 0 ? error : try_setns(kernel);
}

// That came with Linux 6.7, and can not be tried without making an overlay: before, options that do not exist are accepted and refused
// later. statmount(2) came with 6.8 and stands for it.
bool takes_single_layers(const Kernel &kernel) { return try_statmount(kernel) == 0; }

const char *backend_name(uint32_t backend) {
  static constexpr const char *names[] = {"auto", "detached", "fd", "classic"};
  return backend < sizeof names / sizeof names[0] ? names[backend] : nullptr;
}

}  // namespace mountplan::kernel
