#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds and runs the consumer by what pkg-config says of an installed library, dynamically or statically linked.
# Usage: pkgconfig.sh PREFIX SOURCE LANGUAGE COMPILER shared|static PROGRAM
set -eu
prefix=$1 source=$2 language=$3 compiler=$4 way=$5 program=$6

PKG_CONFIG_PATH=$(dirname "$(find "$prefix" -name mountplan.pc)")
export PKG_CONFIG_PATH
# The prefix was chosen at installation: what was configured must not show.
found=$(realpath "$(pkg-config --variable=prefix mountplan)")
if [ "$found" != "$(realpath "$prefix")" ]; then
  echo "mountplan.pc says prefix $found, installed is $prefix"
  exit 1
fi

if [ "$way" = static ]; then
  # shellcheck disable=SC2046 # the flags are words
  "$compiler" -x "$language" "$source" -x none -static -o "$program" $(pkg-config --static --cflags --libs mountplan)
  "$program"
else
  # shellcheck disable=SC2046
  "$compiler" -x "$language" "$source" -x none -o "$program" $(pkg-config --cflags --libs mountplan)
  LD_LIBRARY_PATH=$(pkg-config --variable=libdir mountplan) "$program"
fi
