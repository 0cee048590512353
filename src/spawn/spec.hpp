// SPDX-License-Identifier: MIT
// What to run: the program, its environment and namespaces, as the caller sets them. Arguments are checked when they are set; what
// only makes sense together is checked by launch.cpp.
#pragma once

#include <cstdint>

#include "base/arena.hpp"
#include "base/failure.hpp"
#include "base/vec.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::spawn {

// `count` ids from `inside` are those from `outside` in the caller's user namespace.
struct IdRange {
  uint32_t inside;
  uint32_t outside;
  uint32_t count;
};

// The descriptor `from` becomes number `to` in the program.
struct FdPlace {
  int from;
  int to;
};

struct Ids {
  uint32_t uid = 0;
  uint32_t gid = 0;
};

struct Spec {
  explicit Spec(const kernel::Kernel &door) : kernel(&door) {}
  Spec(const Spec &) = delete;
  Spec &operator=(const Spec &) = delete;
  ~Spec();

  const kernel::Kernel *kernel;
  base::Arena arena;
  base::Vec<const char *> argv;  // both arrays end with NULL
  base::Vec<const char *> env;
  bool has_env = false;
  const char *cwd = "/";
  const char *hostname = nullptr;
  uint64_t namespaces = 0;  // MPLAN_NAMESPACE_
  uint64_t flags = 0;       // MPLAN_SPAWN_
  base::Vec<IdRange> uid_map;
  base::Vec<IdRange> gid_map;
  bool has_ids = false;
  Ids ids;
  bool has_capabilities = false;
  uint64_t capabilities = 0;
  base::Vec<FdPlace> fds;  // duplicates that belong to this object
};

int set_argv(Spec &spec, const char *const *argv, size_t count, base::Failure &failure);
int set_env(Spec &spec, const char *const *env, size_t count, base::Failure &failure);
int set_cwd(Spec &spec, const char *path, base::Failure &failure);
int set_hostname(Spec &spec, const char *name, base::Failure &failure);
int set_namespaces(Spec &spec, uint64_t namespaces, base::Failure &failure);
int set_flags(Spec &spec, uint64_t flags, base::Failure &failure);
int add_range(base::Vec<IdRange> &map, IdRange range, base::Failure &failure);
int set_ids(Spec &spec, Ids ids, base::Failure &failure);
int add_fd(Spec &spec, int fd, int child_fd, base::Failure &failure);

}  // namespace mountplan::spawn
