# SPDX-License-Identifier: MIT
# Sourced by the tests here and by tests/package/document.sh, with `prefix` and `tool` set: the tool comes first in PATH and is there, and the
# installed library is found by pkg-config and when a program is run.
if [ ! -x "$tool" ]; then
  echo "$tool is not there: scripts/install-dependencies bindings installs it"
  [ "${MOUNTPLAN_REQUIRE_LIVE:-}" = 1 ] || exit 77
  exit 1
fi
PATH=$(dirname "$tool"):$PATH
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name mountplan.pc)")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PATH PKG_CONFIG_PATH LD_LIBRARY_PATH
