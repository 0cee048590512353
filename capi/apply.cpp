// SPDX-License-Identifier: MIT
// apply.h without explain: preparing and applying plans.
#include <mountplan/apply.h>

#include <cerrno>

#include "base/arena.hpp"
#include "base/object.hpp"
#include "base/vec.hpp"
#include "capi/events.hpp"
#include "capi/handle.hpp"
#include "engine/engine.hpp"

namespace base = mountplan::base;
namespace capi = mountplan::capi;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;
using base::Failure;

struct mplan_prepared {
  engine::Program *program = nullptr;
  capi::Events events;
  kernel::Trace trace{kernel::live, nullptr, capi::Events::deliver, &events};  // of both phases: it knows what the descriptors are
  base::Arena created_arena;
  base::Vec<const char *> created;

  ~mplan_prepared() { engine::release(program); }
};

namespace mountplan::capi {

int read_options(const mplan_prepare_args *args, size_t size, engine::Options &options, Events &events, Failure &failure) {
  mplan_prepare_args given;
  if (!struct_in(args, size, given)) {
    return args == nullptr ? base::fail_argument(failure, EINVAL, "args is NULL but size is not 0")
                           : base::fail_argument(failure, E2BIG, "args has fields that this version of the library does not know");
  }
  if (given.has_root_fd > 1 || given.reserved != 0) {
    return base::fail_argument(failure, EINVAL, "has_root_fd is not 0 or 1, or reserved is not 0");
  }
  if (given.has_root_fd != 0 && given.root != nullptr) {
    return base::fail_argument(failure, EINVAL, "root and root_fd exclude each other");
  }
  if (given.has_root_fd != 0 && given.root_fd < 0) {
    return base::fail_argument(failure, EBADF, "root_fd is not a descriptor");
  }
  options.flags = given.flags;
  options.backend = given.backend;
  options.root = given.root;
  options.root_fd = given.has_root_fd != 0 ? given.root_fd : -1;
  events.function = given.event;
  events.data = given.event_data;
  return 0;
}

}  // namespace mountplan::capi

namespace {

int prepare(mplan_prepared &prepared, const mplan_plan &plan, const mplan_prepare_args *args, size_t size, Failure &failure) {
  failure.stage = base::Stage::validate;
  engine::Options options;
  if (int result = capi::read_options(args, size, options, prepared.events, failure); result < 0) {
    return result;
  }
  if (!prepared.events.name_ops(plan.plan)) {
    return base::fail_memory(failure);
  }
  int32_t current = -1;
  options.current = &current;
  prepared.trace.op = &current;
  bool watched = prepared.events.function != nullptr;
  int result = engine::prepare(plan.plan, options, watched ? prepared.events.until_stopped(prepared.trace) : kernel::live,
                               &prepared.program, failure);
  if (result >= 0) {
    engine::close_with(*prepared.program, kernel::live);
  }
  if (prepared.events.stopped) {
    return capi::fail_stopped(failure);
  }
  return result;
}

int keep_created(mplan_prepared &prepared) {
  for (size_t i = 0; i < engine::created_count(*prepared.program); i++) {
    char path[4096];
    engine::created_path(*prepared.program, i, path, sizeof path);
    const char *copy = prepared.created_arena.copy(path);
    if (copy == nullptr || !prepared.created.push(copy)) {
      return -ENOMEM;
    }
  }
  return 0;
}

}  // namespace

int mplan_prepare(const mplan_plan *plan, const mplan_prepare_args *args, size_t size, mplan_prepared **out, mplan_error **err) {
  Failure failure;
  if (plan == nullptr || out == nullptr) {
    base::fail_argument(failure, EINVAL, plan == nullptr ? "plan is NULL" : "out is NULL");
    return capi::report(failure, err);
  }
  base::Owned<mplan_prepared> prepared(base::make<mplan_prepared>());
  if (!prepared) {
    base::fail_memory(failure);
    return capi::report(failure, err);
  }
  if (prepare(*prepared, *plan, args, size, failure) < 0) {
    return capi::report(failure, err);
  }
  *out = prepared.release();
  return 0;
}

void mplan_prepared_free(mplan_prepared *prepared) { base::destroy(prepared); }

int mplan_prepared_backend(const mplan_prepared *prepared) {
  return prepared == nullptr ? 0 : static_cast<int>(engine::backend_of(*prepared->program));
}

int mplan_apply(mplan_prepared *prepared, mplan_error **err) {
  Failure failure;
  if (prepared == nullptr) {
    base::fail_argument(failure, EINVAL, "prepared is NULL");
    return capi::report(failure, err);
  }
  prepared->trace.op = engine::current_op(*prepared->program);
  prepared->events.changed = true;
  bool watched = prepared->events.function != nullptr;
  int result = engine::apply(*prepared->program, watched ? kernel::tracing(prepared->trace) : kernel::live, failure);
  if (result < 0) {
    return capi::report(failure, err);
  }
  // What was applied stays even when there is no memory to remember what was created.
  keep_created(*prepared);
  return 0;
}

size_t mplan_prepared_created_count(const mplan_prepared *prepared) { return prepared == nullptr ? 0 : prepared->created.size(); }

const char *mplan_prepared_created(const mplan_prepared *prepared, size_t i) {
  return prepared == nullptr || i >= prepared->created.size() ? nullptr : prepared->created[i];
}

int mplan_apply_in_child(mplan_prepared *prepared, mplan_failure *out, size_t size) {
  Failure failure;
  int result = prepared == nullptr || out == nullptr || size != sizeof *out ? base::fail_argument(failure, EINVAL, "bad argument")
                                                                            : engine::apply(*prepared->program, kernel::live, failure);
  if (result < 0 && out != nullptr && size == sizeof *out) {
    static_assert(sizeof failure <= sizeof *out);
    memset(out, 0, sizeof *out);
    memcpy(out, &failure, sizeof failure);
  }
  return result;
}

int mplan_prepared_error(const mplan_prepared *prepared, const mplan_failure *failure, size_t size, mplan_error **err) {
  Failure record;
  if (prepared == nullptr || failure == nullptr || size != sizeof *failure || err == nullptr) {
    base::fail_argument(record, EINVAL, "bad argument");
    return capi::report(record, err);
  }
  memcpy(static_cast<void *>(&record), failure, sizeof record);
  if (!engine::check_failure(*prepared->program, record)) {
    record = Failure();
    base::fail_argument(record, EINVAL, "the bytes are no failure of this prepared plan");
  }
  return capi::report(record, err);
}
