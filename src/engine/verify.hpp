// SPDX-License-Identifier: MIT
// Verifying: what the steps made is noted as they make it, and compared with what the kernel says is there before the result is reported.
// Whatever made the two differ (a race, a filter that lies about a call, a mistake in this library), the plan fails closed. Without
// MPLAN_PREPARE_VERIFY each of these does nothing. Async-signal-safe: the notes go into what prepare reserved.
#pragma once

#include "engine/run.hpp"

namespace mountplan::engine {

// What must be true of a mount that is put in the tree.
struct Expected {
  const char *target;          // absolute, inside the new root
  const char *name = nullptr;  // of an entry in it
  const char *type = nullptr;  // NULL: whatever was there
  uint64_t attributes = 0;     // MPLAN_ATTR_, at least
  bool recursive = false;      // what is mounted below it came along, and has them too
  bool idmapped = false;
};
// What the step's op asks for.
Expected expected_of(const Step &step);

// A mount that is about to be placed. `step` is NULL for a root that no op asked for.
int note_placed(Run &run, const Step *step, int mount, const Expected &expected);
// A mount that is about to be moved to the step's target, or changed, or detached with all below it.
int note_moved(Run &run, const Step &step, int mount);
int note_change(Run &run, const Step &step, int mount, const Change &change);
int note_unmount(Run &run, int mount);

// With everything attached: kind SAFETY where a mount of the notes is not there (ESTALE), is elsewhere, of another type, lacks an
// attribute, has another propagation, or where there is one that nobody noted (EXDEV).
int verify(Run &run);
// After the root was entered: it is what `/` leads to, and nothing lies on top of it.
int verify_entered(Run &run);

}  // namespace mountplan::engine
