// SPDX-License-Identifier: MIT
// mountplan apply: the plan in the present mount namespace.
#include "build.hpp"

namespace mountplan::tool {

int apply_command(const Words &words) {
  Request request = read_request("apply", words);
  if (!request.root) {
    throw UsageError("apply: --root DIR is missing");
  }
  if (!request.command.empty()) {
    throw UsageError("apply: unexpected argument " + request.command[0] + ": it runs no command");
  }
  BuiltPlan built = build_plan(request);
  mplan_prepare_args args = prepare_args(request);
  Owned<mplan_prepared> prepared;
  Owned<mplan_error> error;
  int result = mplan_prepare(built.plan.get(), &args, sizeof args, Out(prepared), Out(error));
  if (result >= 0) {
    result = mplan_apply(prepared.get(), Out(error));
  }
  if (result < 0) {
    fail(error.get(), built.typed, exit_setup);
  }
  if (request.verbose) {
    for (size_t i = 0; i < mplan_prepared_created_count(prepared.get()); i++) {
      print_message(std::string("created ") + mplan_prepared_created(prepared.get(), i));
    }
  }
  return exit_success;
}

}  // namespace mountplan::tool
