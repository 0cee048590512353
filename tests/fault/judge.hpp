// SPDX-License-Identifier: MIT
// Is what came of a failing call right?
#pragma once

#include <string>

#include "fault/run.hpp"

namespace fault {

// "" when the error tells of the call that failed, else what is wrong with it.
std::string judge_error(const Outcome &outcome, const Failing &kernel);

// Whether this failure means, by what the op promises, that there is nothing to do: ENOENT for something optional.
bool means_missing(const Reference &reference, const Failing &kernel);

}  // namespace fault
