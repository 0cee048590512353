#!/bin/sh
# SPDX-License-Identifier: MIT
# Tests the Go module with one toolchain: formatting, vet, and all tests with the race detector. Without a network.
# Usage: go.sh PREFIX GO SOURCE_DIRECTORY
set -eu
prefix=$1 tool=$2 source=$3
. "$(dirname "$0")/environment.sh"

cd "$source/bindings/go"
export GOFLAGS=-mod=mod GOPROXY=off GOTOOLCHAIN=local
go version
unformatted=$(gofmt -l .)
if [ -n "$unformatted" ]; then
  echo "gofmt would change: $unformatted"
  exit 1
fi
go vet ./...
# Mounts need privilege: an ordinary user has it in a user namespace.
as_root=
if [ "$(id -u)" != 0 ] && unshare --user --map-root-user true; then
  as_root="unshare --user --map-root-user"
fi
$as_root go test -race -timeout 120s ./...
