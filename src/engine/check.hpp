// SPDX-License-Identifier: MIT
// What prepare (or, for a deferred program, the beginning of apply) does before the first change.
#pragma once

#include "engine/run.hpp"
#include "kernel/trace.hpp"

namespace mountplan::engine {

// What current_op() tells.
void set_current(Program &program, int32_t op);

// Until the end of the scope what is asked of the kernel is no step of the plan.
class Quiet {
 public:
  explicit Quiet(Program &program) : program_(program), before_(program.current) { set_current(program, kernel::quiet); }
  Quiet(const Quiet &) = delete;
  Quiet &operator=(const Quiet &) = delete;
  ~Quiet() { set_current(program_, before_); }

 private:
  Program &program_;
  int32_t before_;
};

// Notes the op in the failure.
void blame(base::Failure &failure, const Step &step);

// The path of a failure that is the op's source or target goes without saying.
void drop_known_path(base::Failure &failure);

// Picks the backend when it was left open, and refuses what the backend can not do: kind UNSUPPORTED.
int choose_backend(Run &run);

// Opens every source. Changes nothing, but that ENSURE makes its directories.
int resolve_all(Run &run);

}  // namespace mountplan::engine
