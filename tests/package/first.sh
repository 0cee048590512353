#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles the README's first program the way the README says, and runs it, as root also as uid 65534: the sandbox it makes has what the
# program asked for in its root, and nothing else. Skipped (77) where there are no user namespaces, unless MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: first.sh PREFIX SOURCE C_COMPILER
set -eu
prefix=$1 source=$2 compiler=$3

if [ "${MOUNTPLAN_REQUIRE_LIVE:-}" != 1 ] && ! unshare --user --map-root-user true; then
  exit 77
fi

# Readable for every user, which the build directory need not be.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name mountplan.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # the flags are words
"$compiler" -std=c99 -Wall -Wextra -Werror -static "$source" -o "$place/first" $(pkg-config --static --cflags --libs mountplan)

expected=$(for name in bin dev lib lib64 proc tmp usr; do
  [ ! -e "/$name" ] || echo "$name"
done)
check() {
  listing=$("$@")
  found=$(echo "$listing" | awk 'NF > 2 { print $9 }' | LC_ALL=C sort)
  if [ "$found" != "$expected" ]; then
    printf '%s: the root holds\n%s\ninstead of\n%s\n' "$*" "$listing" "$expected"
    exit 1
  fi
}
check "$place/first"
if [ "$(id -u)" = 0 ]; then
  check setpriv --reuid 65534 --regid 65534 --clear-groups "$place/first"
fi
