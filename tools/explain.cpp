// SPDX-License-Identifier: MIT
// mountplan explain: what run or apply would do.
#include "build.hpp"
#include "json.hpp"

namespace mountplan::tool {
namespace {

void write_step(JsonWriter &json, size_t number, const mplan_event &event) {
  json.open_object();
  json.key("number").number(number);
  json.key("op").signed_number(event.op);
  json.key("op-name").string_or_null(event.op_name);
  json.key("call").string_or_null(event.call);
  json.key("source").string_or_null(event.source);
  json.key("target").string_or_null(event.target);
  json.key("flags").open_array();
  for (const std::string &name : attribute_names(event.flags)) {
    json.string(name);
  }
  json.close_array();
  json.key("text").string_or_null(event.text);
  json.key("result").signed_number(event.result);
  json.close_object();
}

std::string trace_json(const mplan_trace *trace) {
  JsonWriter json;
  json.open_object();
  json.key("backend").string_or_null(mplan_backend_name(static_cast<uint32_t>(mplan_trace_backend(trace))));
  json.key("steps").open_array();
  for (size_t i = 0; i < mplan_trace_count(trace); i++) {
    mplan_event event{};
    if (mplan_trace_get(trace, i, &event, sizeof event) == 0) {
      write_step(json, i + 1, event);
    }
  }
  json.close_array().close_object();
  return json.text() + '\n';
}

}  // namespace

int explain_command(const Words &words) {
  Request request = read_request("explain", words);
  if (request.in_place && !request.root) {
    throw UsageError("--in-place needs --root");
  }
  BuiltPlan built = build_plan(request);
  mplan_prepare_args args = prepare_args(request);
  if (!request.root) {
    args.flags |= MPLAN_PREPARE_PIVOT;  // as run
  }
  Owned<mplan_trace> trace;
  Owned<mplan_error> error;
  if (mplan_explain(built.plan.get(), &args, sizeof args, Out(trace), Out(error)) < 0) {
    fail(error.get(), built.typed, exit_setup);
  }
  print_output(request.json ? trace_json(trace.get()) : mplan_trace_text(trace.get()));
  return exit_success;
}

}  // namespace mountplan::tool
