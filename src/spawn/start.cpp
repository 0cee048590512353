// SPDX-License-Identifier: MIT
#include "spawn/start.hpp"

#include <fcntl.h>
#include <mountplan/spawn.h>
#include <signal.h>

#include <poll.h>

#include <cerrno>

#include "base/writer.hpp"
#include "kernel/process.hpp"
#include "spawn/child.hpp"
#include "spawn/idmap.hpp"
#include "spawn/launch.hpp"
#include "spawn/message.hpp"
#include "spawn/worker.hpp"

namespace mountplan::spawn {

namespace {

using base::Failure;
using base::Stage;
using kernel::Kernel;

void close_fd(const Kernel &kernel, int &fd) {
  if (fd >= 0) {
    kernel.close(fd);
    fd = -1;
  }
}

// Closes whatever is still open of the launch's pipes, on every way out.
class Pipes {
 public:
  Pipes(const Kernel &kernel, Launch &launch) : kernel_(kernel), launch_(launch) {}
  Pipes(const Pipes &) = delete;
  Pipes &operator=(const Pipes &) = delete;
  ~Pipes() {
    close_ends_of_others();
    close_fd(kernel_, launch_.report_read);
    close_fd(kernel_, launch_.go_read);
    close_fd(kernel_, launch_.go_write);
    close_fd(kernel_, launch_.status_read);
  }

  int open(Failure &failure) {
    int result = open_one(launch_.report_read, launch_.report_write, 0, failure);
    if (result == 0) {
      result = open_one(launch_.go_read, launch_.go_write, 0, failure);
    }
    if (result == 0 && launch_.reaper) {
      // Not blocking: a copy of the writing end may live on in a process another thread made meanwhile.
      result = open_one(launch_.status_read, launch_.status_write, O_NONBLOCK, failure);
    }
    return result < 0 || !launch_.worker ? result : open_tree_sockets(kernel_, launch_, failure);
  }

  // Those of the child, and of the worker. But for the one that is written to: writing to a child that has ended must not bring SIGPIPE
  // upon the caller.
  void close_ends_of_others() {
    close_fd(kernel_, launch_.report_write);
    close_fd(kernel_, launch_.status_write);
    close_fd(kernel_, launch_.tree_read);
    close_fd(kernel_, launch_.tree_write);
  }

  // A worker that waits for room in the pipe, which nobody reads any more, goes on.
  void stop_listening() { close_fd(kernel_, launch_.report_read); }

 private:
  int open_one(int &read_end, int &write_end, int flags, Failure &failure) {
    int fds[2];
    int result = kernel::pipe(kernel_, fds, flags);
    if (result < 0) {
      return fail_call(failure, result, "pipe2");
    }
    read_end = fds[0];
    write_end = fds[1];
    return 0;
  }

  const Kernel &kernel_;
  Launch &launch_;
};

int make_child(const Kernel &kernel, Launch &launch, Process &process, Failure &failure) {
  // With signals blocked no handler of the caller runs in the child, on the caller's data.
  int result = kernel::set_signal_mask(kernel, kernel::all_signals, &launch.signal_mask);
  if (result < 0) {
    return fail_call(failure, result, "rt_sigprocmask");
  }
  int pid = kernel::clone(kernel, launch.clone_flags, &process.pidfd);
  if (pid == 0) {
    run_child(kernel, launch);
  }
  kernel::set_signal_mask(kernel, launch.signal_mask, nullptr);
  if (pid < 0) {
    process.pidfd = -1;
    return fail_call(failure, pid, "clone");
  }
  process.pid = pid;
  return 0;
}

int let_go_on(const Kernel &kernel, const Launch &launch, char byte, Failure &failure) {
  long written;
  do {
    written = kernel.write(launch.go_write, &byte, 1);
  } while (written == -EINTR);
  return written < 0 ? fail_call(failure, static_cast<int>(written), "write") : 0;
}

int give_ids(const Kernel &kernel, const Launch &launch, int pid, Failure &failure) {
  int may_set_groups = write_id_maps(kernel, launch, pid, failure);
  if (may_set_groups < 0) {
    return may_set_groups;
  }
  return let_go_on(kernel, launch, may_set_groups != 0 ? go_groups_drop : go_groups_stay, failure);
}

// Makes a record of the child one of this process, whose program did not see what the child's did.
void take_record(const Launch &launch, Failure &failure) {
  if (!engine::check_failure(*launch.program, failure)) {
    failure = Failure();
    fail(failure, base::Kind::internal, EBADMSG, "the child sent a failure that can not be its own");
  }
}

enum class Heard { executed, failed, nothing };

// Follows the child until it has executed the program or has failed.
Heard listen(const Kernel &kernel, const Launch &launch, const Listener &listener, Failure &failure) {
  bool executing = false;
  kernel::Step step;
  for (;;) {
    MessageKind kind = MessageKind::failure;
    int got = receive(kernel, launch.report_read, kind, failure, step);
    if (got == 0) {
      return executing ? Heard::executed : Heard::nothing;
    }
    if (got < 0) {
      fail_call(failure, got, "read");
      return Heard::failed;
    }
    switch (kind) {
      case MessageKind::failure:
        take_record(launch, failure);
        return Heard::failed;
      case MessageKind::step:
        if (listener.step != nullptr) {
          listener.step(listener.data, step);
        }
        break;
      case MessageKind::confirm:
        if (let_go_on(kernel, launch, go_groups_stay, failure) < 0) {
          return Heard::failed;
        }
        break;
      case MessageKind::executing:
        executing = true;
        break;
    }
  }
}

// The child ended and could not say why.
int explain_end(Process &process, Failure &failure) {
  Failure ignored;
  int result = wait_for_end(process, ignored);
  char detail[128];
  base::Writer text(detail, sizeof detail);
  if (result < 0) {
    text.text("the child ended before it executed the program");
  } else if (process.ended.signal != 0) {
    text.text("the child was killed by signal ").number(process.ended.signal).text(" before it executed the program");
  } else {
    text.text("the child exited with status ").number(process.ended.code).text(" before it executed the program");
  }
  return fail(failure, base::Kind::child, ECHILD, detail);
}

// Ends a child that will not run the program; with process 1 of a pid namespace all in it.
void end_child(Process &process) {
  if (process.waited) {
    return;
  }
  kernel::kill(*process.kernel, process.pid, SIGKILL);
  Failure ignored;
  wait_for_end(process, ignored);
}

// Was it killed, and does the parent fail only for that? A child that is well exits when it is told that there is nothing to wait for.
bool was_killed(const Kernel &kernel, Launch &launch, Process &process) {
  close_fd(kernel, launch.go_write);
  pollfd end{process.pidfd, POLLIN, 0};
  constexpr timespec long_enough{1, 0};
  if (process.pidfd < 0 || kernel.poll(&end, 1, &long_enough) <= 0) {
    return false;
  }
  Failure ignored;
  return wait_for_end(process, ignored) >= 0 && process.ended.signal != 0;
}

// A child that failed on its own, while the parent was busy with it, makes the parent fail too; what the child says is the reason. It has
// ended, so all it said is in the pipe, which another process may keep from ending.
bool prefer_words_of_child(const Kernel &kernel, const Launch &launch, Failure &failure) {
  Failure told;
  kernel::Step step;
  kernel.call(kernel::Call::fcntl, launch.report_read, F_SETFL, O_NONBLOCK);
  MessageKind kind = MessageKind::confirm;
  while (receive(kernel, launch.report_read, kind, told, step) > 0) {
    if (kind == MessageKind::failure) {
      take_record(launch, told);
      failure = told;
      return true;
    }
  }
  return false;
}

int run_to_exec(const Kernel &kernel, Launch &launch, Pipes &pipes, const Listener &listener, Process &process, Worker &worker,
                Failure &failure) {
  if (!launch.worker) {
    pipes.close_ends_of_others();
  }
  if (launch.new_user_namespace && give_ids(kernel, launch, process.pid, failure) < 0) {
    bool killed = was_killed(kernel, launch, process);
    end_child(process);
    if (!prefer_words_of_child(kernel, launch, failure) && killed) {
      failure = Failure();
      return explain_end(process, failure);
    }
    return -failure.error;
  }
  if (launch.worker) {
    if (int result = start_worker(kernel, launch, process, worker, failure); result < 0) {
      return result;
    }
    pipes.close_ends_of_others();
  }
  switch (listen(kernel, launch, listener, failure)) {
    case Heard::executed:
      return 0;
    case Heard::failed:
      // When the child is killed the worker fails as well, for want of somebody to build for.
      if (!launch.worker || !was_killed(kernel, launch, process)) {
        return -failure.error;
      }
      failure = Failure();
      break;
    case Heard::nothing:
      break;
  }
  return explain_end(process, failure);
}

void set_stage(Failure &failure, Stage stage) {
  if (failure.stage == Stage::none) {
    failure.stage = stage;
  }
}

int attempt(const Spec &spec, engine::Program &program, const Kernel &kernel, const Listener &listener, bool may_make_namespace,
            Process &process, Failure &failure) {
  Launch launch;
  int result = plan_launch(spec, kernel, launch, failure);
  if (result < 0) {
    set_stage(failure, Stage::validate);
    return result;
  }
  launch.program = &program;
  launch.trace = listener.step != nullptr;
  if (may_make_namespace && listener.stop != nullptr && listener.stop(listener.data)) {
    set_stage(failure, Stage::prepare);
    return fail(failure, base::Kind::callback, ECANCELED, "the event callback asked to stop");
  }
  if (may_make_namespace) {
    choose_commit(kernel, launch);
  }
  Pipes pipes(kernel, launch);
  result = pipes.open(failure);
  if (result == 0) {
    result = make_child(kernel, launch, process, failure);
  }
  if (result < 0) {
    set_stage(failure, Stage::prepare);
    return result;
  }
  process.status_fd = launch.status_read;
  launch.status_read = -1;
  Worker worker;
  result = run_to_exec(kernel, launch, pipes, listener, process, worker, failure);
  if (result < 0) {
    set_stage(failure, Stage::apply);
    end_child(process);
    pipes.stop_listening();
  }
  wait_for_worker(kernel, worker);
  return result;
}

}  // namespace

int start(const Spec &spec, engine::Program &program, const Kernel &kernel, const Listener &listener, Process &process, Failure &failure) {
  const uint32_t backend = engine::backend_of(program);
  int result = attempt(spec, program, kernel, listener, true, process, failure);
  if (result >= 0 || failure.refused == 0 || failure.left != 0) {
    return result;
  }
  // What was built went with the processes that built it, and what they resolved: the program here is as it was.
  process.forget();
  failure = Failure();
  engine::commit_by_pivot(program, backend);
  return attempt(spec, program, kernel, listener, false, process, failure);
}

}  // namespace mountplan::spawn
