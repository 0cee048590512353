// SPDX-License-Identifier: MIT
#include "engine/program.hpp"

#include "base/object.hpp"
#include "engine/check.hpp"

namespace mountplan::engine {

namespace {

void close_if_open(const kernel::Kernel &kernel, int fd) {
  if (fd >= 0) {
    kernel.close(fd);
  }
}

}  // namespace

Program::~Program() {
  for (Step &step : steps) {
    close_if_open(opener, step.source);
    close_if_open(opener, step.mount);
    for (size_t i = 0; i < step.fd_count; i++) {
      close_if_open(opener, step.fds[i]);
    }
  }
  for (int fd : plan_fds) {
    close_if_open(opener, fd);
  }
  for (const Undo &entry : undo) {
    close_if_open(opener, entry.fd);
    close_if_open(opener, entry.fd2);
  }
  close_if_open(opener, place);
  if (table_memory != nullptr) {
    kernel::live.call(kernel::Call::munmap, reinterpret_cast<long>(table_memory), static_cast<long>(table_size));
  }
}

void close_with(Program &program, const kernel::Kernel &kernel) { program.opener = kernel; }

bool check_failure(const Program &program, base::Failure &failure) {
  bool known_kind = failure.kind > base::Kind::none && failure.kind <= base::Kind::internal;
  if (failure.error <= 0 || failure.error > 4095 || !known_kind || failure.stage > base::Stage::commit) {
    return false;
  }
  failure.call[sizeof failure.call - 1] = failure.path[sizeof failure.path - 1] = failure.detail[sizeof failure.detail - 1] =
      failure.log[sizeof failure.log - 1] = '\0';
  failure.source = failure.target = nullptr;
  if (failure.op < 0) {
    return true;
  }
  for (const Step &step : program.steps) {
    if (step.index == failure.op && failure.op_kind == (step.from_helper ? step.helper_kind : step.op.kind)) {
      blame(failure, step);
      return true;
    }
  }
  return false;
}

void release(Program *program) { base::destroy(program); }

}  // namespace mountplan::engine
