// SPDX-License-Identifier: MIT
// In-root look-up without openat2(2): component by component with O_PATH | O_NOFOLLOW, symbolic links read and followed here,
// so that the kernel never follows one. Bounded: PATH_MAX bytes of path, 40 links.
//
// The components walked so far are kept as text without links; `..` drops the last one and walks again from the base. That costs
// a few calls more than keeping a descriptor per level, and needs no stack of descriptors.
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

constexpr int most_links = 40;
constexpr int most_steps = 100000;  // a walk that is longer is held up on purpose

struct Walk {
  const kernel::Kernel &kernel;
  int base;
  int fd;               // where we are; equal to base at the top
  char done[PATH_MAX];  // resolved components, "a/b"
  size_t done_length = 0;
  char rest[PATH_MAX];  // still to go
  int steps = 0;

  explicit Walk(const kernel::Kernel &k, int base_fd) : kernel(k), base(base_fd), fd(base_fd) {}
  ~Walk() { leave(); }
  void leave() {
    if (fd != base) {
      kernel.close(fd);
    }
    fd = base;
  }
  void to_top() {
    leave();
    done_length = 0;
  }
};

// One component down, which is known to be no link. Closes where we were.
int enter(Walk &walk, const char *name, size_t length) {
  if (++walk.steps > most_steps) {
    return -EAGAIN;
  }
  if (length > NAME_MAX) {
    return -ENAMETOOLONG;
  }
  char component[NAME_MAX + 1];
  memcpy(component, name, length);
  component[length] = '\0';
  int next = walk.kernel.openat(walk.fd, component, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (next < 0) {
    return next;
  }
  walk.leave();
  walk.fd = next;
  return 0;
}

int go_up(Walk &walk) {
  size_t length = walk.done_length;
  while (length > 0 && walk.done[length - 1] != '/') {
    length--;
  }
  length = length > 0 ? length - 1 : 0;
  walk.leave();
  for (size_t at = 0; at < length;) {
    size_t end = at;
    while (end < length && walk.done[end] != '/') {
      end++;
    }
    if (int result = enter(walk, walk.done + at, end - at); result < 0) {
      return result;
    }
    at = end + 1;
  }
  walk.done_length = length;
  return 0;
}

// Links of procfs below a process directory (fd/3, exe, root, ns/net) do not lead where their text says. Those at its root (self) do.
int refuse_magic(Walk &walk, int link) {
  struct statfs file_system;
  if (int result = walk.kernel.fstatfs(link, &file_system); result < 0 || file_system.f_type != kernel::proc_super_magic) {
    return result;
  }
  struct statx parent;
  int result = walk.kernel.statx(walk.fd, "", kernel::at_empty_path, STATX_INO, &parent);
  return result < 0 ? result : parent.stx_ino != kernel::proc_root_inode ? -ELOOP : 0;
}

// Puts the text of a link in front of what is still to go.
int splice(Walk &walk, int link) {
  char text[PATH_MAX];
  int length = walk.kernel.readlinkat(link, "", text, sizeof text);
  if (length < 0) {
    return length;
  }
  size_t rest = strlen(walk.rest);
  if (length == 0 || static_cast<size_t>(length) + 1 + rest >= sizeof walk.rest) {
    return length == 0 ? -ENOENT : -ENAMETOOLONG;
  }
  memmove(walk.rest + length + 1, walk.rest, rest + 1);
  memcpy(walk.rest, text, static_cast<size_t>(length));
  walk.rest[length] = '/';
  if (text[0] == '/') {
    walk.to_top();
  }
  return 0;
}

}  // namespace

int walk(const kernel::Kernel &kernel, int base, const char *path, int flags) {
  Walk walk(kernel, base);
  size_t length = strlen(path);
  if (length >= sizeof walk.rest) {
    return -ENAMETOOLONG;
  }
  memcpy(walk.rest, path, length + 1);
  int links = 0;
  for (;;) {
    size_t at = strspn(walk.rest, "/");
    if (walk.rest[at] == '\0') {
      break;
    }
    size_t size = strcspn(walk.rest + at, "/");
    char name[NAME_MAX + 1];
    if (size > NAME_MAX) {
      return -ENAMETOOLONG;
    }
    memcpy(name, walk.rest + at, size);
    name[size] = '\0';
    bool slash_after = walk.rest[at + size] == '/';
    memmove(walk.rest, walk.rest + at + size, strlen(walk.rest + at + size) + 1);
    bool last = walk.rest[strspn(walk.rest, "/")] == '\0';
    if (strcmp(name, ".") == 0) {
      continue;
    }
    if (strcmp(name, "..") == 0) {
      if (int result = go_up(walk); result < 0) {
        return result;
      }
      continue;
    }
    int next = walk.kernel.openat(walk.fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0) {
      return next;
    }
    struct statx stat;
    int result = kernel.statx(next, "", kernel::at_empty_path | kernel::at_symlink_nofollow, STATX_TYPE, &stat);
    if (result >= 0 && type_of(stat) == S_IFLNK && !(last && !slash_after && (flags & O_NOFOLLOW) != 0)) {
      result = ++links > most_links ? -ELOOP : refuse_magic(walk, next);
      result = result < 0 ? result : splice(walk, next);
      kernel.close(next);
      if (result < 0) {
        return result;
      }
      continue;
    }
    if (result >= 0 && !last && type_of(stat) != S_IFDIR) {
      result = -ENOTDIR;
    }
    size_t added = size + (walk.done_length > 0 ? 1 : 0);
    if (result >= 0 && walk.done_length + added >= sizeof walk.done) {
      result = -ENAMETOOLONG;
    }
    if (result < 0) {
      kernel.close(next);
      return result;
    }
    if (walk.done_length > 0) {
      walk.done[walk.done_length++] = '/';
    }
    memcpy(walk.done + walk.done_length, name, size);
    walk.done_length += size;
    walk.leave();
    walk.fd = next;
  }
  // Reopen what was found with the flags that were asked for; "." of a directory, so no name is looked up again.
  if ((flags & O_DIRECTORY) != 0 || walk.fd == base) {
    return kernel.openat(walk.fd, ".", flags | O_CLOEXEC);
  }
  int fd = walk.fd;
  walk.fd = base;
  return fd;
}

}  // namespace mountplan::engine
