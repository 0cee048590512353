// SPDX-License-Identifier: MIT
#include "spawn/reaper.hpp"

#include <signal.h>
#include <sys/wait.h>

#include <cerrno>

#include "kernel/process.hpp"
#include "spawn/descriptors.hpp"

namespace mountplan::spawn {

Ended ended_of(int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    return Ended{128 + WTERMSIG(wait_status), WTERMSIG(wait_status)};
  }
  return Ended{WEXITSTATUS(wait_status), 0};
}

void reap_until_end(const kernel::Kernel &kernel, int program, int status_fd) {
  close_all_but(kernel, status_fd);
  bool can_wait_for_signals = true;
  for (;;) {
    int status = 0;
    int pid = kernel::wait(kernel, -1, &status, can_wait_for_signals ? WNOHANG : 0);
    if (pid == program) {
      Ended ended = ended_of(status);
      kernel.write(status_fd, &ended, sizeof ended);
      kernel::exit(kernel, ended.code);
    }
    if (pid < 0 && pid != -EINTR) {
      kernel::exit(kernel, 1);  // the program is our child until it is waited for
    }
    if (pid != 0 || !can_wait_for_signals) {
      continue;
    }
    kernel::SignalSource source;
    int signal = kernel::wait_for_signal(kernel, kernel::all_signals, source);
    if (signal < 0) {
      can_wait_for_signals = signal == -EINTR || signal == -EAGAIN;
    } else if (signal != SIGCHLD && source.code <= 0 && source.pid == 0) {
      // A sender outside the namespace has no number in it.
      kernel::kill(kernel, program, signal);
    }
  }
}

}  // namespace mountplan::spawn
