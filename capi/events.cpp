// SPDX-License-Identifier: MIT
#include "capi/events.hpp"

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
  if (events.function != nullptr) {
    mplan_event event = events.event_of(step);
    events.stopped = events.function(&event, events.data) != 0 || events.stopped;
  }
}

}  // namespace mountplan::capi
