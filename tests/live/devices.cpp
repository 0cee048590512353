// SPDX-License-Identifier: MIT
// The tmpfs is filled where it will be: nobody else looks into this mount namespace.
#include "live/devices.hpp"

#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

namespace live {

namespace {

constexpr struct {
  const char *path;
  unsigned major_number, minor_number;
} nodes[] = {{"/dev/null", 1, 3},   {"/dev/zero", 1, 5},    {"/dev/full", 1, 7},
             {"/dev/random", 1, 8}, {"/dev/urandom", 1, 9}, {"/dev/tty", 5, 0}};

constexpr struct {
  const char *text, *path;
} links[] = {
    {"pts/ptmx", "/dev/ptmx"}, {"/proc/self/fd", "/dev/fd"}, {"fd/0", "/dev/stdin"}, {"fd/1", "/dev/stdout"}, {"fd/2", "/dev/stderr"}};

}  // namespace

bool make_own_devices() {
  if (mount("devices", "/dev", "tmpfs", 0, "mode=0755") != 0) {
    return false;
  }
  for (const auto &node : nodes) {
    // The mode asked for when it is made is subject to the umask.
    if (mknod(node.path, S_IFCHR, makedev(node.major_number, node.minor_number)) != 0 || chmod(node.path, 0666) != 0) {
      return false;
    }
  }
  for (const auto &link : links) {
    if (symlink(link.text, link.path) != 0) {
      return false;
    }
  }
  return mkdir("/dev/shm", 01777) == 0 && mkdir("/dev/pts", 0755) == 0 &&
         mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620") == 0;
}

}  // namespace live
