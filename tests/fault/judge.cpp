// SPDX-License-Identifier: MIT
#include "fault/judge.hpp"

#include <cstring>

namespace base = mountplan::base;
using mountplan::kernel::Call;

namespace fault {

namespace {

// Calls that a look-up is made of. Told as openat2, also where the walker does its work.
bool is_lookup(Call call) {
  return call == Call::openat2 || call == Call::openat || call == Call::statx || call == Call::fstatfs || call == Call::readlinkat;
}

// What does not exist is made, and only then it turns out to be there: told by the call that makes.
bool is_found_by_making(const base::Failure &failure, const Failing &kernel) {
  bool makes = strcmp(failure.call, "mkdirat") == 0 || strcmp(failure.call, "openat") == 0 || strcmp(failure.call, "symlinkat") == 0;
  return kernel.error == ENOENT && is_lookup(kernel.call) && makes && (failure.error == EEXIST || failure.error == ENOENT);
}

// A mount that the kernel says is not there is not as the plan says; and a call that seemed to be there, by another answer than the usual.
bool is_found_by_verifying(const base::Failure &failure, const Failing &kernel) {
  bool vanished = kernel.error == ENOENT && kernel.call == Call::statmount && failure.error == ESTALE;
  return vanished || (failure.error == ENOSYS && kernel.missing == kernel.call);
}

// Reading something that is no link: then a link can not be made there.
bool is_found_to_be_no_link(const base::Failure &failure, const Failing &kernel) {
  return kernel.error == EINVAL && kernel.call == Call::readlinkat && failure.error == EEXIST;
}

bool names_the_error(const base::Failure &failure, const Failing &kernel) {
  bool is_missing = kernel.error == ENOSYS || kernel.error == ENOENT;  // a call, or the procfs that the classic backend needs
  bool is_missing_call = is_missing && failure.error == EOPNOTSUPP && failure.kind == base::Kind::unsupported;
  return failure.error == kernel.error || is_missing_call || is_found_by_making(failure, kernel) ||
         is_found_to_be_no_link(failure, kernel) || is_found_by_verifying(failure, kernel);
}

bool names_the_call(const base::Failure &failure, const Failing &kernel) {
  bool is_walker = strcmp(failure.call, "openat2") == 0 && is_lookup(kernel.call);
  return strcmp(failure.call, mountplan::kernel::call_name(kernel.call)) == 0 || is_walker || is_found_by_making(failure, kernel) ||
         is_found_to_be_no_link(failure, kernel);
}

}  // namespace

std::string judge_error(const Outcome &outcome, const Failing &kernel) {
  const base::Failure &failure = outcome.failure;
  std::string wrong;
  if (failure.error <= 0 || failure.error != -outcome.result) {
    wrong += "; the errno is " + std::to_string(failure.error) + ", the result " + std::to_string(outcome.result);
  }
  if (failure.kind == base::Kind::none || failure.kind == base::Kind::internal) {
    wrong += "; no kind";
  }
  if (!names_the_error(failure, kernel)) {
    wrong += std::string("; told as ") + strerrorname_np(failure.error);
  }
  if (failure.kind == base::Kind::syscall && !names_the_call(failure, kernel)) {
    wrong += std::string("; told as ") + failure.call;
  }
  if (failure.kind != base::Kind::syscall && failure.detail[0] == '\0') {
    wrong += "; no call and no detail";
  }
  if (kernel.op >= 0 && failure.op != kernel.op) {
    wrong += "; told for op " + std::to_string(failure.op);
  }
  bool in_apply = failure.stage == base::Stage::apply || failure.stage == base::Stage::commit;
  if (outcome.in_prepare ? failure.stage != base::Stage::prepare : !in_apply) {
    wrong += "; wrong stage";
  }
  return wrong.empty() ? "" : wrong.substr(2) + " [" + outcome.message + "]";
}

bool means_missing(const Reference &reference, const Failing &kernel) {
  if (kernel.error != ENOENT || kernel.op < 0 || !is_lookup(kernel.call)) {
    return false;
  }
  Plan plan;
  reference.build(plan);
  mplan_op op = {};
  mplan_plan_get(plan.get(), static_cast<size_t>(kernel.op), &op, sizeof op);
  return op.kind == MPLAN_OP_MASK || op.kind == MPLAN_OP_ROOT || (op.kind == MPLAN_OP_BIND && (op.flags & MPLAN_BIND_OPTIONAL) != 0);
}

}  // namespace fault
