// SPDX-License-Identifier: MIT
// Running a program: resolve (when that was put off), root, ops in order, commit; or roll back.
#include <mountplan/apply.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/check.hpp"
#include "engine/commit_namespace.hpp"
#include "engine/run.hpp"
#include "engine/verify.hpp"

namespace mountplan::engine {

namespace {

using base::Stage;

// A directory every system has, to hold the root while it is built where it can not be attached nowhere. It is in a mount namespace of our
// own.
constexpr const char *places[] = {"/tmp", "/run", "/var", "/usr", "/etc", "/dev", "/proc"};

// Runs one moment of one step, and lets a failure know which op it was.
int carry_out(Run &run, Step &step, int (*moment)(Run &, Step &)) {
  if (moment == nullptr || step.skipped) {
    return 0;
  }
  set_current(run.program, step.index);
  int result = moment(run, step);
  if (result < 0) {
    blame(run.failure, step);
  }
  set_current(run.program, -1);
  return result < 0 ? result : 0;
}

void finish_step(Run &run, Step &step) {
  close_fd(run, step.source);
  close_fd(run, step.mount);
  for (size_t i = 0; i < step.fd_count; i++) {
    close_fd(run, step.fds[i]);
  }
}

int open_place(Run &run) {
  if (run.program.place >= 0) {
    run.place = run.kernel.duplicate(run.program.place);
    return run.place < 0 ? failed(run, run.place, "fcntl") : 0;
  }
  for (const char *path : places) {
    run.place = open_host(run, path, O_PATH | O_DIRECTORY | O_NOFOLLOW);
    if (run.place >= 0) {
      return 0;
    }
  }
  return failed(run, run.place, "openat", places[0]);
}

int make_root(Run &run) {
  if (run.program.root_step < 0) {
    const Option options[] = {{"mode", "0755", no_fd}};
    FileSystem file_system{"tmpfs", MPLAN_SOURCE_ROOTFS, options, 1, MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV};
    int root = run.backend->create(run, file_system);
    if (root < 0) {
      return root;
    }
    run.root = root;
    Expected expected{.target = "/", .type = file_system.type, .attributes = file_system.attributes};
    int result = adopt_device(run, root);
    return result < 0 ? result : note_placed(run, nullptr, root, expected);
  }
  Step &step = run.program.steps[static_cast<size_t>(run.program.root_step)];
  if (step.source_type != 0 && step.source_type != S_IFDIR) {
    int result = base::fail(run.failure, base::Kind::state, ENOTDIR, "the source is no directory, so it can not be the root");
    blame(run.failure, step);
    return result;
  }
  if (step.skipped) {
    int result = base::fail(run.failure, base::Kind::state, ENOENT, "the source of the root is missing");
    blame(run.failure, step);
    return result;
  }
  int result = carry_out(run, step, actions_of(step.op.kind).build);
  if (result >= 0) {
    run.root = step.mount;
    step.mount = no_fd;
    step.skipped = true;  // done
    result = note_placed(run, &step, run.root, expected_of(step));
  }
  return result;
}

int enter_root(Run &run) {
  if (run.has(MPLAN_PREPARE_IN_PLACE)) {
    run.root = run.kernel.duplicate(run.program.place);
    return run.root < 0 ? failed(run, run.root, "fcntl") : open_place(run);
  }
  bool classic = run.backend->id == MPLAN_BACKEND_CLASSIC;
  bool first = run.backend->root_first || run.program.attach_first;
  if (first || !run.has(MPLAN_PREPARE_PIVOT)) {
    if (int result = open_place(run); result < 0) {
      return result;
    }
  }
  int result = make_root(run);
  if (result < 0) {
    return result;
  }
  if (!first) {
    return 0;
  }
  if (!classic) {
    // Scratch that an op at the root needed must not end up beneath it. What lies on scratch stays in use.
    result = drop_scratch(run);
    if (result >= 0) {
      result = run.backend->attach(run, run.root, run.place);
    }
    if (result < 0) {
      return result;
    }
    run.root_attached = true;
    // Of a shared parent it became a peer, with all that came along. One without anything below is private by being unbindable.
    if (run.program.root_step >= 0) {
      if (result = set_propagation(run, run.root, MPLAN_PROPAGATION_PRIVATE, true); result < 0) {
        return result;
      }
    }
  }
  result = set_propagation(run, run.root, MPLAN_PROPAGATION_UNBINDABLE, false);
  run.root_hidden = result >= 0;
  return result;
}

int finish_building(Run &run) {
  int result = drop_scratch(run);
  return result < 0 ? result : verify(run);
}

int run_steps(Run &run) {
  if (run.has(MPLAN_PREPARE_IN_PLACE)) {
    for (Step &step : run.program.steps) {
      if (int result = carry_out(run, step, actions_of(step.op.kind).build); result < 0) {
        return result;
      }
    }
    for (Step &step : run.program.steps) {
      // After a step that can not be taken back (the last one), nothing should go wrong any more.
      int result = can_be_taken_back(step.op) ? 0 : finish_building(run);
      result = result < 0 ? result : carry_out(run, step, actions_of(step.op.kind).place);
      if (result < 0) {
        return result;
      }
      finish_step(run, step);
      run.settled = !can_be_taken_back(step.op);
    }
    return 0;
  }
  for (Step &step : run.program.steps) {
    const Actions &actions = actions_of(step.op.kind);
    int result = carry_out(run, step, actions.build);
    if (result >= 0) {
      result = carry_out(run, step, actions.place);
    }
    if (result < 0) {
      return result;
    }
    finish_step(run, step);
  }
  return 0;
}

int commit(Run &run) {
  if (run.has(MPLAN_PREPARE_IN_PLACE)) {
    return finish_building(run);
  }
  if (int result = drop_scratch(run); result < 0) {
    return result;
  }
  if (run.root_hidden) {
    if (int result = set_propagation(run, run.root, MPLAN_PROPAGATION_PRIVATE, false); result < 0) {
      return result;
    }
  }
  if (run.program.commit == Commit::hand_over) {
    return hand_over(run);
  }
  if (run.has(MPLAN_PREPARE_PIVOT)) {
    return enter(run);
  }
  if (!run.root_attached) {
    if (int result = run.backend->attach(run, run.root, run.place); result < 0) {
      return result;
    }
    // A mount that lands on a shared one becomes shared with all that is below. The plan asked for private mounts.
    run.root_attached = true;
    if (int result = set_propagation(run, run.root, MPLAN_PROPAGATION_PRIVATE, true); result < 0) {
      return result;
    }
  }
  return verify(run);
}

void give_up(Run &run) {
  base::Failure kept = run.failure;
  size_t left = run.settled && run.failure.refused == 0 ? 1 : 0;  // what was refused goes with the process that tried
  prepare_roll_back(run);
  if (run.root_attached) {
    // First: what was made in trees of the caller may have a mount on it, in this root.
    left += drop_scratch(run) < 0 ? 1 : 0;
    left += detach_mount(run, run.root >= 0 ? run.root : run.place) < 0 ? 1 : 0;
  }
  left += roll_back(run);
  left += drop_scratch(run) < 0 ? 1 : 0;
  run.failure = kept;
  run.failure.left = static_cast<uint8_t>(std::min<size_t>(left + kept.left, UINT8_MAX));
}

void clean_up(Run &run) {
  for (Step &step : run.program.steps) {
    finish_step(run, step);
  }
  for (Undo &undo : run.program.undo) {
    close_fd(run, undo.fd);
    close_fd(run, undo.fd2);
  }
  run.program.undo.truncate(0);
  close_fd(run, run.root);
  close_fd(run, run.place);
  close_fd(run, run.scratch);
  close_fd(run, run.cover);
  close_fd(run, run.empty_mask);
  return_to_working_directory(run);
}

// With PIVOT the process has a mount namespace, and so a umask, of its own. Without one, modes need no second look. umask(2) fails only
// where a filter denies it.
class NoUmask {
 public:
  explicit NoUmask(Run &run) : run_(run), old_(run.has(MPLAN_PREPARE_PIVOT) ? run.kernel.call(kernel::Call::umask, 0) : 0) {}
  NoUmask(const NoUmask &) = delete;
  NoUmask &operator=(const NoUmask &) = delete;
  long result() const { return old_; }
  ~NoUmask() {
    if (old_ > 0) {
      run_.kernel.call(kernel::Call::umask, old_);
    }
  }

 private:
  Run &run_;
  long old_;
};

int carry_out_all(Run &run) {
  bool leaves = run.backend->id != MPLAN_BACKEND_DETACHED;
  if (int result = leaves ? leave_working_directory(run) : 0; result < 0) {  // before the umask is set, which threads share with it
    return result;
  }
  NoUmask no_umask(run);
  if (no_umask.result() < 0) {
    return failed(run, static_cast<int>(no_umask.result()), "umask");
  }
  if (run.has(MPLAN_PREPARE_PIVOT) && !in_namespace_of_parent(run)) {
    // First of all: nothing that is mounted or unmounted from here on reaches the host.
    int result = run.kernel.mount(nullptr, "/", nullptr, kernel::ms_rec | kernel::ms_slave, nullptr);
    if (result < 0) {
      return failed(run, result, "mount", "/");
    }
  }
  if (run.has(MPLAN_PREPARE_DEFERRED)) {
    if (int result = resolve_all(run); result < 0) {
      return result;
    }
  }
  if (leaves) {
    if (int result = enter_descriptors(run); result < 0) {
      return result;
    }
  }
  if (int result = enter_root(run); result < 0) {
    return result;
  }
  if (int result = run_steps(run); result < 0) {
    return result;
  }
  run.failure.stage = Stage::commit;
  return commit(run);
}

}  // namespace

void set_current(Program &program, int32_t op) {
  program.current = op;
  if (program.watched != nullptr) {
    *program.watched = op;
  }
}

void drop_known_path(base::Failure &failure) {
  for (const char *known : {failure.source, failure.target}) {
    if (known != nullptr && strcmp(failure.path, known) == 0) {
      failure.path[0] = '\0';
    }
  }
}

void blame(base::Failure &failure, const Step &step) {
  failure.op = step.index;
  failure.op_kind = static_cast<uint8_t>(step.from_helper ? step.helper_kind : step.op.kind);
  const char *given = step.given_source != nullptr ? step.given_source : step.op.source;
  failure.source = step.from_helper ? step.helper_source : given;
  failure.target = step.from_helper ? step.helper_target : step.op.target;
  if (step.from_helper && failure.path[0] == '\0') {
    base::Writer(failure.path, sizeof failure.path).text(step.op.target);
  }
  drop_known_path(failure);
}

int resolve_all(Run &run) {
  for (Step &step : run.program.steps) {
    if (int result = carry_out(run, step, actions_of(step.op.kind).resolve); result < 0) {
      return result;
    }
  }
  return 0;
}

int apply(Program &program, const kernel::Kernel &kernel, base::Failure &failure) {
  if (program.applied) {
    return base::fail(failure, base::Kind::state, EALREADY, "this prepared plan was applied before");
  }
  program.applied = true;
  failure = base::Failure();
  failure.stage = Stage::apply;
  Run run{.kernel = kernel, .program = program, .failure = failure};
  int result = choose_backend(run);
  if (result >= 0) {
    result = carry_out_all(run);
  }
  if (result < 0 && failure.error == 0) {
    base::fail(failure, base::Kind::internal, -result, "a call failed that was not told of");  // never success by omission
  }
  if (result < 0) {
    give_up(run);
  } else {
    failure = base::Failure();
  }
  clean_up(run);
  return result < 0 ? result : 0;
}

const int32_t *current_op(const Program &program) { return &program.current; }

uint32_t backend_of(const Program &program) { return program.backend; }

size_t created_count(const Program &program) { return program.created.size(); }

void created_path(const Program &program, size_t i, char *out, size_t size) {
  const Created &created = program.created[i];
  base::Writer(out, size).text(std::string_view(created.path, created.length));
}

}  // namespace mountplan::engine
