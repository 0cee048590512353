// SPDX-License-Identifier: MIT
// Attributes for a tree, mount by mount through the unfolded table: the only way of mount(2); and where a mount that refuses may be skipped
// the way of the others too, since mount_setattr(2) does all of a tree or nothing.
#pragma once

#include <mountplan/plan.h>

#include "engine/run.hpp"

namespace mountplan::engine {

// What Change::trouble may say.
constexpr uint64_t may_skip = MPLAN_REMOUNT_BEST_EFFORT | MPLAN_REMOUNT_SKIP_AUTOFS | MPLAN_REMOUNT_SKIP_VANISHED;

// Adds attributes to everything visible at and below the mount with this root. `change.trouble` says what may be skipped.
int remount_tree(Run &run, int mount, const Change &change);

}  // namespace mountplan::engine
