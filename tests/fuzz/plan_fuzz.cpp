// SPDX-License-Identifier: MIT
// Any plan, prepared and applied on the recording kernel with any backend, at times with a call that fails. Afterwards nothing is left of
// what failed, no descriptor is open, and what was done is what mplan_explain() said.
#include <poll.h>

#include <vector>

#include "engine/engine.hpp"
#include "fuzz/plan_calls.hpp"
#include "fuzz/plan_watch.hpp"
#include "kernel/trace.hpp"

using namespace mountplan::fuzz;
using mountplan::base::Failure;
namespace capi = mountplan::capi;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;

namespace {

// The descriptors of this process below 64.
std::string open_here() {
  struct pollfd all[64];
  for (int fd = 0; fd < 64; fd++) {
    all[fd] = {fd, 0, 0};
  }
  poll(all, std::size(all), 0);
  std::string open;
  for (const struct pollfd &one : all) {
    open += (one.revents & POLLNVAL) == 0 ? 'o' : '.';
  }
  return open;
}

struct ErrorOwner {
  ErrorOwner() = default;
  ErrorOwner(const ErrorOwner &) = delete;
  ErrorOwner &operator=(const ErrorOwner &) = delete;
  ~ErrorOwner() { mplan_error_free(error); }
  mplan_error *error = nullptr;
};

// What explain says, and how far a run has followed it.
struct Explained {
  Explained(const mplan_plan *plan, const mplan_prepare_args &args) {
    result = mplan_explain(plan, &args, sizeof args, &trace, &told.error);
  }
  Explained(const Explained &) = delete;
  Explained &operator=(const Explained &) = delete;
  ~Explained() { mplan_trace_free(trace); }

  static void follow(void *self, const kernel::Step &step) {
    auto &explained = *static_cast<Explained *>(self);
    mplan_event event;
    if (explained.trace == nullptr) {
      return;
    }
    check_same(mplan_trace_get(explained.trace, explained.steps++, &event, sizeof event), 0, "no more steps than explained");
    check_same(step.text, event.text, "an explained call");
    check_same(step.op, event.op, "the op of an explained call");
    bool descriptor = step.result >= kernel::Model::first_fd;
    check_same(descriptor ? step.result - kernel::Model::first_fd + 3 : step.result, event.result, "the result of an explained call");
  }
  void check_end(int run_result, const Failure &failure) const {
    check_same(result, run_result, "explain and apply have the same result");
    if (result < 0) {
      ErrorOwner run;
      capi::report(failure, &run.error);
      check_same(mplan_error_message(told.error), mplan_error_message(run.error), "explain and apply have the same error");
    } else {
      check_same(mplan_trace_count(trace), steps, "no fewer steps than explained");
    }
  }

  mplan_trace *trace = nullptr;
  ErrorOwner told;
  int result = 0;
  size_t steps = 0;
};

mplan_prepare_args args_from(Bytes &in) {
  static constexpr const char *roots[] = {HOST "/root", "/proc", HOST "/etc/mtab", HOST "/missing", "relative"};
  static constexpr uint64_t flags[] = {0,
                                       0,
                                       MPLAN_PREPARE_PIVOT,
                                       MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED,
                                       MPLAN_PREPARE_IN_PLACE,
                                       MPLAN_PREPARE_IN_PLACE,
                                       MPLAN_PREPARE_DEFERRED,
                                       1 << 9};
  mplan_prepare_args args = {};
  args.flags = flags[in.below(std::size(flags))];
  args.backend = in.one_in(32) ? in.byte() : static_cast<uint32_t>(in.below(4));
  if ((args.flags & MPLAN_PREPARE_PIVOT) == 0 || in.one_in(16)) {
    args.root = in.one_in(4) ? roots[in.below(std::size(roots))] : roots[0];
  }
  return args;
}

Fault fault_from(Bytes &in) {
  static constexpr int errors[] = {EINTR, EAGAIN, EPERM, EACCES, ENOSYS, EINVAL, ENOENT, ENOSPC, ENOMEM, EMFILE, EBUSY, EIO};
  Fault fault;
  fault.armed = in.one_in(2);
  fault.at = fault.armed ? in.byte() : 0;
  fault.error = errors[fault.armed ? in.below(std::size(errors)) : 0];
  fault.has_openat2 = !fault.armed || in.one_in(2);
  return fault;
}

int run(const mplan_plan &plan, const mplan_prepare_args &args, Watch &watch, Explained *explained, Failure &failure) {
  int32_t current = -1;
  auto ignore = [](void *, const kernel::Step &) {};
  kernel::Trace trace(watch.kernel(), &current, explained != nullptr ? Explained::follow : ignore, explained);
  trace.first_fd = kernel::Model::first_fd;
  kernel::Kernel traced = explained != nullptr ? kernel::tracing(trace) : watch.kernel();
  engine::Options options;
  options.flags = args.flags | (args.root == nullptr ? uint64_t{MPLAN_PREPARE_PIVOT} : 0);  // as explain
  options.backend = args.backend;
  options.root = args.root;
  options.current = &current;
  engine::Program *program = nullptr;
  int result = engine::prepare(plan.plan, options, traced, &program, failure);
  if (result < 0) {
    check_same(watch.open_descriptors(), 0u, "a failed prepare leaves no descriptor");
  } else {
    trace.op = engine::current_op(*program);
    result = engine::apply(*program, traced, failure);
    if (result < 0 && explained != nullptr) {
      explained->check_end(result, failure);  // its strings are the program's
    }
    trace.op = &current;
    current = kernel::quiet;
    engine::release(program);
    check_same(watch.open_descriptors(), 0u, "apply leaves no descriptor");
    failure.source = failure.target = nullptr;
    return result;
  }
  if (explained != nullptr) {
    explained->check_end(result, failure);
  }
  return result;
}

void check_nothing_left(Watch &watch, const Failure &failure) {
  check(failure.error > 0, "what failed has an errno");
  check(failure.kind != mountplan::base::Kind::none && failure.kind != mountplan::base::Kind::internal, "what failed is told of");
  if (watch.entered()) {
    check(failure.left != 0, "there is no way back from the root that was entered");
    return;
  }
  if (failure.left != 0) {
    check(watch.failed_twice(failure), "all is taken back unless a call of the roll-back fails");
    return;
  }
  check_same(watch.made(), 0u, "nothing is left in trees of the host");
  check(watch.mounts_are_as_before(), "the mounts are as before");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes in(data, size);
  mplan_prepare_args args = args_from(in);
  Fault fault = fault_from(in);
  descriptors();
  const std::string before = open_here();
  {
    PlanCalls calls(in);
    calls.make_calls(16);
    Watch watch(calls.plan()->plan, args.root, fault);
    Failure failure;
    int result;
    if (fault.armed) {
      result = run(*calls.plan(), args, watch, nullptr, failure);
    } else {
      Explained explained(calls.plan(), args);
      result = run(*calls.plan(), args, watch, &explained, failure);
    }
    if (result < 0) {
      check_nothing_left(watch, failure);
    }
  }
  check_same(open_here(), before, "the descriptors of the process");
  return 0;
}
