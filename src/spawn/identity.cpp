// SPDX-License-Identifier: MIT
#include "spawn/identity.hpp"

#include <linux/capability.h>
#include <mountplan/spawn.h>
#include <sys/prctl.h>

#include <cerrno>

#include "base/writer.hpp"

namespace mountplan::spawn {

namespace {

constexpr int most_capabilities = 64;
constexpr int known_capabilities = CAP_AUDIT_READ + 1;  // every kernel since 3.16 has at least these

int set_group_id(const kernel::Kernel &kernel, uint32_t gid, base::Failure &failure) {
  long id = gid;
  auto result = static_cast<int>(kernel.call(kernel::Call::setresgid, id, id, id));
  return result < 0 ? fail_call(failure, result, "setresgid") : 0;
}

int set_user_id(const kernel::Kernel &kernel, uint32_t uid, base::Failure &failure) {
  long id = uid;
  auto result = static_cast<int>(kernel.call(kernel::Call::setresuid, id, id, id));
  return result < 0 ? fail_call(failure, result, "setresuid") : 0;
}

int drop_groups(const kernel::Kernel &kernel, base::Failure &failure) {
  auto result = static_cast<int>(kernel.call(kernel::Call::setgroups, 0, 0));
  return result < 0 ? fail_call(failure, result, "setgroups") : 0;
}

int fail_prctl(base::Failure &failure, int result, const char *option) {
  fail_call(failure, result, "prctl");
  base::Writer(failure.detail, sizeof failure.detail).text(option);
  return result;
}

// Without a capability in the bounding set no execve(2) gives it back, not even to user 0. `known` receives those the kernel has.
int limit_bounding_set(const kernel::Kernel &kernel, uint64_t keep, uint64_t &known, base::Failure &failure) {
  known = 0;
  for (int capability = 0; capability < most_capabilities; capability++) {
    auto number = static_cast<unsigned long>(capability);
    int present = kernel::prctl(kernel, PR_CAPBSET_READ, number);
    if (present == -EINVAL && capability >= known_capabilities) {
      break;
    }
    if (present < 0) {
      return fail_prctl(failure, present, "PR_CAPBSET_READ");
    }
    known |= uint64_t{1} << capability;
    if (present == 1 && (keep >> capability & 1) == 0) {
      int result = kernel::prctl(kernel, PR_CAPBSET_DROP, number);
      if (result < 0) {
        return fail_prctl(failure, result, "PR_CAPBSET_DROP");
      }
    }
  }
  return 0;
}

// Capabilities survive the execve(2) of a user other than 0 as ambient ones only, which have to be inheritable too. User 0 gets those of
// the bounding set anyway.
int set_capabilities(const kernel::Kernel &kernel, uint64_t keep, base::Failure &failure) {
  int result = kernel::prctl(kernel, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL);
  if (result < 0) {
    return fail_prctl(failure, result, "PR_CAP_AMBIENT_CLEAR_ALL");
  }
  result = kernel::set_capabilities(kernel, {keep, keep, keep});
  if (result < 0) {
    return fail_call(failure, result, "capset");
  }
  if (kernel.call(kernel::Call::geteuid) == 0) {
    return 0;
  }
  for (int capability = 0; capability < most_capabilities; capability++) {
    if ((keep >> capability & 1) != 0) {
      result = kernel::prctl(kernel, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, static_cast<unsigned long>(capability));
      if (result < 0) {
        return fail_prctl(failure, result, "PR_CAP_AMBIENT_RAISE");
      }
    }
  }
  return 0;
}

int take_program_ids(const kernel::Kernel &kernel, const Launch &launch, base::Failure &failure) {
  if (!launch.new_user_namespace) {
    // In a new one the groups were dropped before the root was built, where that is possible at all.
    int result = drop_groups(kernel, failure);
    if (result < 0) {
      return result;
    }
  }
  if (launch.limit_capabilities) {
    int result = kernel::prctl(kernel, PR_SET_KEEPCAPS, 1);  // capset(2) below takes what is not to be kept
    if (result < 0) {
      return fail_prctl(failure, result, "PR_SET_KEEPCAPS");
    }
  }
  int result = set_group_id(kernel, launch.ids.gid, failure);
  return result < 0 ? result : set_user_id(kernel, launch.ids.uid, failure);
}

}  // namespace

int take_setup_ids(const kernel::Kernel &kernel, const Launch &launch, bool may_set_groups, base::Failure &failure) {
  int result = may_set_groups ? drop_groups(kernel, failure) : 0;
  if (result == 0) {
    result = set_group_id(kernel, launch.setup_ids.gid, failure);
  }
  return result < 0 ? result : set_user_id(kernel, launch.setup_ids.uid, failure);
}

int give_up_privileges(const kernel::Kernel &kernel, const Launch &launch, base::Failure &failure) {
  uint64_t known = 0;
  int result = launch.limit_capabilities ? limit_bounding_set(kernel, launch.capabilities, known, failure) : 0;
  if (result == 0 && launch.set_ids) {
    result = take_program_ids(kernel, launch, failure);
  }
  if (result == 0 && launch.limit_capabilities) {
    result = set_capabilities(kernel, launch.capabilities & known, failure);
  }
  if (result < 0) {
    return result;
  }
  if ((launch.flags & MPLAN_SPAWN_KEEP_PRIVILEGES) == 0) {
    result = kernel::prctl(kernel, PR_SET_NO_NEW_PRIVS, 1);
    if (result < 0) {
      return fail_prctl(failure, result, "PR_SET_NO_NEW_PRIVS");
    }
  }
  result = kernel::prctl(kernel, PR_SET_DUMPABLE, 0);
  return result < 0 ? fail_prctl(failure, result, "PR_SET_DUMPABLE") : 0;
}

}  // namespace mountplan::spawn
