// SPDX-License-Identifier: MIT
// What prepare (or, for a deferred program, the beginning of apply) does before the first change.
#pragma once

#include "engine/run.hpp"

namespace mountplan::engine {

// What current_op() tells.
void set_current(Program &program, int32_t op);

// Notes the op in the failure.
void blame(base::Failure &failure, const Step &step);

// The path of a failure that is the op's source or target goes without saying.
void drop_known_path(base::Failure &failure);

// Picks the backend when it was left open, and refuses what the backend can not do: kind UNSUPPORTED.
int choose_backend(Run &run);

// Opens every source. Changes nothing, but that ENSURE makes its directories.
int resolve_all(Run &run);

}  // namespace mountplan::engine
