// SPDX-License-Identifier: MIT
#include "engine/check.hpp"

#include <mountplan/apply.h>
#include <sys/statfs.h>

#include <cerrno>
#include <cstring>

#include "engine/commit_namespace.hpp"
#include "kernel/features.hpp"
#include "kernel/trace.hpp"

namespace mountplan::engine {

namespace {

// A layer takes up to 11 bytes, "2147483647:", of the one page that mount(2) takes as options.
constexpr size_t classic_most_layers = 350;
// And of the 255 bytes of a string of fsconfig(2).
constexpr size_t fd_most_joined_layers = 23;

int unsupported(Run &run, const Step &step, const char *what) {
  base::Writer(run.failure.detail, sizeof run.failure.detail)
      .text("the ")
      .text(kernel::backend_name(run.program.backend))
      .text(" backend ")
      .text(what);
  run.failure.kind = base::Kind::unsupported;
  run.failure.error = EOPNOTSUPP;
  blame(run.failure, step);
  return -EOPNOTSUPP;
}

// Before Linux 5.11 no overlay is mounted in a user namespace, which is what the kernel says to a context without layers too, before it
// looks for them. A kernel that has all calls of the fd backend is younger.
int check_overlay_allowed(Run &run, const Step &step) {
  bool bind = (step.op.flags & MPLAN_OVERLAY_READONLY) != 0 && step.op.layer_count == 1;
  const char *call = nullptr;
  if (bind || kernel::backend_lacks(run.kernel, MPLAN_BACKEND_FD, &call) != ENOSYS) {
    return 0;
  }
  bool inside = false;
  if (int result = in_user_namespace(run, inside); result < 0 || !inside) {
    return result;
  }
  ScopedFd context(run, run.kernel.fsopen("overlay", kernel::fsopen_cloexec));
  bool refused = context.get() >= 0 && run.kernel.fsconfig(context.get(), kernel::fsconfig_create, nullptr, nullptr, 0) == -EPERM;
  return refused ? unsupported(run, step, "can not mount an overlay in a user namespace on this kernel") : 0;
}

int check_classic(Run &run, const Step &step) {
  if (step.op.idmap_fd >= 0) {
    return unsupported(run, step, "can not idmap a mount");
  }
  if (step.op.symlinks == MPLAN_SYMLINK_MOUNT_ON) {
    return unsupported(run, step, "can not mount on a symbolic link");
  }
  if (step.op.kind == MPLAN_OP_OVERLAY && (step.op.flags & MPLAN_OVERLAY_EPHEMERAL) != 0 && strcmp(step.op.target, "/") == 0) {
    // Upper and work would have to lie on a mount beneath the root, which could not be taken away from there again.
    return unsupported(run, step, "can not make an ephemeral overlay the root");
  }
  if (step.op.layer_count > classic_most_layers) {
    return unsupported(run, step, "can not take more than 350 layers");
  }
  return step.op.kind == MPLAN_OP_OVERLAY ? check_overlay_allowed(run, step) : 0;
}

bool has_data_layer(const Step &step) {
  for (size_t i = 0; i < step.op.layer_count; i++) {
    if (step.layers[i].data_only) {
      return true;
    }
  }
  return false;
}

// What overlayfs can not do on a kernel that does not take layers one by one.
int check_joined_layers(Run &run, const Step &step) {
  if (has_data_layer(step)) {
    return unsupported(run, step, "can not take data-only layers on this kernel");
  }
  if (run.program.backend == MPLAN_BACKEND_FD && step.op.layer_count > fd_most_joined_layers) {
    return unsupported(run, step, "can not take more than 23 layers on this kernel");
  }
  return 0;
}

// From a shared mount nothing can be moved, so mount(2) does not reach what is covered there. That must stay covered then.
int check_covered(Run &run) {
  bool shares = false;
  bool passed_over = false;
  for (const Step &step : run.program.steps) {
    shares = shares || (step.op.kind == MPLAN_OP_PROPAGATION && (step.op.flags & MPLAN_PROPAGATION_SHARED) != 0);
    passed_over = passed_over || (shares && step.op.kind == MPLAN_OP_REMOUNT && (step.op.flags & MPLAN_BIND_RECURSIVE) != 0);
    if (passed_over && (step.op.kind == MPLAN_OP_UNMOUNT || step.op.kind == MPLAN_OP_MOVE)) {
      return unsupported(run, step,
                         "can not take away what may cover mounts that a recursive remount did not reach, after a shared propagation");
    }
  }
  return 0;
}

int check_steps(Run &run) {
  bool asked = run.program.backend == MPLAN_BACKEND_DETACHED;  // that backend is younger than layers that go in one by one
  for (const Step &step : run.program.steps) {
    int result = run.program.backend == MPLAN_BACKEND_CLASSIC ? check_classic(run, step) : 0;
    bool overlay = step.op.kind == MPLAN_OP_OVERLAY;
    if (overlay && !asked) {
      run.program.joins_layers = !kernel::takes_single_layers(run.kernel);
      asked = true;
    }
    if (result >= 0 && overlay && run.program.joins_layers) {
      result = check_joined_layers(run, step);
    }
    if (result < 0) {
      return result;
    }
  }
  return run.program.backend == MPLAN_BACKEND_CLASSIC ? check_covered(run) : 0;
}

int find_backend(Run &run) {
  Program &program = run.program;
  bool free_choice = program.backend == MPLAN_BACKEND_AUTO;
  if (free_choice) {
    program.backend = kernel::best_backend(run.kernel);
  } else {
    const char *call = nullptr;
    if (int error = kernel::backend_lacks(run.kernel, program.backend, &call); error != 0) {
      bool missing = error == ENOSYS;
      base::fail(run.failure, base::Kind::unsupported, missing ? EOPNOTSUPP : error,
                 missing ? "this kernel does not have a call that the backend needs" : "a call that the backend needs is denied");
      base::Writer(run.failure.call, sizeof run.failure.call).text(call);
      return -run.failure.error;
    }
  }
  int result = check_steps(run);
  if (result == -EOPNOTSUPP && free_choice && program.backend == MPLAN_BACKEND_FD) {
    // Options of mount(2) may be longer than those of fsconfig(2).
    program.backend = MPLAN_BACKEND_CLASSIC;
    forget_failure(run);
    result = check_steps(run);
  }
  run.backend = backend_by_id(program.backend);
  return result;
}

}  // namespace

int choose_backend(Run &run) {
  set_current(run.program, kernel::quiet);
  int result = find_backend(run);
  check_commit(run);
  set_current(run.program, -1);
  return result;
}

}  // namespace mountplan::engine
