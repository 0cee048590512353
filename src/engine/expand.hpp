// SPDX-License-Identifier: MIT
// The helpers root and etc, which stand for several ops: one for each entry of a host directory.
#pragma once

#include "engine/program.hpp"

namespace mountplan::engine {

// Appends the steps that this root or etc op stands for.
int expand(const kernel::Kernel &kernel, Program &program, const Step &helper, base::Failure &failure);

// The text of a symlink op becomes what the host's link contains.
int dereference(const kernel::Kernel &kernel, Program &program, Step &step, base::Failure &failure);

// Classic backend: address space for reading the mount table during apply.
int reserve_table(Program &program, base::Failure &failure);

}  // namespace mountplan::engine
