// SPDX-License-Identifier: MIT
// prepare: plan -> program. Copies what the plan owns, expands the helpers, reserves memory for the worst case, and runs the host phase.
#include <mountplan/apply.h>
#include <sys/auxv.h>

#include <cerrno>
#include <cstring>

#include "base/object.hpp"
#include "engine/check.hpp"
#include "engine/expand.hpp"
#include "engine/remount_tree.hpp"
#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

using base::Kind;
using base::Stage;

struct Builder {
  const kernel::Kernel &kernel;
  const plan::Plan &plan;
  Program &program;
  base::Failure &failure;
};

int keep_text(Builder &builder, const char *&text) {
  if (text == nullptr) {
    return 0;
  }
  text = builder.program.arena.copy(text);
  return text == nullptr ? base::fail_memory(builder.failure) : 0;
}

int keep_fd(Builder &builder, int &fd) {
  if (fd < 0) {
    return 0;
  }
  int copy = builder.kernel.duplicate(fd);
  if (copy < 0) {
    return base::fail_call(builder.failure, copy, "fcntl");
  }
  fd = copy;
  if (!builder.program.plan_fds.push(copy)) {
    builder.kernel.close(copy);
    return base::fail_memory(builder.failure);
  }
  return 0;
}

template <typename T>
T *allocate(Builder &builder, size_t count) {
  auto *result = static_cast<T *>(builder.program.arena.allocate(count * sizeof(T)));
  for (size_t i = 0; result != nullptr && i < count; i++) {
    result[i] = T{};
  }
  return result;
}

int keep_layers(Builder &builder, Step &step) {
  const plan::Op &op = step.op;
  step.fd_count = op.layer_count + 2;
  step.fds = allocate<int>(builder, step.fd_count);
  step.layers = allocate<plan::Layer>(builder, op.layer_count);
  step.options = allocate<Option>(builder, op.layer_count + 10);
  if (step.fds == nullptr || step.layers == nullptr || step.options == nullptr) {
    return base::fail_memory(builder.failure);
  }
  for (size_t i = 0; i < op.layer_count; i++) {
    step.layers[i] = builder.plan.layers[op.first_layer + i];
    if (int result = keep_text(builder, step.layers[i].path); result < 0) {
      return result;
    }
    if (int result = keep_fd(builder, step.layers[i].fd); result < 0) {
      return result;
    }
  }
  return 0;
}

int keep_data(Builder &builder, plan::Op &op) {
  if (op.kind != MPLAN_OP_FILE || op.source_fd >= 0 || op.size == 0) {
    return 0;
  }
  void *copy = builder.program.arena.allocate(op.size);
  if (copy == nullptr) {
    return base::fail_memory(builder.failure);
  }
  memcpy(copy, op.data, op.size);
  op.data = copy;
  return 0;
}

// Everything the step points at belongs to the program afterwards.
int own(Builder &builder, Step &step) {
  plan::Op &op = step.op;
  for (const char **text : {&op.target, &op.source, &op.source_path, &op.prefix, &op.upper, &op.work}) {
    if (int result = keep_text(builder, *text); result < 0) {
      return result;
    }
  }
  for (int *fd : {&op.source_fd, &op.idmap_fd}) {
    if (int result = keep_fd(builder, *fd); result < 0) {
      return result;
    }
  }
  if (int result = keep_data(builder, op); result < 0) {
    return result;
  }
  if (op.kind == MPLAN_OP_OVERLAY) {
    if (int result = keep_layers(builder, step); result < 0) {
      return result;
    }
  }
  if (op.kind == MPLAN_OP_DEV) {
    step.fd_count = dev_fd_count;
    step.fds = allocate<int>(builder, step.fd_count);
    if (step.fds == nullptr) {
      return base::fail_memory(builder.failure);
    }
  }
  for (size_t i = 0; i < step.fd_count; i++) {
    step.fds[i] = no_fd;
  }
  return 0;
}

// Attaching makes everything private, so what the plan says about propagation comes after it.
bool needs_attached_root(const plan::Op &op) {
  switch (op.kind) {
    case MPLAN_OP_MOVE:
    case MPLAN_OP_UNMOUNT:
    case MPLAN_OP_PROPAGATION:
      return true;
    case MPLAN_OP_REMOUNT:
      return strcmp(op.target, "/") != 0 || (op.flags & may_skip) != 0;  // the table shows what is attached
    default:
      return false;
  }
}

// The parts of the program that follow from all its steps together.
int connect_steps(Builder &builder) {
  Program &program = builder.program;
  bool in_place = (program.flags & MPLAN_PREPARE_IN_PLACE) != 0;
  size_t entries = 16;
  size_t notes = 2;
  for (size_t i = 0; i < program.steps.size(); i++) {
    const Step &step = program.steps[i];
    const plan::Op &op = step.op;
    bool makes_mount = actions_of(op.kind).build != nullptr;
    if (makes_mount && strcmp(op.target, "/") == 0) {
      if (in_place) {
        base::fail(builder.failure, Kind::validation, EINVAL, "an op at / makes a new root, which can not be in place");
        blame(builder.failure, step);
        return -EINVAL;
      }
      program.root_step = static_cast<int>(i);
    }
    if (in_place && !can_be_taken_back(op) && i + 1 < program.steps.size()) {
      base::fail(builder.failure, Kind::unsupported, EOPNOTSUPP, "in place this op can not be taken back, so it must be the last one");
      blame(builder.failure, step);
      return -EOPNOTSUPP;
    }
    program.attach_first = program.attach_first || (!in_place && needs_attached_root(op));
    entries += 4;
    notes += op.kind == MPLAN_OP_DEV ? dev_mounts : 1;
    for (const char *at = op.kind == MPLAN_OP_BIND && op.source != nullptr ? op.source : ""; *at != '\0'; at++) {
      entries += *at == '/' ? 1 : 0;
    }
    for (const char *at = op.target; *at != '\0'; at++) {
      entries += *at == '/' ? 1 : 0;
    }
  }
  bool reserved = program.undo.reserve(entries) && program.created.reserve(entries) && program.own_devices.reserve(entries);
  if ((program.flags & MPLAN_PREPARE_VERIFY) != 0) {
    reserved = reserved && program.notes.reserve(notes);
  }
  return reserved ? 0 : base::fail_memory(builder.failure);
}

int open_root(Builder &builder, const Options &options) {
  int fd;
  if (options.root_fd >= 0) {
    fd = builder.kernel.duplicate(options.root_fd);
  } else {
    fd = builder.kernel.openat(kernel::at_cwd, options.root, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  }
  if (fd < 0) {
    return base::fail_call(builder.failure, fd, options.root_fd >= 0 ? "fcntl" : "openat", options.root);
  }
  builder.program.place = fd;
  struct statx stat;
  int result = builder.kernel.statx(fd, "", kernel::at_empty_path | kernel::at_symlink_nofollow, STATX_TYPE, &stat);
  if (result < 0) {
    return base::fail_call(builder.failure, result, "statx", options.root);
  }
  if (type_of(stat) == S_IFDIR) {
    return 0;
  }
  if (options.root != nullptr) {
    base::Writer(builder.failure.path, sizeof builder.failure.path).text(options.root);
  }
  bool link = type_of(stat) == S_IFLNK;
  return base::fail(builder.failure, link ? Kind::safety : Kind::argument, link ? ELOOP : ENOTDIR,
                    link ? "the root is a symbolic link, which is not followed" : "the root is not a directory");
}

int check_options(const Options &options, base::Failure &failure) {
  constexpr uint64_t known = MPLAN_PREPARE_IN_PLACE | MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_VERIFY;
  if ((options.flags & ~known) != 0) {
    base::Writer(failure.detail, sizeof failure.detail)
        .text("flags has unknown bit ")
        .hex(options.flags & ~known & (~(options.flags & ~known) + 1));
    failure.kind = Kind::argument;
    failure.error = EINVAL;
    return -EINVAL;
  }
  if (options.backend > MPLAN_BACKEND_CLASSIC) {
    return base::fail_argument(failure, EINVAL, "backend is not one of MPLAN_BACKEND_");
  }
  bool pivot = (options.flags & MPLAN_PREPARE_PIVOT) != 0;
  bool has_root = options.root != nullptr || options.root_fd >= 0;
  if (pivot && ((options.flags & MPLAN_PREPARE_IN_PLACE) != 0 || has_root)) {
    return base::fail_argument(failure, EINVAL, "PIVOT goes neither with IN_PLACE nor with a root");
  }
  if (!pivot && !has_root) {
    return base::fail_argument(failure, EINVAL, "a root is needed: a path or a descriptor");
  }
  if (options.root != nullptr && options.root[0] != '/') {
    return base::fail_argument(failure, EINVAL, "root is not an absolute path");
  }
  return 0;
}

int build(Builder &builder, const Options &options) {
  Program &program = builder.program;
  for (size_t i = 0; i < builder.plan.ops.size(); i++) {
    const plan::Op &op = builder.plan.ops[i];
    Step step;
    step.op = op;
    step.index = static_cast<int32_t>(i);
    set_current(program, step.index);
    step.parent_mode = plan::parent_mode_of(builder.plan, op);
    int result = own(builder, step);
    if (result >= 0 && (op.kind == MPLAN_OP_ROOT || op.kind == MPLAN_OP_ETC)) {
      result = expand(builder.kernel, program, step, builder.failure);
    } else if (result >= 0) {
      if (op.kind == MPLAN_OP_SYMLINK && (op.flags & MPLAN_SYMLINK_DEREFERENCE) != 0) {
        result = dereference(builder.kernel, program, step, builder.failure);
      }
      if (result >= 0 && !program.steps.push(step)) {
        result = base::fail_memory(builder.failure);
      }
    }
    if (result < 0) {
      // The caller's plan outlives this call, the program may not: name the op by the plan's strings.
      step.op = op;
      blame(builder.failure, step);
      return result;
    }
  }
  set_current(program, -1);
  if (int result = connect_steps(builder); result < 0) {
    return result;
  }
  if ((options.flags & MPLAN_PREPARE_PIVOT) == 0) {
    if (int result = open_root(builder, options); result < 0) {
      return result;
    }
  }
  if (int result = reserve_table(program, builder.failure); result < 0) {
    return result;
  }
  if ((options.flags & MPLAN_PREPARE_DEFERRED) != 0) {
    return 0;
  }
  Run run{.kernel = builder.kernel, .program = program, .failure = builder.failure};
  int result = choose_backend(run);
  if (result >= 0 && program.backend != MPLAN_BACKEND_DETACHED) {
    result = check_procfs(run);  // what apply begins with
  }
  if (result >= 0) {
    result = resolve_all(run);
  }
  if (result < 0) {
    base::Failure kept = run.failure;
    run.failure.left = static_cast<uint8_t>(std::min<size_t>(roll_back(run), UINT8_MAX));  // ENSURE has perhaps made something
    run.failure = kept;
  }
  return_to_working_directory(run);
  return result;
}

// The failure must not point into a program that is about to go.
void point_at_plan(base::Failure &failure, const plan::Plan &plan) {
  if (failure.op < 0) {
    return;
  }
  const plan::Op &op = plan.ops[static_cast<size_t>(failure.op)];
  failure.op_kind = static_cast<uint8_t>(op.kind);
  failure.source = op.source;
  failure.target = op.target;
  drop_known_path(failure);
}

}  // namespace

int refuse_elevated(base::Failure &failure) {
  if (getauxval(AT_SECURE) == 0) {
    return 0;
  }
  return base::fail(
      failure, Kind::safety, EPERM,
      "the process gained privilege when it was executed (setuid, setgid or file capabilities); mount plans are refused there");
}

int prepare(const plan::Plan &plan, const Options &options, const kernel::Kernel &kernel, Program **out, base::Failure &failure) {
  failure.stage = Stage::validate;
  if (int result = refuse_elevated(failure); result < 0) {
    return result;
  }
  if (int result = check_options(options, failure); result < 0) {
    return result;
  }
  if (int result = plan::validate(plan, failure); result < 0) {
    return result;
  }
  failure.stage = Stage::prepare;
  base::Owned<Program> program(base::make<Program>());
  if (!program) {
    return base::fail_memory(failure);
  }
  program->flags = options.flags;
  program->plan_flags = plan.flags;
  program->backend = options.backend;
  program->opener = kernel;
  program->watched = options.current;
  Builder builder{kernel, plan, *program, failure};
  if (int result = build(builder, options); result < 0) {
    point_at_plan(failure, plan);
    release(program.release());
    return result;
  }
  failure = base::Failure();
  program->watched = nullptr;
  *out = program.release();
  return 0;
}

}  // namespace mountplan::engine
