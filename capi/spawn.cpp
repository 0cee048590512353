// SPDX-License-Identifier: MIT
// mountplan/spawn.h on the spawn module.
#include <mountplan/spawn.h>

#include <cerrno>

#include "base/object.hpp"
#include "capi/events.hpp"
#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "spawn/start.hpp"

using mountplan::base::Failure;
using mountplan::base::Owned;
namespace base = mountplan::base;
namespace capi = mountplan::capi;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;
namespace plan = mountplan::plan;
namespace spawn = mountplan::spawn;

struct mplan_spawn {
  spawn::Spec spec{kernel::live};
};

struct mplan_process {
  spawn::Process process{kernel::live};
};

namespace {

template <typename Function>
int with(mplan_spawn *object, mplan_error **err, Function function) {
  Failure failure;
  int result = object != nullptr ? function(object->spec, failure) : fail_argument(failure, EINVAL, "spawn is NULL");
  return result < 0 ? capi::report(failure, err) : 0;
}

// A program that is released on every way out.
struct Prepared {
  engine::Program *program = nullptr;
  Prepared() = default;
  Prepared(const Prepared &) = delete;
  Prepared &operator=(const Prepared &) = delete;
  ~Prepared() {
    if (program != nullptr) {
      engine::release(program);
    }
  }
};

int check_options(const engine::Options &options, Failure &failure) {
  if (options.root != nullptr || options.root_fd >= 0 || (options.flags & MPLAN_PREPARE_IN_PLACE) != 0) {
    return fail_argument(failure, EINVAL, "a spawn has a fresh root of its own: root and IN_PLACE are not allowed");
  }
  return 0;
}

int prepare(const plan::Plan &plan, const engine::Options &options, capi::Events &events, Prepared &prepared, Failure &failure) {
  if (events.function == nullptr) {
    return engine::prepare(plan, options, kernel::live, &prepared.program, failure);
  }
  const int32_t no_op = -1;  // the program that would know its op is being made
  kernel::Trace trace(kernel::live, &no_op, capi::Events::deliver, &events);
  int result = engine::prepare(plan, options, kernel::tracing(trace), &prepared.program, failure);
  if (result >= 0) {
    engine::close_with(*prepared.program, kernel::live);
  }
  return result;
}

// Asked once, when all is prepared and before the child is made.
bool stopped(void *data) {
  auto &events = *static_cast<capi::Events *>(data);
  events.changed = true;
  return events.stopped;
}

int start(const spawn::Spec &spec, const plan::Plan &plan, const mplan_prepare_args *args, size_t size, Prepared &prepared,
          spawn::Process &process, Failure &failure) {
  failure.stage = base::Stage::validate;
  engine::Options options;
  capi::Events events;
  int result = engine::refuse_elevated(failure);
  if (result == 0) {
    result = capi::read_options(args, size, options, events, failure);
  }
  if (result == 0) {
    result = check_options(options, failure);
  }
  if (result < 0) {
    return result;
  }
  if (!events.name_ops(plan)) {
    return fail_memory(failure);
  }
  options.flags |= MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_PIVOT;
  options.flags |= (spec.flags & MPLAN_SPAWN_NO_VERIFY) == 0 ? MPLAN_PREPARE_VERIFY : 0;
  result = prepare(plan, options, events, prepared, failure);
  if (result < 0) {
    return result;
  }
  failure.stage = base::Stage::none;
  spawn::Listener listener;
  if (events.function != nullptr) {
    listener = {capi::Events::deliver, stopped, &events};
  }
  return spawn::start(spec, *prepared.program, kernel::live, listener, process, failure);
}

}  // namespace

int mplan_spawn_new(mplan_spawn **out, mplan_error **err) {
  Failure failure;
  if (out == nullptr) {
    fail_argument(failure, EINVAL, "out is NULL");
    return capi::report(failure, err);
  }
  *out = base::make<mplan_spawn>();
  if (*out == nullptr) {
    fail_memory(failure);
    return capi::report(failure, err);
  }
  return 0;
}

void mplan_spawn_free(mplan_spawn *object) { base::destroy(object); }

int mplan_spawn_set_argv(mplan_spawn *object, const char *const *argv, size_t count, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_argv(spec, argv, count, failure); });
}

int mplan_spawn_set_env(mplan_spawn *object, const char *const *env, size_t count, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_env(spec, env, count, failure); });
}

int mplan_spawn_set_cwd(mplan_spawn *object, const char *path, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_cwd(spec, path, failure); });
}

int mplan_spawn_set_hostname(mplan_spawn *object, const char *name, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_hostname(spec, name, failure); });
}

int mplan_spawn_set_namespaces(mplan_spawn *object, uint64_t namespaces, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_namespaces(spec, namespaces, failure); });
}

int mplan_spawn_set_flags(mplan_spawn *object, uint64_t flags, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_flags(spec, flags, failure); });
}

int mplan_spawn_add_uid_map(mplan_spawn *object, uint32_t inside, uint32_t outside, uint32_t count, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) {
    return spawn::add_range(spec.uid_map, spawn::IdRange{inside, outside, count}, failure);
  });
}

int mplan_spawn_add_gid_map(mplan_spawn *object, uint32_t inside, uint32_t outside, uint32_t count, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) {
    return spawn::add_range(spec.gid_map, spawn::IdRange{inside, outside, count}, failure);
  });
}

int mplan_spawn_set_ids(mplan_spawn *object, uint32_t uid, uint32_t gid, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::set_ids(spec, spawn::Ids{uid, gid}, failure); });
}

int mplan_spawn_set_capabilities(mplan_spawn *object, uint64_t keep, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &) {
    spec.capabilities = keep;
    spec.has_capabilities = true;
    return 0;
  });
}

int mplan_spawn_add_fd(mplan_spawn *object, int fd, int child_fd, mplan_error **err) {
  return with(object, err, [&](spawn::Spec &spec, Failure &failure) { return spawn::add_fd(spec, fd, child_fd, failure); });
}

int mplan_spawn_start(const mplan_spawn *object, const mplan_plan *plan, const struct mplan_prepare_args *args, size_t size,
                      mplan_process **out, mplan_error **err) {
  Failure failure;
  if (object == nullptr || plan == nullptr || out == nullptr) {
    fail_argument(failure, EINVAL, object == nullptr ? "spawn is NULL" : plan == nullptr ? "plan is NULL" : "out is NULL");
    return capi::report(failure, err);
  }
  Owned<mplan_process> process(base::make<mplan_process>());
  if (!process) {
    fail_memory(failure);
    return capi::report(failure, err);
  }
  Prepared prepared;
  if (start(object->spec, plan->plan, args, size, prepared, process->process, failure) < 0) {
    return capi::report(failure, err);
  }
  *out = process.release();
  return 0;
}

int32_t mplan_process_pid(const mplan_process *process) { return process != nullptr ? process->process.pid : -1; }

int mplan_process_pidfd(const mplan_process *process) { return process != nullptr ? process->process.pidfd : -1; }

int mplan_process_wait(mplan_process *process, struct mplan_exit *out, size_t size, mplan_error **err) {
  Failure failure;
  if (process == nullptr || out == nullptr) {
    fail_argument(failure, EINVAL, process == nullptr ? "process is NULL" : "out is NULL");
    return capi::report(failure, err);
  }
  if (spawn::wait_for_end(process->process, failure) < 0) {
    return capi::report(failure, err);
  }
  const mplan_exit value = {process->process.ended.code, process->process.ended.signal};
  return capi::struct_out(value, out, size);
}

int mplan_process_signal(mplan_process *process, int signal, mplan_error **err) {
  Failure failure;
  if (process == nullptr) {
    fail_argument(failure, EINVAL, "process is NULL");
    return capi::report(failure, err);
  }
  return spawn::send_signal(process->process, signal, failure) < 0 ? capi::report(failure, err) : 0;
}

void mplan_process_free(mplan_process *process) { base::destroy(process); }
