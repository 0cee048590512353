// SPDX-License-Identifier: MIT
// Attributes with mount(2): a remount replaces all flags of one mount, so what it has is read first.
#pragma once

#include "engine/run.hpp"

namespace mountplan::engine {

// Adds attributes to the mount with this root. One that has them already is left alone. `known`: what it has; NULL: to be found out.
int remount_one(Run &run, int mount, uint64_t set, const uint64_t *known = nullptr);

}  // namespace mountplan::engine
