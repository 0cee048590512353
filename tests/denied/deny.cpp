// SPDX-License-Identifier: MIT
// Runs a program to which the kernel seems to lack, or to forbid, some of the system calls that the library makes. Needs root.
//
//   deny ERRNO CALL [ERRNO CALL]... -- PROGRAM [ARGUMENT]...     deny ENOSYS openat2 EPERM statmount -- live_engine_test
#include <unistd.h>

#include <cstdio>
#include <cstring>
#include <vector>

#include "denied/filter.hpp"

int main(int argc, char **argv) {
  constexpr int skipped = 77;  // by ctest
  std::vector<denied::Denial> denials;
  int i = 1;
  for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
    denials.push_back({denied::error_by_name(argv[i]), denied::call_by_name(argv[i + 1])});
    if (denials.back().error == 0 || denials.back().call == mountplan::kernel::Call::count) {
      fprintf(stderr, "deny: %s %s: no such errno or call\n", argv[i], argv[i + 1]);
      return 2;
    }
  }
  if (i + 1 >= argc || strcmp(argv[i], "--") != 0) {
    fprintf(stderr, "deny ERRNO CALL [ERRNO CALL]... -- PROGRAM [ARGUMENT]...\n");
    return 2;
  }
  if (!denied::install(denials)) {
    perror("deny: installing the filter");
    return skipped;
  }
  execv(argv[i + 1], argv + i + 1);
  perror(argv[i + 1]);
  return 2;
}
