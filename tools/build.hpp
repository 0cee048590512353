// SPDX-License-Identifier: MIT
// From a Request to a plan of the library; what run, explain and apply share.
#pragma once

#include "command.hpp"
#include "library.hpp"
#include "options.hpp"
#include "problems.hpp"
#include "report.hpp"

namespace mountplan::tool {

struct BuiltPlan {
  Owned<mplan_plan> plan;
  TypedOps typed;
};

// Parses the words of `command`; prints the help and throws Exit when it was asked for.
Request read_request(const std::string &command, const Words &words, Problems *problems = nullptr);

// The same of words that were parsed.
const Request &finish_request(const std::string &command, const Request &request);

// Builds the plan; prints what is wrong and throws Exit when an op is refused.
BuiltPlan build_plan(const Request &request);

// Everything that is wrong with the ops.
void find_problems(const Request &request, Problems &problems);

// Backend and event callback as asked for.
mplan_prepare_args prepare_args(const Request &request);

}  // namespace mountplan::tool
