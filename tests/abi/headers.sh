#!/bin/sh
# SPDX-License-Identifier: MIT
# Every public header compiles alone, without a warning, in the oldest languages that are promised and in new ones.
# Usage: headers.sh INCLUDE_DIRECTORY C_COMPILER CXX_COMPILER
set -u
include=$1 c=$2 cxx=$3
strict="-pedantic -Wall -Wextra -Wundef -Werror -fsyntax-only"
failed=0
compile() {
  # shellcheck disable=SC2086 # the options are words
  "$@" $strict -I "$include" "$header" || { echo "$*: $header"; failed=1; }
}
for header in "$include"/mountplan/*.h; do
  for standard in c99 c11 c17; do
    compile "$c" -std=$standard -x c
  done
  for standard in c++11 c++20; do
    compile "$cxx" -std=$standard -x c++
  done
done
exit $failed
