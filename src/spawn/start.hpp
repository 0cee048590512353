// SPDX-License-Identifier: MIT
// Starting a program inside a plan: the parent's half.
#pragma once

#include "engine/engine.hpp"
#include "kernel/trace.hpp"
#include "spawn/process.hpp"
#include "spawn/spec.hpp"

namespace mountplan::spawn {

// Who hears of the steps. `stop` is asked after the host phase, before anything is changed.
struct Listener {
  void (*step)(void *data, const kernel::Step &step) = nullptr;
  bool (*stop)(void *data) = nullptr;
  void *data = nullptr;
};

// Fills `process` when the program was executed. On failure there is no child and no descriptor left.
// `failure.source` and `failure.target` point into `program`, prepared from a plan with DEFERRED and PIVOT, which the caller releases.
int start(const Spec &spec, engine::Program &program, const kernel::Kernel &kernel, const Listener &listener, Process &process,
          base::Failure &failure);

}  // namespace mountplan::spawn
