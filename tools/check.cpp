// SPDX-License-Identifier: MIT
// mountplan check: whether a plan makes sense, on any system.
#include "build.hpp"

namespace mountplan::tool {

int check_command(const Words &words) {
  Request request = read_request("check", words);
  if (!request.command.empty()) {
    throw UsageError("check: unexpected argument " + request.command[0] + ": a plan file is given with --plan");
  }
  build_plan(request);
  return exit_success;
}

}  // namespace mountplan::tool
