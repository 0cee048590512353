// SPDX-License-Identifier: MIT
// Which way the child gets its root: with a mount namespace of its own from the start, or with one that is made of the finished root.
#include <linux/capability.h>
#include <linux/sched.h>
#include <mountplan/spawn.h>

#include <cerrno>

#include "kernel/features.hpp"
#include "spawn/launch.hpp"

namespace mountplan::spawn {

namespace {

constexpr uint64_t bit(unsigned capability) { return uint64_t{1} << capability; }

// To mount, and to go over to another namespace.
constexpr uint64_t to_enter = bit(CAP_SYS_ADMIN) | bit(CAP_SYS_CHROOT);
// Besides: to make files as the child would, whoever it is, and to get at its namespaces.
constexpr uint64_t to_build_for_others = to_enter | bit(CAP_SETUID) | bit(CAP_SETGID) | bit(CAP_SYS_PTRACE) | bit(CAP_DAC_OVERRIDE) |
                                         bit(CAP_DAC_READ_SEARCH) | bit(CAP_FOWNER) | bit(CAP_FSETID) | bit(CAP_CHOWN);

bool has(const kernel::Kernel &kernel, uint64_t wanted) {
  kernel::Capabilities capabilities;
  return kernel::get_capabilities(kernel, capabilities) == 0 && (capabilities.effective & wanted) == wanted;
}

bool is_zero_mapped(const base::Vec<IdRange> &map) {
  for (const IdRange &range : map) {
    if (range.inside == 0) {
      return true;
    }
  }
  return false;
}

bool has_root(const Launch &launch) { return is_zero_mapped(launch.uid_map) && is_zero_mapped(launch.gid_map); }

}  // namespace

void choose_commit(const kernel::Kernel &kernel, Launch &launch) {
  const int lacks = kernel::namespaces_lack(kernel);
  if (lacks == EINVAL || lacks == ENOSYS) {
    return;
  }
  engine::Program &program = *launch.program;
  if (!launch.new_user_namespace) {
    if (has(kernel, to_enter) && engine::commit_from_host(program, kernel)) {
      launch.clone_flags &= ~static_cast<unsigned long>(CLONE_NEWNS);
      return;
    }
  } else if (has(kernel, to_build_for_others) && engine::can_hand_over(program, launch.namespaces, has_root(launch), kernel)) {
    launch.worker = true;
    launch.clone_flags &= ~static_cast<unsigned long>(CLONE_NEWNS);
    return;
  }
  engine::commit_in_own(program);  // without privilege here, the child may have it
}

}  // namespace mountplan::spawn
