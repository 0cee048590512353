// SPDX-License-Identifier: MIT
#include "kernel/process.hpp"

#include <linux/capability.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/resource.h>

#include <cerrno>
#include <cstring>

namespace mountplan::kernel {

namespace {

long pointer(const void *p) { return reinterpret_cast<long>(p); }

// The kernel's struct sigaction differs between architectures, but all zero is the default action everywhere, and on all but one
// the handler comes first.
struct RawAction {
#if defined(__mips__)
  unsigned long flags;
#endif
  unsigned long handler;
  unsigned long rest[7];
};
constexpr unsigned long handler_default = 0;
constexpr unsigned long handler_ignore = 1;

}  // namespace

int pipe(const Kernel &kernel, int fds[2], int more_flags) {
  return static_cast<int>(kernel.call(Call::pipe2, pointer(fds), O_CLOEXEC | more_flags));
}

int clone(const Kernel &kernel, unsigned long flags, int *pidfd, int signal) {
  flags |= static_cast<unsigned long>(signal);
  if (pidfd != nullptr) {
    flags |= CLONE_PIDFD;
  }
#if defined(__s390__)
  return static_cast<int>(kernel.call(Call::clone, 0, static_cast<long>(flags), pointer(pidfd)));
#else
  return static_cast<int>(kernel.call(Call::clone, static_cast<long>(flags), 0, pointer(pidfd)));
#endif
}

int execve(const Kernel &kernel, const char *path, const char *const *argv, const char *const *env) {
  return static_cast<int>(kernel.call(Call::execve, pointer(path), pointer(argv), pointer(env)));
}

void exit(const Kernel &kernel, int code) {
  for (;;) {
    kernel.call(Call::exit_group, code);
  }
}

int wait(const Kernel &kernel, int pid, int *status, int options) {
  long result;
  do {
    result = kernel.call(Call::wait4, pid, pointer(status), options);
  } while (result == -EINTR);
  return static_cast<int>(result);
}

int kill(const Kernel &kernel, int pid, int signal) { return static_cast<int>(kernel.call(Call::kill, pid, signal)); }

int set_signal_mask(const Kernel &kernel, SignalSet mask, SignalSet *before) {
  return static_cast<int>(kernel.call(Call::rt_sigprocmask, SIG_SETMASK, pointer(&mask), pointer(before), sizeof mask));
}

int wait_for_signal(const Kernel &kernel, SignalSet set, SignalSource &source) {
  siginfo_t information;
  memset(&information, 0, sizeof information);
  long result = kernel.call(Call::rt_sigtimedwait, pointer(&set), pointer(&information), 0, sizeof set);
  source = SignalSource{information.si_code, information.si_pid};
  return static_cast<int>(result);
}

int reset_signal_handlers(const Kernel &kernel) {
  for (int signal = 1; signal <= last_signal; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) {
      continue;
    }
    RawAction action = {};
    long result = kernel.call(Call::rt_sigaction, signal, 0, pointer(&action), sizeof(SignalSet));
    if (result < 0) {
      return static_cast<int>(result);
    }
    if (action.handler == handler_default || (action.handler == handler_ignore && signal != SIGCHLD)) {
      continue;
    }
    action = {};
    result = kernel.call(Call::rt_sigaction, signal, pointer(&action), 0, sizeof(SignalSet));
    if (result < 0) {
      return static_cast<int>(result);
    }
  }
  return 0;
}

int prctl(const Kernel &kernel, int option, unsigned long a, unsigned long b) {
  return static_cast<int>(kernel.call(Call::prctl, option, static_cast<long>(a), static_cast<long>(b), 0, 0));
}

int get_capabilities(const Kernel &kernel, Capabilities &out) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  long result = kernel.call(Call::capget, pointer(&header), pointer(data));
  auto join = [](uint32_t low, uint32_t high) { return uint64_t{high} << 32 | low; };
  out.effective = join(data[0].effective, data[1].effective);
  out.permitted = join(data[0].permitted, data[1].permitted);
  out.inheritable = join(data[0].inheritable, data[1].inheritable);
  return static_cast<int>(result);
}

int set_capabilities(const Kernel &kernel, const Capabilities &capabilities) {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  auto half = [](uint64_t set, int i) { return static_cast<uint32_t>(set >> (32 * i)); };
  __user_cap_data_struct data[2];
  for (int i = 0; i < 2; i++) {
    data[i] = {half(capabilities.effective, i), half(capabilities.permitted, i), half(capabilities.inheritable, i)};
  }
  return static_cast<int>(kernel.call(Call::capset, pointer(&header), pointer(data)));
}

long read_all(const Kernel &kernel, int fd, void *out, size_t size) {
  size_t done = 0;
  while (done < size) {
    long got = kernel.read(fd, static_cast<char *>(out) + done, size - done);
    if (got == -EINTR) {
      continue;
    }
    if (got <= 0) {
      return got < 0 ? got : static_cast<long>(done);
    }
    done += static_cast<size_t>(got);
  }
  return static_cast<long>(done);
}

uint64_t descriptor_limit(const Kernel &kernel) {
  uint64_t limits[2] = {};  // current and maximum
  long result = kernel.call(Call::prlimit64, 0, RLIMIT_NOFILE, 0, pointer(limits));
  return result < 0 ? 1024 : limits[0];
}

}  // namespace mountplan::kernel
