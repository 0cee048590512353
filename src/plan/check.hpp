// SPDX-License-Identifier: MIT
// Checks of arguments that adders and modifiers share. Each returns 0, or -errno with the failure filled.
#pragma once

#include <cstdint>

#include "base/detail.hpp"
#include "base/failure.hpp"
#include "plan/op.hpp"

namespace mountplan::plan {

inline int refuse(base::Failure &failure, int error, const base::Detail &detail) {
  return base::fail_argument(failure, error, detail.c_str());
}

// No bit but the known ones.
int check_bits(const char *parameter, uint64_t given, uint64_t known, base::Failure &failure);
// Flags of an adder.
int check_flags(uint32_t kind, uint64_t flags, base::Failure &failure);
int check_mode(uint32_t mode, base::Failure &failure);
// The kernel's numbers are signed.
int check_count(const char *parameter, uint64_t given, base::Failure &failure);
// A descriptor, or the -errno of duplicating it.
int check_fd(const char *parameter, int fd, base::Failure &failure);

// Says in the failure which op is meant.
void name_op(base::Failure &failure, size_t index, const Op &op);

}  // namespace mountplan::plan
