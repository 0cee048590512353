// SPDX-License-Identifier: MIT
// A plan in another form than the one it was given in.
#pragma once

#include <string>

#include "options.hpp"

namespace mountplan::tool {

// A plan file (docs/plan-files.md). `command`: whose options they are. Throws UsageError for what no plan file can say.
std::string plan_text(const Request &request, const std::string &command);

// The options, as they would be typed, one on a line.
std::string options_text(const Request &request);

}  // namespace mountplan::tool
