// SPDX-License-Identifier: MIT
// Typed calls about processes, signals and identity. As those in Kernel they return what the system call returns, or -errno;
// none touches libc's errno, caches or locks, so all of them may run in a child of a process with many threads.
#pragma once

#include <signal.h>

#include "kernel/kernel.hpp"

namespace mountplan::kernel {

using SignalSet = uint64_t;  // bit n - 1 is signal n
constexpr int last_signal = 64;
constexpr SignalSet all_signals = ~SignalSet{0};
constexpr SignalSet signal_bit(int signal) { return SignalSet{1} << (signal - 1); }

// fds[0] is read from, fds[1] written to; both close on exec.
int pipe(const Kernel &kernel, int fds[2], int more_flags = 0);

// fork(2) with the CLONE_NEW... bits of `flags`: 0 in the child, which runs on a copy of this stack. With `pidfd`, it receives a
// descriptor of the child, and keeps its value on kernels that have none (before 5.2). `signal` (0: none) tells the parent of its end.
int clone(const Kernel &kernel, unsigned long flags, int *pidfd = nullptr, int signal = SIGCHLD);
int execve(const Kernel &kernel, const char *path, const char *const *argv, const char *const *env);
[[noreturn]] void exit(const Kernel &kernel, int code);
// wait4(2), repeated when a signal interrupts it.
int wait(const Kernel &kernel, int pid, int *status, int options);
int kill(const Kernel &kernel, int pid, int signal);

int set_signal_mask(const Kernel &kernel, SignalSet mask, SignalSet *before);
// Who a signal came from, as far as the library asks.
struct SignalSource {
  int code = 0;
  int pid = 0;
};
// The number of the next signal of `set`, which must be blocked.
int wait_for_signal(const Kernel &kernel, SignalSet set, SignalSource &source);
// Takes every handler of this process away. What was ignored stays ignored, as across execve(2), but SIGCHLD, which a parent
// must not ignore to be able to wait.
int reset_signal_handlers(const Kernel &kernel);

int prctl(const Kernel &kernel, int option, unsigned long a = 0, unsigned long b = 0);
struct Capabilities {
  uint64_t effective = 0;
  uint64_t permitted = 0;
  uint64_t inheritable = 0;
};
int get_capabilities(const Kernel &kernel, Capabilities &out);
int set_capabilities(const Kernel &kernel, const Capabilities &capabilities);

// The whole of `size` bytes, over short reads and interruptions: `size`, fewer at the end of the file, or -errno.
long read_all(const Kernel &kernel, int fd, void *out, size_t size);
// The limit on descriptor numbers, RLIMIT_NOFILE.
uint64_t descriptor_limit(const Kernel &kernel);

}  // namespace mountplan::kernel
