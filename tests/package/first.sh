#!/bin/sh
# SPDX-License-Identifier: MIT
# Compiles an example the way the README says, and runs it by sandbox.sh.
# Usage: first.sh PREFIX SOURCE COMPILER STANDARD
set -eu
prefix=$1 source=$2 compiler=$3 standard=$4

# Readable for every user, which the build directory need not be.
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
chmod 755 "$place"
PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name mountplan.pc)")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046 # the flags are words
"$compiler" "$standard" -Wall -Wextra -Werror -static "$source" -o "$place/first" $(pkg-config --static --cflags --libs mountplan)
"$(dirname "$0")/sandbox.sh" "$place/first"
