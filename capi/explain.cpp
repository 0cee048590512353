// SPDX-License-Identifier: MIT
// Explain: prepare and apply on the recording kernel, every call kept.
#include <mountplan/apply.h>

#include <cerrno>

#include "base/arena.hpp"
#include "base/object.hpp"
#include "base/vec.hpp"
#include "capi/events.hpp"
#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "kernel/model.hpp"

namespace base = mountplan::base;
namespace capi = mountplan::capi;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;
using base::Failure;

struct mplan_trace {
  capi::Events events;
  base::Arena arena;
  base::Vec<mplan_event> steps;
  const char *text = nullptr;
  uint32_t backend = 0;
  bool out_of_memory = false;
};

namespace {

void keep_step(void *data, const kernel::Step &step) {
  auto &trace = *static_cast<mplan_trace *>(data);
  mplan_event event = trace.events.event_of(step);
  if (event.result >= kernel::Model::first_fd) {
    event.result -= kernel::Model::first_fd - 3;  // as the text shows descriptors
  }
  event.text = trace.arena.copy(step.text);
  trace.out_of_memory = trace.out_of_memory || event.text == nullptr || !trace.steps.push(event);
  capi::Events &events = trace.events;
  if (events.function != nullptr && !trace.out_of_memory) {
    events.stopped = events.function(&event, events.data) != 0;
  }
}

void write_text(const mplan_trace &trace, base::Writer &out) {
  for (size_t i = 0; i < trace.steps.size(); i++) {
    const mplan_event &step = trace.steps[i];
    size_t start = out.length();
    auto pad_to = [&](size_t column) {
      while (out.length() - start < column) {
        out.character(' ');
      }
    };
    pad_to(i + 1 < 10 ? 3 : i + 1 < 100 ? 2 : i + 1 < 1000 ? 1 : 0);
    out.unsigned_number(i + 1).text("  ");
    if (step.op >= 0) {
      out.text("op ").number(step.op).text(" ").text(step.op_name != nullptr ? step.op_name : "?");
    }
    pad_to(24);
    out.text(step.text);
    if (step.result < 0) {
      out.text(" = ").number(step.result);
    }
    out.text("\n");
  }
}

int run(mplan_trace &trace, const mplan_plan &plan, const mplan_prepare_args *args, size_t size, Failure &failure) {
  failure.stage = base::Stage::validate;
  engine::Options options;
  if (int result = capi::read_options(args, size, options, trace.events, failure); result < 0) {
    return result;
  }
  if (options.root == nullptr && options.root_fd < 0) {
    options.flags |= MPLAN_PREPARE_PIVOT;
  }
  options.flags &= ~uint64_t{MPLAN_PREPARE_VERIFY};  // it changes nothing, and the recording kernel has nothing to verify
  if (!trace.events.name_ops(plan.plan)) {
    return base::fail_memory(failure);
  }
  kernel::Model model;
  if (!model.begin()) {
    return base::fail_memory(failure);
  }
  int32_t current = -1;
  options.current = &current;
  kernel::Trace tracer(model.kernel(), &current, keep_step, &trace);
  tracer.first_fd = kernel::Model::first_fd;
  kernel::Kernel recording = trace.events.until_stopped(tracer);
  engine::Program *program = nullptr;
  int result = engine::prepare(plan.plan, options, recording, &program, failure);
  if (result < 0) {
    return trace.events.stopped ? capi::fail_stopped(failure) : model.out_of_memory() ? base::fail_memory(failure) : result;
  }
  tracer.op = engine::current_op(*program);
  result = engine::apply(*program, recording, failure);
  trace.backend = engine::backend_of(*program);
  if (result < 0 && failure.op >= 0) {
    // The failure's strings go with the program: name the op by the plan.
    const mountplan::plan::Op &op = plan.plan.ops[static_cast<size_t>(failure.op)];
    failure.op_kind = static_cast<uint8_t>(op.kind);
    failure.source = op.source;
    failure.target = op.target;
  }
  tracer.op = &current;  // closing the program's descriptors is no step
  current = kernel::quiet;
  engine::release(program);
  if (trace.events.stopped) {
    return capi::fail_stopped(failure);
  }
  return trace.out_of_memory || model.out_of_memory() ? base::fail_memory(failure) : result;
}

}  // namespace

int mplan_explain(const mplan_plan *plan, const mplan_prepare_args *args, size_t size, mplan_trace **out, mplan_error **err) {
  Failure failure;
  if (plan == nullptr || out == nullptr) {
    base::fail_argument(failure, EINVAL, plan == nullptr ? "plan is NULL" : "out is NULL");
    return capi::report(failure, err);
  }
  base::Owned<mplan_trace> trace(base::make<mplan_trace>());
  if (!trace) {
    base::fail_memory(failure);
    return capi::report(failure, err);
  }
  if (run(*trace, *plan, args, size, failure) < 0) {
    return capi::report(failure, err);
  }
  base::Writer length(nullptr, 0);
  write_text(*trace, length);
  auto *text = static_cast<char *>(trace->arena.allocate(length.length() + 1));
  if (text == nullptr) {
    base::fail_memory(failure);
    return capi::report(failure, err);
  }
  base::Writer writer(text, length.length() + 1);
  write_text(*trace, writer);
  trace->text = text;
  *out = trace.release();
  return 0;
}

size_t mplan_trace_count(const mplan_trace *trace) { return trace == nullptr ? 0 : trace->steps.size(); }

int mplan_trace_get(const mplan_trace *trace, size_t i, mplan_event *out, size_t size) {
  if (trace == nullptr || out == nullptr) {
    return -EINVAL;
  }
  return i >= trace->steps.size() ? -ERANGE : capi::struct_out(trace->steps[i], out, size);
}

const char *mplan_trace_text(const mplan_trace *trace) { return trace == nullptr ? nullptr : trace->text; }

int mplan_trace_backend(const mplan_trace *trace) { return trace == nullptr ? 0 : static_cast<int>(trace->backend); }

void mplan_trace_free(mplan_trace *trace) { base::destroy(trace); }
