#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs an example in a user and a mount namespace of its own: it succeeds, and a line of its output matches the pattern. Skipped (77) where
# there are no user namespaces, unless MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: run.sh PROGRAM PATTERN
set -eu
if [ "${MOUNTPLAN_REQUIRE_LIVE:-}" != 1 ] && ! unshare --user --map-root-user true; then
  exit 77
fi
status=0
output=$(unshare --user --map-root-user --mount --propagation private "$1" 2>&1) || status=$?
if [ $status != 0 ] || ! printf '%s\n' "$output" | grep -qE -e "$2"; then
  printf '%s\nexit status %s, or no line matches %s\n' "$output" "$status" "$2"
  exit 1
fi
