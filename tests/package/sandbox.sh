#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs an example, as root also as uid 65534: the sandbox that it makes has in its root what the program asked for, and nothing else.
# Skipped (77) where there are no user namespaces, unless MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: sandbox.sh COMMAND...
set -eu

if [ "${MOUNTPLAN_REQUIRE_LIVE:-}" != 1 ] && ! unshare --user --map-root-user true; then
  exit 77
fi

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
check "$@"
if [ "$(id -u)" = 0 ]; then
  check setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
fi
