// SPDX-License-Identifier: MIT
// Checks of arguments that adders and modifiers share; see check.hpp.
#include "plan/check.hpp"

#include <bit>
#include <cerrno>

#include "plan/kind.hpp"

namespace mountplan::plan {

using base::Detail;
using base::Failure;

namespace {

uint64_t lowest_bit(uint64_t bits) { return bits & (~bits + 1); }

}  // namespace

int check_bits(const char *parameter, uint64_t given, uint64_t known, Failure &failure) {
  uint64_t unknown = given & ~known;
  if (unknown == 0) {
    return 0;
  }
  Detail detail;
  return refuse(failure, EINVAL, detail.text(parameter).text(" has unknown bit ").hex(lowest_bit(unknown)));
}

int check_flags(uint32_t kind, uint64_t flags, Failure &failure) {
  const KindFacts &facts = kind_facts(kind);
  if (int result = check_bits("flags", flags, facts.flags, failure); result < 0) {
    return result;
  }
  uint64_t chosen = flags & facts.exclusive;
  Detail detail;
  if (chosen == 0) {
    return facts.exclusive_needed ? refuse(failure, EINVAL, detail.text("flags has no ").text(facts.name).text(" type")) : 0;
  }
  if (std::has_single_bit(chosen)) {
    return 0;
  }
  uint64_t first = lowest_bit(chosen);
  detail.text(flag_name(kind, first)).text(" and ").text(flag_name(kind, lowest_bit(chosen & ~first))).text(" exclude each other");
  return refuse(failure, EINVAL, detail);
}

int check_mode(uint32_t mode, Failure &failure) {
  constexpr uint32_t highest = 07777;
  if (mode <= highest) {
    return 0;
  }
  Detail detail;
  return refuse(failure, EINVAL, detail.text("mode ").octal(mode).text(" is above ").octal(highest));
}

int check_count(const char *parameter, uint64_t given, Failure &failure) {
  constexpr uint64_t highest = INT64_MAX;
  if (given <= highest) {
    return 0;
  }
  Detail detail;
  return refuse(failure, ERANGE, detail.text(parameter).text(" ").number(given).text(" is above ").number(highest));
}

int check_fd(const char *parameter, int fd, Failure &failure) {
  if (fd >= 0) {
    return 0;
  }
  Detail detail;
  detail.text(parameter);
  if (fd == -EBADF) {
    return refuse(failure, EBADF, detail.text(" is not an open descriptor"));
  }
  base::fail_call(failure, fd, "fcntl");
  base::Writer(failure.detail, sizeof failure.detail).text(detail.text(" can not be duplicated").c_str());
  return fd;
}

void name_op(Failure &failure, size_t index, const Op &op) {
  failure.stage = base::Stage::validate;
  failure.op = static_cast<int32_t>(index);
  failure.op_kind = static_cast<uint8_t>(op.kind);
  failure.source = op.source != nullptr ? op.source : op.upper;
  failure.target = op.target;
}

}  // namespace mountplan::plan
