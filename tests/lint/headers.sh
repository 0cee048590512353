#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header compiles alone, as C99, as C++11 and as C++20, without a warning.
# Usage: headers.sh INCLUDE_DIRECTORY C_COMPILER CXX_COMPILER
set -u
failed=0
for header in "$1"/mountplan/*.h; do
  "$2" -std=c99 -pedantic -Wall -Wextra -Werror -fsyntax-only -I "$1" -x c "$header" || failed=1
  for standard in c++11 c++20; do
    "$3" -std=$standard -pedantic -Wall -Wextra -Werror -fsyntax-only -I "$1" -x c++ "$header" || failed=1
  done
done
exit $failed
