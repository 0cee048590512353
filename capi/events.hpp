// SPDX-License-Identifier: MIT
// Delivering the steps of a run to the caller's event callback.
#pragma once

#include <mountplan/apply.h>

#include "base/arena.hpp"
#include "base/failure.hpp"
#include "engine/engine.hpp"
#include "kernel/trace.hpp"
#include "plan/plan.hpp"

namespace mountplan::capi {

struct Events {
  mplan_event_fn function = nullptr;
  void *data = nullptr;
  bool stopped = false;  // the callback asked to stop before the first change; it is not called any more
  bool changed = false;  // it is too late for that: something was changed, or the preparation is over

  // Copies the names, sources and targets of the ops, which events show after the plan is gone. False when memory is out.
  bool name_ops(const plan::Plan &plan);

  // A step as the caller sees it; strings of `step` and of this object.
  mplan_event event_of(const kernel::Step &step) const;

  // Sink for kernel::Trace; `data` is the Events object.
  static void deliver(void *data, const kernel::Step &step);

  // During prepare: the kernel of a trace whose sink is this; once stopped, it refuses every call but those that clean up.
  kernel::Kernel until_stopped(kernel::Trace &trace);

  struct Name {
    const char *op = nullptr;
    const char *source = nullptr;
    const char *target = nullptr;
  };
  kernel::Kernel inner = {};  // of until_stopped()
  base::Arena arena;
  base::Vec<Name> names;
};

// The failure of work that the callback stopped.
int fail_stopped(base::Failure &failure);

// The public args, checked, as the engine's options and the events that were asked for.
int read_options(const mplan_prepare_args *args, size_t size, engine::Options &options, Events &events, base::Failure &failure);

}  // namespace mountplan::capi
