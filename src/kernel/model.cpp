// SPDX-License-Identifier: MIT
// The model's nodes, mounts and look-ups.
#include "kernel/model.hpp"

#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

namespace mountplan::kernel {

namespace {

constexpr int most_links = 40;

int type_on_host(int fd, uint32_t &type, uint32_t &mode) {
  struct statx stat;
  int result = live.statx(fd, "", at_empty_path | at_symlink_nofollow | at_no_automount, STATX_TYPE | STATX_MODE, &stat);
  if (result == 0) {
    type = stat.stx_mode & S_IFMT;
    mode = stat.stx_mode & 07777u;
  }
  return result;
}

// What is made gets its permission from the process, too. Only Linux 4.7 and later tells without changing it.
uint32_t read_umask(uint32_t usual) {
  int fd = live.openat(at_cwd, "/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
  char text[256];
  long length = fd < 0 ? 0 : live.read(fd, text, sizeof text - 1);
  if (fd >= 0) {
    live.close(fd);
  }
  text[length > 0 ? length : 0] = '\0';
  constexpr std::string_view label = "Umask:\t";
  const char *found = strstr(text, label.data());
  return found == nullptr ? usual : static_cast<uint32_t>(strtoul(found + label.size(), nullptr, 8));
}

}  // namespace

Model::~Model() {
  for (const ModelNode &node : nodes_) {
    if (node.owns_real) {
      live.close(node.real);
    }
  }
  for (const ModelFd &fd : fds_) {
    if (fd.owns_real) {
      live.close(fd.real);
    }
  }
}

bool Model::begin() {
  int result = live.fchmodat2(-1, "x", 0, 0);
  has_fchmodat2 = result != -ENOSYS && result != -EPERM;
  umask_ = read_umask(umask_);
  ModelNode top;
  top.type = S_IFDIR;
  top.mode = 0755;
  top.real = live.openat(at_cwd, "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  top.owns_real = top.real >= 0;
  ModelMount mount;
  mount.type = "host";
  mount.source = "host";
  mount.root = top.real < 0 ? nothing : add_node(top);
  if (mount.root == nothing || add_mount(mount) == nothing) {
    return false;
  }
  root_ = cwd_ = Place{0, mount.root};
  char path[PATH_MAX];
  int length = live.readlinkat(at_cwd, "/proc/self/cwd", path, sizeof path - 1);
  if (length > 0) {
    path[length] = '\0';
    Place found;
    if (resolve(root_, root_, path, true, found) == 0) {
      cwd_ = found;
    }
  }
  return true;
}

char *Model::copy(std::string_view text) {
  char *result = arena_.copy(text);
  out_of_memory_ = out_of_memory_ || result == nullptr;
  return result;
}

uint32_t Model::add_node(const ModelNode &node) {
  if (!nodes_.push(node)) {
    out_of_memory_ = true;
    if (node.owns_real) {
      live.close(node.real);
    }
    return nothing;
  }
  return static_cast<uint32_t>(nodes_.size() - 1);
}

uint32_t Model::add_mount(const ModelMount &mount) {
  bool added = mounts_.push(mount);
  out_of_memory_ = out_of_memory_ || !added;
  return added ? static_cast<uint32_t>(mounts_.size() - 1) : nothing;
}

uint32_t Model::look_on_host(uint32_t node, int dir, const char *name) {
  ModelNode found;
  found.parent = node;
  found.real = live.openat(dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (found.real < 0) {
    return nothing;
  }
  found.owns_real = true;
  found.name = copy(name);
  if (found.name == nullptr || type_on_host(found.real, found.type, found.mode) < 0) {
    live.close(found.real);
    return nothing;
  }
  return add_node(found);
}

// Something that was made, then what the host has, then the layers of an overlay.
uint32_t Model::find_child(uint32_t node, const char *name, size_t length) {
  for (uint32_t i = 0; i < nodes_.size(); i++) {
    const ModelNode &child = nodes_[i];
    if (child.parent == node && strlen(child.name) == length && memcmp(child.name, name, length) == 0) {
      return child.removed ? nothing : i;
    }
  }
  const char *component = copy(std::string_view(name, length));
  if (component == nullptr) {
    return nothing;
  }
  if (nodes_[node].real >= 0) {
    return look_on_host(node, nodes_[node].real, component);
  }
  for (uint32_t i = 0; i < nodes_[node].layer_count; i++) {
    uint32_t found = look_on_host(node, layers_[nodes_[node].first_layer + i], component);
    if (found != nothing) {
      return found;
    }
  }
  return nothing;
}

// What is mounted on a place, and on that.
Place Model::top(Place place) const {
  for (size_t i = mounts_.size(); i-- > 0;) {
    const ModelMount &mount = mounts_[i];
    if (!mount.gone && mount.parent == place.mount && mount.on == place.node) {
      return top(Place{static_cast<uint32_t>(i), mount.root});
    }
  }
  return place;
}

// One component; links are left to resolve().
int Model::step_into(Place &at, const char *name, size_t length, Place bound) {
  if (nodes_[at.node].type != S_IFDIR) {
    return -ENOTDIR;
  }
  if (length == 2 && name[0] == '.' && name[1] == '.') {
    while (at.node == mounts_[at.mount].root && mounts_[at.mount].parent != nothing &&
           !(at.mount == bound.mount && at.node == bound.node)) {
      at = Place{mounts_[at.mount].parent, mounts_[at.mount].on};
    }
    bool stays =
        (at.mount == bound.mount && at.node == bound.node) || nodes_[at.node].parent == nothing || at.node == mounts_[at.mount].root;
    if (!stays) {
      at = top(Place{at.mount, nodes_[at.node].parent});
    }
    return 0;
  }
  uint32_t child = find_child(at.node, name, length);
  if (child == nothing) {
    return -ENOENT;
  }
  at = Place{at.mount, child};
  return 0;
}

int Model::resolve(Place start, Place bound, const char *path, bool follow_last, Place &out, bool refuse_links) {
  char rest[PATH_MAX];
  size_t length = strlen(path);
  if (length >= sizeof rest) {
    return -ENAMETOOLONG;
  }
  memcpy(rest, path, length + 1);
  Place at = path[0] == '/' ? bound : start;
  int links = 0;
  for (;;) {
    size_t skip = strspn(rest, "/");
    size_t size = strcspn(rest + skip, "/");
    if (size == 0) {
      break;
    }
    char name[PATH_MAX];
    memcpy(name, rest + skip, size);
    bool slash_after = rest[skip + size] == '/';
    memmove(rest, rest + skip + size, strlen(rest + skip + size) + 1);
    bool last = rest[strspn(rest, "/")] == '\0';
    if (size == 1 && name[0] == '.') {
      continue;
    }
    Place before = at;
    if (int result = step_into(at, name, size, bound); result < 0) {
      return result;
    }
    if (nodes_[at.node].type == S_IFLNK && (!last || follow_last || slash_after)) {
      if (refuse_links) {
        return -ELOOP;
      }
      char text[PATH_MAX];
      const ModelNode &link = nodes_[at.node];
      int text_length = link.text != nullptr ? static_cast<int>(strlen(link.text)) : live.readlinkat(link.real, "", text, sizeof text - 1);
      if (link.text != nullptr) {
        memcpy(text, link.text, static_cast<size_t>(text_length));
      }
      if (text_length <= 0 || ++links > most_links) {
        return text_length <= 0 ? -ENOENT : -ELOOP;
      }
      size_t tail = strlen(rest);
      if (static_cast<size_t>(text_length) + tail + 2 > sizeof rest) {
        return -ENAMETOOLONG;
      }
      memmove(rest + text_length + 1, rest, tail + 1);
      memcpy(rest, text, static_cast<size_t>(text_length));
      rest[text_length] = '/';
      at = text[0] == '/' ? bound : before;
      continue;
    }
    at = top(at);
  }
  out = at;
  return 0;
}

int Model::start_of(long dir, const char *path, Place &start) {
  if (dir == at_cwd || path[0] == '/') {
    start = cwd_;
    return 0;
  }
  int fd = adopt(dir);
  ModelFd *entry = fd < 0 ? nullptr : get(fd);
  if (entry == nullptr || entry->node == nothing) {
    return -EBADF;
  }
  start = Place{entry->mount, entry->node};
  return 0;
}

int Model::locate(long dir, const char *path, bool follow_last, Place &out) {
  Place start;
  int result = start_of(dir, path, start);
  return result < 0 ? result : resolve(start, root_, path, follow_last, out);
}

// A path argument of mount(2) and its relatives: the name of a descriptor where they are listed, or a real path.
int Model::locate_path(const char *path, Place &out) {
  bool is_number = path[0] != '\0' && path[strspn(path, "0123456789")] == '\0';
  return is_number && cwd_.node == descriptors_ ? locate_descriptor(path, out) : locate(at_cwd, path, true, out);
}

int Model::locate_descriptor(const char *number, Place &out) {
  long fd = 0;
  for (const char *at = number; *at != '\0'; at++) {
    fd = fd * 10 + (*at - '0');
  }
  int adopted = adopt(fd);
  ModelFd *entry = adopted < 0 ? nullptr : get(adopted);
  if (entry == nullptr) {
    return -ENOENT;
  }
  out = Place{entry->mount, entry->node};
  return 0;
}

int Model::parent_of_new(long dir, const char *path, Place &parent, const char *&name) {
  const char *slash = strrchr(path, '/');
  name = copy(slash == nullptr ? path : slash + 1);
  const char *above = slash == nullptr ? "." : slash == path ? "/" : copy(std::string_view(path, static_cast<size_t>(slash - path)));
  if (name == nullptr || above == nullptr) {
    return -ENOMEM;
  }
  if (int result = locate(dir, above, true, parent); result < 0) {
    return result;
  }
  if (nodes_[parent.node].type != S_IFDIR) {
    return -ENOTDIR;
  }
  if (find_child(parent.node, name, strlen(name)) != nothing) {
    return -EEXIST;
  }
  return is_read_only(parent) ? -EROFS : 0;
}

bool Model::is_read_only(Place place) const {
  if ((mounts_[place.mount].attributes & attr_rdonly) != 0) {
    return true;
  }
  struct statfs host;
  int real = nodes_[place.node].real;
  constexpr long read_only = 1;
  return place.mount == 0 && real >= 0 && live.fstatfs(real, &host) == 0 && (host.f_flags & read_only) != 0;
}

void Model::path_of(Place place, char *out, size_t size) const {
  // Components from the end; the buffer is filled from its end.
  size_t at = size;
  if (size == 0) {
    return;
  }
  out[--at] = '\0';
  bool any = false;
  while (place.node != nothing) {
    if (place.node == mounts_[place.mount].root) {
      const ModelMount &mount = mounts_[place.mount];
      if (mount.parent == nothing) {
        break;
      }
      place = Place{mount.parent, mount.on};
      continue;
    }
    const ModelNode &node = nodes_[place.node];
    size_t length = strlen(node.name);
    if (length + 1 > at) {
      break;
    }
    at -= length;
    memcpy(out + at, node.name, length);
    out[--at] = '/';
    any = true;
    place.node = node.parent;
  }
  if (!any && at > 0) {
    out[--at] = '/';
  }
  memmove(out, out + at, size - at);
}

int Model::add_fd(const ModelFd &fd) {
  for (size_t i = 0; i < fds_.size(); i++) {
    if (fds_[i].what == ModelFd::What::closed) {
      fds_[i] = fd;
      return first_fd + static_cast<int>(i);
    }
  }
  if (!fds_.push(fd)) {
    out_of_memory_ = true;
    if (fd.owns_real) {
      live.close(fd.real);
    }
    return -ENOMEM;
  }
  return first_fd + static_cast<int>(fds_.size() - 1);
}

ModelFd *Model::get(long fd) {
  auto index = static_cast<size_t>(fd - first_fd);
  bool open = fd >= first_fd && index < fds_.size() && fds_[index].what != ModelFd::What::closed;
  return open ? &fds_[index] : nullptr;
}

// A real descriptor that the caller handed in becomes one of the model. Model descriptors stay what they are.
int Model::adopt(long fd) {
  if (fd >= first_fd && get(fd) != nullptr) {
    return static_cast<int>(fd);
  }
  ModelNode node;
  node.real = static_cast<int>(fd);
  node.name = "fd";
  if (int result = type_on_host(node.real, node.type, node.mode); result < 0) {
    return result;
  }
  ModelFd entry;
  entry.what = ModelFd::What::path;
  entry.mount = 0;
  entry.real = static_cast<int>(fd);
  entry.node = add_node(node);
  return entry.node == nothing ? -ENOMEM : add_fd(entry);
}

}  // namespace mountplan::kernel
