// SPDX-License-Identifier: MIT
// --flags alone: binds take along what is mounted below their source, which the caller may not want.
#pragma once

#include <string>

namespace mountplan::tool {

// Throws std::runtime_error that names the first mount below `path`. A path that does not exist has none.
void refuse_mounted_below(const std::string &path);

}  // namespace mountplan::tool
