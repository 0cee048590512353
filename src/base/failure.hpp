// SPDX-License-Identifier: MIT
// The error record: one fixed-size value that every function of the library fills on failure. It crosses fork(2) as it is,
// in a single write. `source` and `target` point into the plan or the prepared program; whoever receives a record from another
// process puts its own pointers there (engine::check_failure).
#pragma once

#include <cstddef>
#include <cstdint>

namespace mountplan::base {

enum class Kind : uint8_t {
  none,
  syscall,
  argument,
  parse,
  validation,
  unsupported,
  safety,
  state,
  nomem,
  child,
  callback,
  internal,
};

enum class Stage : uint8_t { none, validate, prepare, apply, commit };

struct Failure {
  Failure();  // not here: each of its users would hold a copy of the empty record

  int32_t error = 0;  // positive errno
  Kind kind = Kind::none;
  Stage stage = Stage::none;
  uint8_t op_kind = 0;  // MPLAN_OP_ value, 0 where no op is concerned
  uint8_t left = 0;     // changes that could not be taken back after it
  int32_t op = -1;
  int32_t refused = 0;  // 1: a mount namespace of the root was, and pivot_root(2) may do
  uint64_t line = 0;
  uint64_t column = 0;
  const char *source = nullptr;
  const char *target = nullptr;
  char call[24] = {};  // name of the system call, empty where none failed
  char path[1024] = {};
  char detail[1024] = {};
  char log[768] = {};
};
static_assert(sizeof(Failure) <= 3072, "must fit struct mplan_failure and one atomic pipe write");

// Each fills `failure` (everything but stage, op, source and target, which the caller that knows them sets) and returns -error.
int fail_call(Failure &failure, int negative_errno, const char *call, const char *path = nullptr);
int fail_argument(Failure &failure, int error, const char *detail);
int fail(Failure &failure, Kind kind, int error, const char *detail);
int fail_memory(Failure &failure);

}  // namespace mountplan::base
