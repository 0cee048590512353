// SPDX-License-Identifier: MIT
// A child that runs its program: waiting for it and signalling it.
#pragma once

#include "base/failure.hpp"
#include "kernel/kernel.hpp"
#include "spawn/reaper.hpp"

namespace mountplan::spawn {

struct Process {
  explicit Process(const kernel::Kernel &door) : kernel(&door) {}
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;
  ~Process();
  // As if nothing had been started. It must have been waited for.
  void forget();

  const kernel::Kernel *kernel;
  int pid = -1;
  int pidfd = -1;
  int status_fd = -1;  // where a reaper tells how the program ended; not blocking
  bool waited = false;
  Ended ended = {};
};

// Waits for the end, once; afterwards `process.ended` is known.
int wait_for_end(Process &process, base::Failure &failure);

int send_signal(Process &process, int signal, base::Failure &failure);

}  // namespace mountplan::spawn
