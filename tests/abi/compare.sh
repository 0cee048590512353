#!/bin/sh
# SPDX-License-Identifier: MIT
# Compares the library with the ABI of the last release by libabigail: what was removed or changed is a failure, what was added is told.
# Exit 77 where libabigail (Debian: abigail-tools) is not installed, 1 with MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: compare.sh LIBRARY BASELINE HEADER_DIRECTORY
#        compare.sh --update LIBRARY BASELINE HEADER_DIRECTORY      after a change that is meant: writes the baseline
#        compare.sh --self-test C_COMPILER
set -eu

if ! command -v abidiff >/dev/null; then
  echo "abidiff is not installed (Debian: abigail-tools)"
  [ "${MOUNTPLAN_REQUIRE_LIVE:-}" = 1 ] && exit 1
  exit 77
fi

# Only what is exported and what the headers declare; nothing of the machine it was made on.
write() {
  abidw --headers-dir "$3" --drop-private-types --exported-interfaces-only --no-show-locs --no-comp-dir-path --no-corpus-path \
    --no-architecture --no-elf-needed --no-parameter-names --no-write-default-sizes --out-file "$2" "$1"
}

compare() {
  write "$1" "$place/now.xml" "$3"
  set -- --no-architecture --no-show-locs "$2" "$place/now.xml"
  abidiff --no-added-syms "$@" || return 1
  # All that is left to tell is what is new, which is in the exit status, too.
  abidiff "$@" || true
}

self_test() {
  mkdir "$place/include"
  echo "struct box { int width; }; int get(const struct box *box); int put(int value);" >"$place/include/box.h"
  echo "int get(const struct box *box) { return box->width; } int put(int value) { return value; }" >"$place/box.c"
  build() {
    "$compiler" -g -shared -fPIC -include "$place/include/box.h" -o "$place/box.so" "$place/box.c"
  }
  expect() {
    found=passes
    compare "$place/box.so" "$place/baseline.xml" "$place/include" >"$place/said" || found=fails
    said=$(cat "$place/said")
    case $found:$said in
      "$2:"*"$3"*) ;;
      *)
        printf '%s: %s, and says\n%s\n' "$1" "$found" "$said"
        exit 1
        ;;
    esac
  }
  build
  write "$place/box.so" "$place/baseline.xml" "$place/include"
  expect "the same library" passes ""
  echo "int more(void) { return 1; }" >>"$place/box.c"
  build
  expect "a symbol more" passes "int more()"
  sed -i 's/int put.*//' "$place/box.c"
  build
  expect "a symbol less" fails "int put(int)"
  sed -i 's/int width/long width/' "$place/include/box.h"
  echo "int put(int value) { return value; }" >>"$place/box.c"
  build
  expect "another struct" fails "width"
}

place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
case $1 in
  --self-test) compiler=$2 && self_test ;;
  --update) write "$2" "$3" "$4" ;;
  *) compare "$@" ;;
esac
