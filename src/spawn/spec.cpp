// SPDX-License-Identifier: MIT
#include "spawn/spec.hpp"

#include <mountplan/spawn.h>

#include <cerrno>
#include <cstring>

#include "base/writer.hpp"

namespace mountplan::spawn {

namespace {

constexpr size_t most_ranges = 340;        // the kernel's limit, user_namespaces(7)
constexpr size_t longest_hostname = 64;    // __NEW_UTS_LEN
constexpr size_t longest_path = 4096 - 1;  // PATH_MAX without the NUL
constexpr uint64_t id_end = UINT32_MAX;    // (uid_t)-1 is no id

// Copies strings into `out`, a NULL behind the last.
int copy_strings(Spec &spec, const char *const *strings, size_t count, base::Vec<const char *> &out, base::Failure &failure) {
  base::Vec<const char *> copies;
  if (count >= SIZE_MAX / sizeof(char *) || !copies.reserve(count + 1)) {
    return fail_memory(failure);
  }
  for (size_t i = 0; i < count; i++) {
    if (strings[i] == nullptr) {
      return fail_argument(failure, EINVAL, "a string of the array is NULL");
    }
    const char *copy = spec.arena.copy(strings[i]);
    if (copy == nullptr || !copies.push(copy)) {
      return fail_memory(failure);
    }
  }
  if (!copies.push(nullptr)) {
    return fail_memory(failure);
  }
  out = static_cast<base::Vec<const char *> &&>(copies);
  return 0;
}

int refuse_unknown_bits(uint64_t given, uint64_t known, const char *what, base::Failure &failure) {
  uint64_t unknown = given & ~known;
  if (unknown == 0) {
    return 0;
  }
  char detail[128];
  base::Writer(detail, sizeof detail).text("unknown bit ").hex(unknown & (~unknown + 1)).text(" in the ").text(what);
  return fail_argument(failure, EINVAL, detail);
}

bool meet(uint32_t first, uint32_t first_count, uint32_t second, uint32_t second_count) {
  return first < uint64_t{second} + second_count && second < uint64_t{first} + first_count;
}

}  // namespace

Spec::~Spec() {
  for (const FdPlace &place : fds) {
    kernel->close(place.from);
  }
}

int set_argv(Spec &spec, const char *const *argv, size_t count, base::Failure &failure) {
  if (argv == nullptr || count == 0 || argv[0] == nullptr || argv[0][0] == '\0') {
    return fail_argument(failure, EINVAL, "argv names no program");
  }
  return copy_strings(spec, argv, count, spec.argv, failure);
}

int set_env(Spec &spec, const char *const *env, size_t count, base::Failure &failure) {
  if (env == nullptr && count > 0) {
    return fail_argument(failure, EINVAL, "env is NULL");
  }
  for (size_t i = 0; i < count; i++) {
    if (env[i] != nullptr && (env[i][0] == '=' || strchr(env[i], '=') == nullptr)) {
      return fail_argument(failure, EINVAL, "a string of env is not NAME=value");
    }
  }
  int result = copy_strings(spec, env, count, spec.env, failure);
  spec.has_env = spec.has_env || result == 0;
  return result;
}

int set_cwd(Spec &spec, const char *path, base::Failure &failure) {
  if (path == nullptr) {
    spec.cwd = "/";
    return 0;
  }
  if (path[0] != '/') {
    return fail_argument(failure, EINVAL, "the working directory is not an absolute path");
  }
  if (strlen(path) > longest_path) {
    return fail_argument(failure, EINVAL, "the working directory is longer than 4095 bytes");
  }
  const char *copy = spec.arena.copy(path);
  if (copy == nullptr) {
    return fail_memory(failure);
  }
  spec.cwd = copy;
  return 0;
}

int set_hostname(Spec &spec, const char *name, base::Failure &failure) {
  if (name == nullptr) {
    spec.hostname = nullptr;
    return 0;
  }
  if (name[0] == '\0' || strlen(name) > longest_hostname) {
    return fail_argument(failure, EINVAL, "a host name has 1 to 64 bytes");
  }
  const char *copy = spec.arena.copy(name);
  if (copy == nullptr) {
    return fail_memory(failure);
  }
  spec.hostname = copy;
  return 0;
}

int set_namespaces(Spec &spec, uint64_t namespaces, base::Failure &failure) {
  constexpr uint64_t known =
      MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID | MPLAN_NAMESPACE_NET | MPLAN_NAMESPACE_IPC | MPLAN_NAMESPACE_UTS | MPLAN_NAMESPACE_CGROUP;
  int result = refuse_unknown_bits(namespaces, known, "namespaces", failure);
  if (result == 0) {
    spec.namespaces = namespaces;
  }
  return result;
}

int set_flags(Spec &spec, uint64_t flags, base::Failure &failure) {
  constexpr uint64_t known = MPLAN_SPAWN_DIE_WITH_PARENT | MPLAN_SPAWN_NEW_SESSION | MPLAN_SPAWN_AS_PID_1 | MPLAN_SPAWN_KEEP_PRIVILEGES |
                             MPLAN_SPAWN_NO_LOOPBACK | MPLAN_SPAWN_NO_VERIFY;
  int result = refuse_unknown_bits(flags, known, "flags", failure);
  if (result == 0) {
    spec.flags = flags;
  }
  return result;
}

int add_range(base::Vec<IdRange> &map, IdRange range, base::Failure &failure) {
  if (range.count == 0 || uint64_t{range.inside} + range.count > id_end || uint64_t{range.outside} + range.count > id_end) {
    return fail_argument(failure, EINVAL, "a range of ids is empty or ends beyond 4294967294");
  }
  if (map.size() == most_ranges) {
    return fail_argument(failure, EINVAL, "more than 340 ranges of ids");
  }
  for (const IdRange &other : map) {
    if (meet(range.inside, range.count, other.inside, other.count) || meet(range.outside, range.count, other.outside, other.count)) {
      return fail_argument(failure, EINVAL, "two ranges of ids overlap");
    }
  }
  return map.push(range) ? 0 : fail_memory(failure);
}

int set_ids(Spec &spec, Ids ids, base::Failure &failure) {
  if (ids.uid == UINT32_MAX || ids.gid == UINT32_MAX) {
    return fail_argument(failure, EINVAL, "4294967295 is no id");
  }
  spec.ids = ids;
  spec.has_ids = true;
  return 0;
}

int add_fd(Spec &spec, int fd, int child_fd, base::Failure &failure) {
  if (child_fd < 0) {
    return fail_argument(failure, EINVAL, "the number in the child is negative");
  }
  for (const FdPlace &place : spec.fds) {
    if (place.to == child_fd) {
      return fail_argument(failure, EINVAL, "the number in the child is given twice");
    }
  }
  int copy = spec.kernel->duplicate(fd);
  if (copy < 0) {
    return fail_call(failure, copy, "fcntl");
  }
  if (!spec.fds.push(FdPlace{copy, child_fd})) {
    spec.kernel->close(copy);
    return fail_memory(failure);
  }
  return 0;
}

}  // namespace mountplan::spawn
