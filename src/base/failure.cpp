// SPDX-License-Identifier: MIT
#include "base/failure.hpp"

#include <cerrno>

#include "base/writer.hpp"

namespace mountplan::base {

Failure::Failure() = default;

int fail_call(Failure &failure, int negative_errno, const char *call, const char *path) {
  failure.kind = Kind::syscall;
  failure.error = -negative_errno;
  Writer(failure.call, sizeof failure.call).text(call);
  if (path != nullptr) {
    Writer(failure.path, sizeof failure.path).text(path);
  }
  return negative_errno;
}

int fail(Failure &failure, Kind kind, int error, const char *detail) {
  failure.kind = kind;
  failure.error = error;
  Writer(failure.detail, sizeof failure.detail).text(detail);
  return -error;
}

int fail_argument(Failure &failure, int error, const char *detail) { return fail(failure, Kind::argument, error, detail); }

int fail_memory(Failure &failure) { return fail(failure, Kind::nomem, ENOMEM, "out of memory"); }

}  // namespace mountplan::base
