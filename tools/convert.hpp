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

// An OCI configuration with the same mounts. Throws UsageError for what it can not say.
std::string oci_text(const Request &request);

// Throws UsageError that names the first option that bubblewrap does not have.
void need_bubblewrap(const Request &request);

}  // namespace mountplan::tool
