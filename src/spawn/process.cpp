// SPDX-License-Identifier: MIT
#include "spawn/process.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "kernel/process.hpp"

namespace mountplan::spawn {

namespace {

// A zombie takes signals and does nothing with them; the caller wants to know that it ended.
bool has_ended(const Process &process) {
  if (process.waited) {
    return true;
  }
  siginfo_t information;
  information.si_pid = 0;
  long result =
      process.kernel->call(kernel::Call::waitid, P_PID, process.pid, reinterpret_cast<long>(&information), WEXITED | WNOHANG | WNOWAIT);
  return result == 0 && information.si_pid != 0;
}

}  // namespace

Process::~Process() { forget(); }

void Process::forget() {
  if (pidfd >= 0) {
    kernel->close(pidfd);
  }
  if (status_fd >= 0) {
    kernel->close(status_fd);
  }
  pid = pidfd = status_fd = -1;
  waited = false;
  ended = {};
}

int wait_for_end(Process &process, base::Failure &failure) {
  if (process.waited) {
    return 0;
  }
  int status = 0;
  int result = kernel::wait(*process.kernel, process.pid, &status, 0);
  if (result < 0) {
    return fail_call(failure, result, "wait4");
  }
  process.ended = ended_of(status);
  process.waited = true;
  Ended told;
  // The reaper's exit status can not say whether 130 was an exit or a signal. It told before it ended, or was killed and did not.
  if (process.status_fd >= 0 && kernel::read_all(*process.kernel, process.status_fd, &told, sizeof told) == sizeof told) {
    process.ended = told;
  }
  return 0;
}

int send_signal(Process &process, int signal, base::Failure &failure) {
  if (signal < 0 || signal > kernel::last_signal) {
    return fail_argument(failure, EINVAL, "no such signal");
  }
  if (has_ended(process)) {
    return fail(failure, base::Kind::state, ESRCH, "the process has ended");
  }
  if (process.pidfd >= 0) {
    auto sent = static_cast<int>(process.kernel->call(kernel::Call::pidfd_send_signal, process.pidfd, signal, 0, 0));
    if (sent != -ENOSYS) {
      return sent < 0 ? fail_call(failure, sent, "pidfd_send_signal") : 0;
    }
  }
  // The number can not be another process's: it stays taken until this one is waited for, which has_ended() would know.
  int result = kernel::kill(*process.kernel, process.pid, signal);
  return result < 0 ? fail_call(failure, result, "kill") : 0;
}

}  // namespace mountplan::spawn
