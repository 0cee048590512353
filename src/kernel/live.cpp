// SPDX-License-Identifier: MIT
// The live kernel: raw system calls. No libc wrapper, so that a child sharing its parent's memory (vfork, CLONE_VM) touches
// no errno and no thread-local, and so that old libcs offer new calls.
#include "kernel/kernel.hpp"

#if !defined(__x86_64__) && !defined(__aarch64__)
#include <unistd.h>

#include <cerrno>
#endif

namespace mountplan::kernel {

namespace {

// The arguments are copied before registers are named: a sanitizer makes a call of each access to memory, and calls take registers.
#if defined(__x86_64__)
long raw(long number, const long args[6]) {
  const long a = args[0], b = args[1], c = args[2], d = args[3], e = args[4], f = args[5];
  long result;
  register long r10 asm("r10") = d;
  register long r8 asm("r8") = e;
  register long r9 asm("r9") = f;
  asm volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
long raw(long number, const long args[6]) {
  const long a = args[0], b = args[1], c = args[2], d = args[3], e = args[4], f = args[5];
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  register long x4 asm("x4") = e;
  register long x5 asm("x5") = f;
  asm volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory", "cc");
  return x0;
}
#else
long raw(long number, const long a[6]) {
  int saved = errno;
  long result = syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (result == -1) {
    result = -errno;
  }
  errno = saved;
  return result;
}
#endif

long invoke_live(void *, Call call, const long args[6]) {
  long number = call_number(call);
  constexpr long not_there = -38;  // -ENOSYS: the architecture has no such call
  return number < 0 ? not_there : raw(number, args);
}

}  // namespace

constinit const Kernel live{nullptr, invoke_live};

}  // namespace mountplan::kernel
