#!/bin/sh
# SPDX-License-Identifier: MIT
# Does in an empty folder what a document tells its reader to type; then builds the program again, without need of the shared library, and looks
# at the sandbox it makes. Skipped (77) where the tool is missing or there are no user namespaces, unless MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: document.sh PREFIX TOOL DOCUMENT EXAMPLE BUILD_COMMAND PROGRAM
set -eu
prefix=$1 tool=$2 document=$3 example=$4 build=$5 program=$6
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../bindings/environment.sh"
if [ "${MOUNTPLAN_REQUIRE_LIVE:-}" != 1 ] && ! unshare --user --map-root-user true; then
  exit 77
fi

# Readable for every user, which the build directory need not be.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
cd "$place"
"$here/document.py" "$document" "$example" >"$place/typed"
sh -eu "$place/typed"
unset LD_LIBRARY_PATH
cd first
sh -eu -c "$build"
"$here/sandbox.sh" "$PWD/$program"
