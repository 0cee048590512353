#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the crates with one toolchain: declarations, behaviour, real mounts, the examples in the documentation; warnings, and clippy where it is
# there. Without a network. Usage: rust.sh PREFIX CARGO SOURCE_DIRECTORY BUILD_DIRECTORY
set -eu
prefix=$1 tool=$2 source=$3 build=$4
. "$(dirname "$0")/environment.sh"

cd "$source/bindings/rust"
export CARGO_TARGET_DIR="$build" CARGO_NET_OFFLINE=true CARGO_INCREMENTAL=0 CARGO_PROFILE_DEV_DEBUG=0 RUSTFLAGS="-D warnings" RUSTDOCFLAGS="-D warnings"
cargo --version
# Mounts need privilege: an ordinary user has it in a user namespace.
as_root=
if [ "$(id -u)" != 0 ] && unshare --user --map-root-user true; then
  as_root="unshare --user --map-root-user"
fi
$as_root cargo test --quiet --locked
cargo doc --quiet --locked --no-deps
if cargo clippy --version >/dev/null 2>&1; then
  cargo clippy --quiet --locked --all-targets -- -D warnings
fi
