// SPDX-License-Identifier: MIT
// The engine: plan -> program (prepare), and running it on a kernel (apply). It never knows which kernel it runs on.
#pragma once

#include <cstdint>

#include "base/failure.hpp"
#include "kernel/kernel.hpp"
#include "plan/plan.hpp"

namespace mountplan::engine {

struct Options {
  uint64_t flags = 0;    // MPLAN_PREPARE_
  uint32_t backend = 0;  // MPLAN_BACKEND_
  int root_fd = -1;      // directory to apply to; borrowed until prepare returns
  const char *root = nullptr;
  int32_t *current = nullptr;  // follows the op that is being prepared, for kernel::Trace
};

struct Program;

// Host phase. Allocates everything that apply will use. The program does not need the plan afterwards.
int prepare(const plan::Plan &plan, const Options &options, const kernel::Kernel &kernel, Program **out, base::Failure &failure);

void release(Program *program);

// Runs the program, once. Async-signal-safe, allocates nothing. On failure what was done is undone.
int apply(Program &program, const kernel::Kernel &kernel, base::Failure &failure);

// The op that is being carried out; -1 between ops. For kernel::Trace.
const int32_t *current_op(const Program &program);

// The backend that prepare (or, for a deferred program, apply) has chosen; MPLAN_BACKEND_AUTO until then.
uint32_t backend_of(const Program &program);

// Things made in trees of the caller: count and path (into `out`, cut when it does not fit).
size_t created_count(const Program &program);
void created_path(const Program &program, size_t i, char *out, size_t size);

// From now on the descriptors of the program are closed with this kernel.
void close_with(Program &program, const kernel::Kernel &kernel);

// A failure that came back from a child: is it one that this program can have made? Its pointers are replaced by the program's own.
bool check_failure(const Program &program, base::Failure &failure);

// Elevated privilege from a setuid or file-capability exec: the library refuses to work there.
int refuse_elevated(base::Failure &failure);

}  // namespace mountplan::engine
