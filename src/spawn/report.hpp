// SPDX-License-Identifier: MIT
// The engine's work in the child or the worker, told step by step where the parent wants to hear of it. Async-signal-safe.
#pragma once

#include "spawn/launch.hpp"

namespace mountplan::spawn {

int build_reporting(const kernel::Kernel &kernel, const Launch &launch, base::Failure &failure);
int enter_reporting(const kernel::Kernel &kernel, const Launch &launch, int tree, const engine::Tally &tally, base::Failure &failure);

}  // namespace mountplan::spawn
