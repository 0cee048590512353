// SPDX-License-Identifier: MIT
// A mount namespace of this program's own, with an empty tmpfs to mount things in: the host's mounts are not touched.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace mountplan::bench {

inline void must(bool done, const char *what) {
  if (!done) {
    perror(what);
    exit(1);
  }
}

inline const char *const scratch = "/mnt";  // covered by a tmpfs here

// Before any thread is made. Needs root.
inline void enter_world() {
  must(unshare(CLONE_NEWNS) == 0, "unshare: benchmarks on real mounts are for root");
  must(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0, "making all mounts private");
  must(mount("bench", scratch, "tmpfs", 0, "mode=0755") == 0, "mounting a tmpfs");
  must(chdir(scratch) == 0, "chdir");
}

// `count` mounts more in this namespace, at scratch/extra/N, gone with the object.
class ExtraMounts {
 public:
  explicit ExtraMounts(size_t count) {
    must(mkdir("extra", 0755) == 0, "mkdir");
    must(mount("extra", "extra", "tmpfs", 0, "mode=0755") == 0, "mounting a tmpfs");
    must(mkdir("extra/source", 0755) == 0, "mkdir");
    for (size_t i = 1; i < count; i++) {
      const std::string path = "extra/" + std::to_string(i);
      must(mkdir(path.c_str(), 0755) == 0 && mount("extra/source", path.c_str(), nullptr, MS_BIND, nullptr) == 0, "mounting");
    }
  }
  ExtraMounts(const ExtraMounts &) = delete;
  ExtraMounts &operator=(const ExtraMounts &) = delete;
  ~ExtraMounts() {
    umount2("extra", MNT_DETACH);
    rmdir("extra");
  }
};

}  // namespace mountplan::bench
