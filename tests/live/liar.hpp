// SPDX-License-Identifier: MIT
// Applying a plan on the live kernel with a lie: a call that does something else than it was asked, or fails.
#pragma once

#include <cstring>
#include <functional>
#include <string>

#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "kernel/kernel.hpp"
#include "live/plan_world.hpp"

namespace live {

// The live kernel, with a lie. `lie` may change the arguments, or answer itself.
struct Liar {
  std::function<bool(mountplan::kernel::Call call, long args[6], long &result)> lie = [](mountplan::kernel::Call, long *, long &) {
    return false;
  };
  int statmounts = 0;
  int listmounts = 0;
  int calls = 0;

  mountplan::kernel::Kernel kernel() { return mountplan::kernel::Kernel{this, invoke}; }
  static long invoke(void *self, mountplan::kernel::Call call, const long given[6]) {
    auto *liar = static_cast<Liar *>(self);
    liar->calls++;
    liar->statmounts += call == mountplan::kernel::Call::statmount ? 1 : 0;
    liar->listmounts += call == mountplan::kernel::Call::listmount ? 1 : 0;
    long args[6];
    memcpy(args, given, sizeof args);
    long result = 0;
    return liar->lie(call, args, result) ? result : mountplan::kernel::live.invoke(nullptr, call, args);
  }
};

struct Verdict {
  int result = 0;
  mountplan::base::Failure failure;
  bool mentions(const std::string &text) const { return std::string(failure.detail).find(text) != std::string::npos; }
};

// Onto the directory `name` in scratch.
inline Verdict apply(const Plan &plan, uint32_t backend, Liar &liar, uint64_t flags = MPLAN_PREPARE_VERIFY, const char *name = "root") {
  Verdict verdict;
  mountplan::engine::Options options;
  std::string root = path(name);
  live::mkdirs(root);
  options.flags = flags;
  options.backend = backend;
  options.root = (flags & MPLAN_PREPARE_PIVOT) != 0 ? nullptr : root.c_str();
  mountplan::engine::Program *program = nullptr;
  verdict.result = mountplan::engine::prepare(plan.get()->plan, options, mountplan::kernel::live, &program, verdict.failure);
  if (verdict.result == 0) {
    verdict.result = mountplan::engine::apply(*program, liar.kernel(), verdict.failure);
    verdict.failure.source = verdict.failure.target = nullptr;  // they go with the program
  }
  mountplan::engine::release(program);
  return verdict;
}

}  // namespace live
