// SPDX-License-Identifier: MIT
#include "spawn/launch.hpp"

#include <linux/sched.h>
#include <mountplan/spawn.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/writer.hpp"

// The environment of the calling process, as execv(3) uses it.
extern char **environ;

namespace mountplan::spawn {

namespace {

constexpr std::string_view default_path = "/usr/bin:/bin";

unsigned long clone_flags_of(uint64_t namespaces) {
  struct Row {
    uint64_t ours;
    unsigned long kernels;
  };
  constexpr Row rows[] = {
      {MPLAN_NAMESPACE_USER, CLONE_NEWUSER}, {MPLAN_NAMESPACE_PID, CLONE_NEWPID}, {MPLAN_NAMESPACE_NET, CLONE_NEWNET},
      {MPLAN_NAMESPACE_IPC, CLONE_NEWIPC},   {MPLAN_NAMESPACE_UTS, CLONE_NEWUTS}, {MPLAN_NAMESPACE_CGROUP, CLONE_NEWCGROUP},
  };
  unsigned long flags = CLONE_NEWNS;
  for (const Row &row : rows) {
    flags |= (namespaces & row.ours) != 0 ? row.kernels : 0;
  }
  return flags;
}

int check_together(const Spec &spec, base::Failure &failure) {
  if (spec.argv.empty()) {
    return fail_argument(failure, EINVAL, "no program was set");
  }
  if (spec.hostname != nullptr && (spec.namespaces & MPLAN_NAMESPACE_UTS) == 0) {
    return fail_argument(failure, EINVAL, "a host name needs a new uts namespace");
  }
  if ((spec.namespaces & MPLAN_NAMESPACE_USER) == 0 && !(spec.uid_map.empty() && spec.gid_map.empty())) {
    return fail_argument(failure, EINVAL, "an id map needs a new user namespace");
  }
  if ((spec.flags & MPLAN_SPAWN_AS_PID_1) != 0 && (spec.namespaces & MPLAN_NAMESPACE_PID) == 0) {
    return fail_argument(failure, EINVAL, "being process 1 needs a new pid namespace");
  }
  return 0;
}

// Copies a map, or makes the one that maps the caller's id to itself.
bool take_map(const base::Vec<IdRange> &given, uint32_t caller, base::Vec<IdRange> &out) {
  for (const IdRange &range : given) {
    if (!out.push(range)) {
      return false;
    }
  }
  return !given.empty() || out.push(IdRange{caller, caller, 1});
}

std::optional<uint32_t> inside(const base::Vec<IdRange> &map, uint32_t outside) {
  for (const IdRange &range : map) {
    if (outside >= range.outside && outside - range.outside < range.count) {
      return range.inside + (outside - range.outside);
    }
  }
  return std::nullopt;
}

bool is_mapped(const base::Vec<IdRange> &map, uint32_t id) {
  for (const IdRange &range : map) {
    if (id >= range.inside && id - range.inside < range.count) {
      return true;
    }
  }
  return false;
}

// The id of the program and the one the root is built with: an id that is not mapped can make no file.
int choose_id(const base::Vec<IdRange> &map, uint32_t caller, bool asked, const char *what, uint32_t &setup, uint32_t &final,
              base::Failure &failure) {
  char detail[128];
  base::Writer text(detail, sizeof detail);
  std::optional<uint32_t> own = inside(map, caller);
  if (!asked) {
    if (!own) {
      text.text("the caller's ").text(what).text(" ").unsigned_number(caller).text(" is not in the id map, and no id was set");
      return fail_argument(failure, EINVAL, detail);
    }
    final = *own;
  }
  if (!is_mapped(map, final)) {
    text.text(what).text(" ").unsigned_number(final).text(" is not in the id map");
    return fail_argument(failure, EINVAL, detail);
  }
  setup = own ? *own : is_mapped(map, 0) ? 0 : final;
  return 0;
}

int plan_ids(const Spec &spec, const kernel::Kernel &kernel, Launch &launch, base::Failure &failure) {
  launch.caller.uid = static_cast<uint32_t>(kernel.call(kernel::Call::geteuid));
  launch.caller.gid = static_cast<uint32_t>(kernel.call(kernel::Call::getegid));
  launch.ids = spec.has_ids ? spec.ids : launch.caller;
  launch.set_ids = spec.has_ids || launch.new_user_namespace;
  if (launch.new_user_namespace) {
    if (!take_map(spec.uid_map, launch.caller.uid, launch.uid_map) || !take_map(spec.gid_map, launch.caller.gid, launch.gid_map)) {
      return fail_memory(failure);
    }
    int result = choose_id(launch.uid_map, launch.caller.uid, spec.has_ids, "uid", launch.setup_ids.uid, launch.ids.uid, failure);
    if (result == 0) {
      result = choose_id(launch.gid_map, launch.caller.gid, spec.has_ids, "gid", launch.setup_ids.gid, launch.ids.gid, failure);
    }
    if (result < 0) {
      return result;
    }
  }
  launch.limit_capabilities = spec.has_capabilities || launch.new_user_namespace || launch.ids.uid != 0;
  launch.capabilities = spec.has_capabilities ? spec.capabilities : 0;
  return 0;
}

int plan_environment(const Spec &spec, Launch &launch, base::Failure &failure) {
  if (spec.has_env) {
    launch.env = spec.env.data();
    return 0;
  }
  // Only the array is copied: another thread may make it grow, but no libc takes a string back.
  for (char **variable = environ; variable != nullptr && *variable != nullptr; variable++) {
    if (!launch.environment.push(*variable)) {
      return fail_memory(failure);
    }
  }
  if (!launch.environment.push(nullptr)) {
    return fail_memory(failure);
  }
  launch.env = launch.environment.data();
  return 0;
}

std::string_view search_path(const char *const *env) {
  for (; *env != nullptr; env++) {
    if (strncmp(*env, "PATH=", 5) == 0) {
      return *env + 5;
    }
  }
  return default_path;
}

// An empty component of PATH is the working directory, as execvp(3) has it.
int plan_candidates(Launch &launch, base::Failure &failure) {
  std::string_view program = launch.argv[0];
  if (program.find('/') != std::string_view::npos) {
    if (!launch.candidates.push(launch.argv[0]) || !launch.candidates.push(nullptr)) {
      return fail_memory(failure);
    }
    return 0;
  }
  std::string_view rest = search_path(launch.env);
  for (bool more = true; more;) {
    size_t colon = rest.find(':');
    more = colon != std::string_view::npos;
    std::string_view folder(rest.data(), more ? colon : rest.size());
    rest.remove_prefix(more ? colon + 1 : rest.size());
    if (folder.empty()) {
      folder = ".";
    }
    size_t size = folder.size() + 1 + program.size() + 1;
    auto *candidate = static_cast<char *>(launch.arena.allocate(size));
    if (candidate == nullptr || !launch.candidates.push(candidate)) {
      return fail_memory(failure);
    }
    base::Writer(candidate, size).text(folder).text("/").text(program);
  }
  return launch.candidates.push(nullptr) ? 0 : fail_memory(failure);
}

}  // namespace

int plan_launch(const Spec &spec, const kernel::Kernel &kernel, Launch &launch, base::Failure &failure) {
  int result = check_together(spec, failure);
  if (result < 0) {
    return result;
  }
  launch.argv = spec.argv.data();
  launch.cwd = spec.cwd;
  launch.hostname = spec.hostname;
  launch.flags = spec.flags;
  launch.namespaces = spec.namespaces;
  launch.clone_flags = clone_flags_of(spec.namespaces);
  launch.new_user_namespace = (spec.namespaces & MPLAN_NAMESPACE_USER) != 0;
  launch.new_net_namespace = (spec.namespaces & MPLAN_NAMESPACE_NET) != 0;
  launch.reaper = (spec.namespaces & MPLAN_NAMESPACE_PID) != 0 && (spec.flags & MPLAN_SPAWN_AS_PID_1) == 0;
  for (const FdPlace &place : spec.fds) {
    if (!launch.fds.push(place)) {
      return fail_memory(failure);
    }
  }
  result = plan_environment(spec, launch, failure);
  if (result == 0) {
    result = plan_candidates(launch, failure);
  }
  return result < 0 ? result : plan_ids(spec, kernel, launch, failure);
}

}  // namespace mountplan::spawn
