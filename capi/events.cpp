// SPDX-License-Identifier: MIT
#include "capi/events.hpp"

#include <cerrno>
#include <cstring>

namespace mountplan::capi {

namespace {

bool keep(base::Arena &arena, const char *&text) {
  if (text != nullptr) {
    text = arena.copy(text);
    return text != nullptr;
  }
  return true;
}

}  // namespace

bool Events::name_ops(const plan::Plan &plan) {
  for (const plan::Op &op : plan.ops) {
    Name name{plan::kind_name(op.kind), op.source, op.target};
    if (!keep(arena, name.source) || !keep(arena, name.target) || !names.push(name)) {
      return false;
    }
  }
  return true;
}

mplan_event Events::event_of(const kernel::Step &step) const {
  mplan_event event = {};
  event.op = step.op;
  event.result = step.result;
  event.flags = step.flags;
  event.call = step.call;
  event.text = step.text;
  if (step.op >= 0 && static_cast<size_t>(step.op) < names.size()) {
    const Name &name = names[static_cast<size_t>(step.op)];
    event.op_name = name.op;
    event.source = name.source;
    event.target = name.target;
  }
  return event;
}

void Events::deliver(void *data, const kernel::Step &step) {
  auto &events = *static_cast<Events *>(data);
  // All that a preparation may change is to make a directory, for ENSURE.
  events.changed = events.changed || (step.result >= 0 && strcmp(step.call, "mkdirat") == 0);
  if (events.function != nullptr && !events.stopped) {
    mplan_event event = events.event_of(step);
    events.stopped = events.function(&event, events.data) != 0 && !events.changed;
  }
}

namespace {

long invoke_until_stopped(void *self, kernel::Call call, const long args[6]) {
  auto &events = *static_cast<Events *>(self);
  return events.stopped && call != kernel::Call::close ? -ECANCELED : events.inner.invoke(events.inner.self, call, args);
}

}  // namespace

kernel::Kernel Events::until_stopped(kernel::Trace &trace) {
  inner = kernel::tracing(trace);
  return {this, invoke_until_stopped};
}

int fail_stopped(base::Failure &failure) {
  failure = base::Failure();
  failure.stage = base::Stage::prepare;
  return base::fail(failure, base::Kind::callback, ECANCELED, "the event callback asked to stop");
}

}  // namespace mountplan::capi
