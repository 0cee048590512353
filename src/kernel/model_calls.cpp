// SPDX-License-Identifier: MIT
// The model's system calls.
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "base/writer.hpp"
#include "kernel/model.hpp"

namespace mountplan::kernel {

namespace {

const char *text_of(long argument) { return reinterpret_cast<const char *>(argument); }

// Probes name descriptor -1. What the privileges of this moment would deny is explained as if it were allowed.
long probe(Call call, const long args[6]) {
  long result = live.invoke(nullptr, call, args);
  return result == -EPERM ? -EBADF : result;
}

unsigned long statfs_flags(uint64_t attributes) {
  constexpr unsigned long relatime = 4096;
  return (attributes & 0x0f) | relatime;  // the first four bits are the same in both notations
}

}  // namespace

long Model::open(long dir, const char *path, uint64_t flags, uint32_t mode, uint64_t resolve_flags) {
  if (dir == at_cwd && strcmp(path, "/proc/thread-self/mountinfo") == 0) {
    ModelFd table;
    table.what = ModelFd::What::text;
    table.text = mount_table();
    return table.text == nullptr ? -ENOMEM : add_fd(table);
  }
  ModelFd entry;
  entry.what = ModelFd::What::path;
  Place found;
  bool follow = (flags & O_NOFOLLOW) == 0;
  int result;
  if ((resolve_flags & resolve_in_root) != 0) {
    Place base;
    result = start_of(dir, ".", base);
    result = result < 0 ? result : resolve(base, base, path, follow, found, (resolve_flags & resolve_no_symlinks) != 0);
  } else {
    result = locate(dir, path, follow, found);
  }
  if (result == -ENOENT && (flags & O_CREAT) != 0) {
    result = static_cast<int>(make(dir, path, S_IFREG, mode, nullptr));
    result = result < 0 ? result : locate(dir, path, false, found);
  } else if (result == 0 && (flags & O_EXCL) != 0) {
    result = -EEXIST;
  }
  if (result < 0) {
    return result;
  }
  uint32_t type = nodes_[found.node].type;
  if ((flags & O_DIRECTORY) != 0 && type != S_IFDIR) {
    return -ENOTDIR;
  }
  if ((flags & O_PATH) == 0 && type == S_IFLNK) {
    return -ELOOP;
  }
  entry.mount = found.mount;
  entry.node = found.node;
  descriptors_ = strcmp(path, "thread-self/fd") == 0 ? found.node : descriptors_;
  if (strcmp(path, "../mountinfo") == 0) {
    entry.what = ModelFd::What::text;
    entry.text = mount_table();
    return entry.text == nullptr ? -ENOMEM : add_fd(entry);
  }
  if ((flags & (O_PATH | O_WRONLY | O_RDWR)) == 0 && nodes_[found.node].real >= 0 && type == S_IFDIR) {
    entry.real = live.openat(nodes_[found.node].real, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (entry.real < 0) {
      return entry.real;
    }
    entry.owns_real = true;
  }
  return add_fd(entry);
}

long Model::make(long dir, const char *path, uint32_t type, uint32_t mode, const char *text) {
  Place parent;
  ModelNode node;
  if (int result = parent_of_new(dir, path, parent, node.name); result < 0) {
    return result;
  }
  node.parent = parent.node;
  node.type = type;
  node.mode = type == S_IFLNK ? mode : mode & ~umask_;
  node.device = nodes_[parent.node].device;
  if (text != nullptr) {
    node.text = copy(text);
    if (node.text == nullptr) {
      return -ENOMEM;
    }
  }
  return add_node(node) == nothing ? -ENOMEM : 0;
}

long Model::stat(long dir, const char *path, long flags, long mask, long out) {
  auto &stat = *reinterpret_cast<struct statx *>(out);
  if (dir == at_cwd && strncmp(path, "/proc/", 6) == 0) {
    int result = live.statx(at_cwd, path, static_cast<int>(flags), static_cast<unsigned>(mask), &stat);
    stat.stx_mask &= ~static_cast<unsigned>(STATX_MNT_ID);  // a mount of the host is none of the model
    return result;
  }
  Place found;
  int result = locate(dir, path[0] == '\0' ? "." : path, (flags & at_symlink_nofollow) == 0, found);
  if (result < 0 && path[0] == '\0') {  // "." of something that is no directory
    result = start_of(dir, "", found);
  }
  if (path[0] == '\0') {
    result = start_of(dir, "", found);
  }
  if (result < 0) {
    return result;
  }
  const ModelNode &node = nodes_[found.node];
  memset(&stat, 0, sizeof stat);
  if (node.real >= 0) {
    result = live.statx(node.real, "", at_empty_path | at_symlink_nofollow, static_cast<unsigned>(mask), &stat);
    if (result < 0) {
      return result;
    }
  } else {
    constexpr uint32_t model_major = 0xfff;
    stat.stx_mask = STATX_BASIC_STATS;
    stat.stx_ino = found.node + 2;
    stat.stx_dev_major = model_major;
    stat.stx_dev_minor = node.device;
  }
  stat.stx_mode = static_cast<uint16_t>(node.type | node.mode);
  stat.stx_mask |= STATX_MNT_ID;
  stat.stx_mnt_id = found.mount + 1;
  stat.stx_attributes_mask |= STATX_ATTR_MOUNT_ROOT;
  if (mounts_[found.mount].root == found.node) {
    stat.stx_attributes |= STATX_ATTR_MOUNT_ROOT;
  }
  return 0;
}

// The copy that becomes a namespace is not told from the tree it was made of: nothing is done to either afterwards.
long Model::make_namespace(Place root) {
  if (nodes_[root.node].type != S_IFDIR) {
    return -ENOTDIR;
  }
  ModelFd entry;
  entry.what = ModelFd::What::namespace_of;
  entry.mount = root.mount;
  entry.node = root.node;
  return add_fd(entry);
}

long Model::fstatfs(long fd, long out) {
  auto &result = *reinterpret_cast<struct statfs *>(out);
  ModelFd *entry = get(fd);
  if (entry == nullptr || entry->what != ModelFd::What::path) {
    return -EBADF;
  }
  memset(&result, 0, sizeof result);
  int real = nodes_[entry->node].real;
  if (real >= 0) {
    if (int error = live.fstatfs(real, &result); error < 0) {
      return error;
    }
  } else {
    result.f_type = tmpfs_magic;
  }
  const ModelMount &mount = mounts_[entry->mount];
  if (entry->mount != 0) {
    result.f_flags = static_cast<decltype(result.f_flags)>(statfs_flags(mount.attributes));
  }
  return 0;
}

long Model::read_link(long dir, const char *path, char *out, size_t size) {
  Place found;
  Place list;
  if (descriptors_ != nothing && path[0] != '\0' && start_of(dir, path, list) == 0 && list.node == descriptors_) {
    if (int result = locate_descriptor(path, found); result < 0) {
      return result;
    }
    if (nodes_[found.node].real >= 0 && found.mount == 0) {
      char self[40];
      base::Writer(self, sizeof self).text("/proc/self/fd/").number(nodes_[found.node].real);
      return live.readlinkat(at_cwd, self, out, size);
    }
    char text[PATH_MAX];
    path_of(found, text, sizeof text);
    size_t length = strlen(text) < size ? strlen(text) : size;
    memcpy(out, text, length);
    return static_cast<long>(length);
  }
  int result = path[0] == '\0' ? start_of(dir, path, found) : locate(dir, path, false, found);
  if (result < 0) {
    return result;
  }
  const ModelNode &node = nodes_[found.node];
  if (node.type != S_IFLNK) {
    return -EINVAL;
  }
  if (node.text == nullptr) {
    return live.readlinkat(node.real, "", out, size);
  }
  size_t length = strlen(node.text) < size ? strlen(node.text) : size;
  memcpy(out, node.text, length);
  return static_cast<long>(length);
}

long Model::read(long fd, char *out, size_t size) {
  ModelFd *entry = get(fd);
  if (entry == nullptr || entry->text == nullptr) {
    return 0;  // an empty log; a pipe is not read, for that would change it
  }
  size_t length = strlen(entry->text) < size ? strlen(entry->text) : size;
  memcpy(out, entry->text, length);
  entry->text += length;
  return static_cast<long>(length);
}

long Model::invoke(Call call, const long args[6]) {
  bool no_descriptor = args[0] == -1;
  switch (call) {
    case Call::openat:
      return open(args[0], text_of(args[1]), static_cast<uint64_t>(args[2]), static_cast<uint32_t>(args[3]), 0);
    case Call::openat2: {
      if (no_descriptor) {
        return probe(call, args);
      }
      const auto &how = *reinterpret_cast<const OpenHow *>(args[2]);
      return open(args[0], text_of(args[1]), how.flags, static_cast<uint32_t>(how.mode), how.resolve);
    }
    case Call::close: {
      ModelFd *entry = get(args[0]);
      if (entry != nullptr) {
        if (entry->owns_real) {
          live.close(entry->real);
        }
        *entry = ModelFd();
      }
      return entry != nullptr ? 0 : -EBADF;
    }
    case Call::statx:
      return stat(args[0], text_of(args[1]), args[2], args[3], args[4]);
    case Call::fstatfs:
      return fstatfs(args[0], args[1]);
    case Call::readlinkat:
      return read_link(args[0], text_of(args[1]), reinterpret_cast<char *>(args[2]), static_cast<size_t>(args[3]));
    case Call::mkdirat:
      return make(args[0], text_of(args[1]), S_IFDIR, static_cast<uint32_t>(args[2]), nullptr);
    case Call::symlinkat:
      return make(args[1], text_of(args[2]), S_IFLNK, 0777, text_of(args[0]));
    case Call::unlinkat: {
      Place found;
      int result = locate(args[0], text_of(args[1]), false, found);
      if (result == 0) {
        nodes_[found.node].removed = true;
      }
      return result;
    }
    case Call::fchmodat:
    case Call::fchmodat2: {
      if (call == Call::fchmodat2 && !has_fchmodat2) {
        return -ENOSYS;
      }
      Place found;
      bool by_descriptor = text_of(args[1])[0] == '\0';
      int result = by_descriptor ? start_of(args[0], "", found) : locate_path(text_of(args[1]), found);
      if (result == 0) {
        nodes_[found.node].mode = static_cast<uint32_t>(args[2]);
      }
      return result;
    }
    case Call::getdents64: {
      ModelFd *entry = get(args[0]);
      return entry == nullptr  ? -EBADF
             : entry->real < 0 ? 0
                               : live.getdents64(entry->real, reinterpret_cast<void *>(args[1]), static_cast<size_t>(args[2]));
    }
    case Call::pread64: {
      ModelFd *entry = get(args[0]);
      return entry == nullptr  ? -EBADF
             : entry->real < 0 ? 0
                               : live.pread(entry->real, reinterpret_cast<void *>(args[1]), static_cast<size_t>(args[2]), args[3]);
    }
    case Call::read:
      return read(args[0], reinterpret_cast<char *>(args[1]), static_cast<size_t>(args[2]));
    case Call::write:
      return args[2];
    case Call::fcntl: {
      int adopted = adopt(args[0]);
      ModelFd *entry = adopted < 0 ? nullptr : get(adopted);
      if (entry == nullptr || adopted != args[0]) {
        return adopted;
      }
      ModelFd copy = *entry;
      copy.owns_real = false;
      return add_fd(copy);
    }
    case Call::ioctl:
      return live.invoke(nullptr, call, args);
    case Call::open_tree: {
      if (no_descriptor) {
        return probe(call, args);
      }
      Place found;
      const char *path = text_of(args[1]);
      int result = path[0] == '\0' ? start_of(args[0], path, found) : locate(args[0], path, false, found);
      if (result < 0) {
        return result;
      }
      if ((args[2] & open_tree_namespace) != 0) {
        return make_namespace(found);
      }
      ModelMount clone = mounts_[found.mount];
      clone.root = found.node;
      clone.parent = clone.on = nothing;
      ModelFd entry;
      entry.what = ModelFd::What::path;
      entry.node = found.node;
      entry.mount = add_mount(clone);
      return entry.mount == nothing ? -ENOMEM : add_fd(entry);
    }
    case Call::fsopen: {
      if (strcmp(text_of(args[0]), "no such type") == 0) {
        long result = live.invoke(nullptr, call, args);
        return result == -EPERM ? -ENODEV : result;
      }
      ModelFd context;
      context.what = ModelFd::What::context;
      context.type = copy(text_of(args[0]));
      context.mode = 0755;
      context.first_layer = static_cast<uint32_t>(layers_.size());
      return context.type == nullptr ? -ENOMEM : add_fd(context);
    }
    case Call::fsconfig: {
      if (no_descriptor) {
        return probe(call, args);
      }
      ModelFd *context = get(args[0]);
      if (context == nullptr) {
        return -EBADF;
      }
      const char *key = text_of(args[2]);
      if (args[1] == fsconfig_set_string && strcmp(key, "mode") == 0) {
        context->mode = static_cast<uint32_t>(strtoul(text_of(args[3]), nullptr, 8));
      }
      if (args[1] == fsconfig_set_string && strcmp(key, "source") == 0) {
        context->source = copy(text_of(args[3]));
      }
      if (args[1] == fsconfig_set_fd && strcmp(key, "lowerdir+") == 0) {
        if (ModelFd *layer = get(args[4]); layer != nullptr) {
          add_layer(*context, layer->node);
        }
      }
      if (args[1] == fsconfig_set_string && (strcmp(key, "lowerdir+") == 0 || strcmp(key, "lowerdir") == 0)) {
        add_layers(*context, text_of(args[3]));
      }
      return 0;
    }
    case Call::fsmount: {
      if (no_descriptor) {
        return probe(call, args);
      }
      ModelFd *context = get(args[0]);
      if (context == nullptr || context->what != ModelFd::What::context) {
        return -EBADF;
      }
      long mount = new_mount(*context);
      if (mount < 0) {
        return mount;
      }
      mounts_[static_cast<size_t>(mount)].attributes = static_cast<uint64_t>(args[2]);
      ModelFd entry;
      entry.what = ModelFd::What::path;
      entry.mount = static_cast<uint32_t>(mount);
      entry.node = mounts_[entry.mount].root;
      return add_fd(entry);
    }
    case Call::mount_setattr: {
      if (no_descriptor) {
        return probe(call, args);
      }
      Place found;
      const auto &change = *reinterpret_cast<const MountAttr *>(args[3]);
      if (int result = start_of(args[0], "", found); result < 0) {
        return result;
      }
      mounts_[found.mount].attributes = (mounts_[found.mount].attributes & ~change.clear) | change.set;
      return 0;
    }
    case Call::move_mount: {
      if (no_descriptor) {
        return probe(call, args);
      }
      Place from;
      Place to;
      int result = start_of(args[0], "", from);
      result = result < 0 ? result : start_of(args[2], "", to);
      if (result < 0) {
        return result;
      }
      return from.node == mounts_[from.mount].root ? attach(from.mount, to) : -EINVAL;
    }
    case Call::mount:
      return mount_call(args);
    case Call::umount2: {
      Place found;
      int result = locate_path(text_of(args[0]), found);
      found = result == 0 ? top(found) : root_;  // umount(2) looks for what is on a place, even through a descriptor
      if (found.mount != root_.mount) {
        detach(found.mount);
      }
      return result;
    }
    case Call::fchdir: {
      Place found;
      int result = start_of(args[0], "", found);
      if (result == 0) {
        cwd_ = found;
      }
      return result;
    }
    case Call::chroot:
      root_ = cwd_;
      return 0;
    case Call::setns: {
      if (no_descriptor) {
        return probe(call, args);
      }
      ModelFd *made = get(args[0]);
      if (made == nullptr || made->what != ModelFd::What::namespace_of) {
        return made == nullptr ? -EBADF : -EINVAL;
      }
      root_ = cwd_ = Place{made->mount, made->node};
      return 0;
    }
    case Call::pivot_root:
      root_ = cwd_;
      mounts_[root_.mount].parent = mounts_[root_.mount].on = nothing;
      return 0;
    case Call::umask: {
      uint32_t old = umask_;
      umask_ = static_cast<uint32_t>(args[0]);
      return old;
    }
    case Call::unshare:
    case Call::chdir:
    case Call::poll:
    case Call::lseek:
      return 0;
    case Call::open_tree_attr:
      return probe(call, args);
    case Call::statmount:
      return args[0] == 0 ? probe(call, args) : -ENOSYS;
    default:
      return -ENOSYS;
  }
}

Kernel Model::kernel() {
  return Kernel{this, [](void *self, Call call, const long args[6]) { return static_cast<Model *>(self)->invoke(call, args); }};
}

}  // namespace mountplan::kernel
