// SPDX-License-Identifier: MIT
#include "spawn/report.hpp"

#include "kernel/trace.hpp"
#include "spawn/message.hpp"

namespace mountplan::spawn {

namespace {

struct Reporter {
  const kernel::Kernel *kernel;
  int fd;
};

void report_step(void *data, const kernel::Step &step) {
  const auto *reporter = static_cast<const Reporter *>(data);
  send_step(*reporter->kernel, reporter->fd, step);  // a parent that does not listen any more changes nothing
}

template <typename Work>
int reporting(const kernel::Kernel &kernel, const Launch &launch, Work work) {
  if (!launch.trace) {
    return work(kernel);
  }
  Reporter reporter = {&kernel, launch.report_write};
  kernel::Trace trace(kernel, engine::current_op(*launch.program), report_step, &reporter);
  return work(kernel::tracing(trace));
}

}  // namespace

int build_reporting(const kernel::Kernel &kernel, const Launch &launch, base::Failure &failure) {
  return reporting(kernel, launch, [&](const kernel::Kernel &door) { return engine::apply(*launch.program, door, failure); });
}

int enter_reporting(const kernel::Kernel &kernel, const Launch &launch, int tree, const engine::Tally &tally, base::Failure &failure) {
  return reporting(kernel, launch,
                   [&](const kernel::Kernel &door) { return engine::enter_tree(*launch.program, door, tree, tally, failure); });
}

}  // namespace mountplan::spawn
