#!/bin/sh
# SPDX-License-Identifier: MIT
# The annotations of the Python package hold, as strictly as mypy can look, and a program that uses it wrongly is told.
# Skipped (77) without mypy, unless MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: types.sh PACKAGE_DIRECTORY
set -eu

if ! command -v mypy >/dev/null; then
  echo "mypy is not installed (Debian: mypy)"
  [ "${MOUNTPLAN_REQUIRE_LIVE:-}" = 1 ] && exit 1
  exit 77
fi
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$1"
mypy --cache-dir "$place/cache" mountplan
cat >"$place/wrong.py" <<'END'
import mountplan

mountplan.Plan().bind("/usr", 3)
END
if MYPYPATH=$PWD mypy --cache-dir "$place/cache" "$place/wrong.py" >"$place/said" || ! grep -q 'Argument 2 to "bind"' "$place/said"; then
  echo "a wrong argument is not told:"
  cat "$place/said"
  exit 1
fi
