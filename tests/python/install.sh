#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the package from the tree with pip, without a network, and runs the example with what was installed.
# Skipped (77) without Debian's python3-pip and python3-setuptools, unless MOUNTPLAN_REQUIRE_LIVE=1.
# Usage: install.sh SOURCE_DIRECTORY LIBRARY
set -eu
source=$1 library=$2
# The system's own, with which users of Debian install; another in PATH need not have setuptools.
python=/usr/bin/python3

if ! "$python" -m pip --version >/dev/null || ! "$python" -c 'import setuptools, wheel'; then
  echo "pip, setuptools or wheel is not there (Debian: python3-pip, python3-setuptools, python3-wheel)"
  [ "${MOUNTPLAN_REQUIRE_LIVE:-}" = 1 ] && exit 1
  exit 77
fi

# Readable for every user, which the build directory need not be. Building in a copy leaves nothing behind in the tree.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
cp -R "$source/bindings/python" "$place/python"
cp "$source/examples/first.py" "$place"
cp "$library" "$place/libmountplan.so.0"
"$python" -m pip install --quiet --no-index --no-build-isolation --target "$place/installed" "$place/python" --root-user-action=ignore
if [ ! -f "$place/installed/mountplan/py.typed" ]; then
  echo "py.typed is not installed"
  exit 1
fi
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$place/installed" MOUNTPLAN_LIBRARY="$place/libmountplan.so.0"
"$source/tests/package/sandbox.sh" "$python" "$place/first.py"
