// SPDX-License-Identifier: MIT
// A kernel that passes every call on and tells what it was. Explain and events both are this, around different kernels.
// It allocates nothing, so it may run in a forked child; a step crosses a pipe in one write.
#pragma once

#include "base/writer.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::kernel {

struct Step {
  int32_t op = -1;
  int32_t reserved = 0;
  int64_t result = 0;
  uint64_t flags = 0;  // MPLAN_ATTR_ bits that the call sets
  const char *call = nullptr;
  char text[1024] = {};
};
static_assert(sizeof(Step) < 4096, "one write to a pipe must be atomic");

// Value of Trace::op while what is asked is no step of the plan (probing).
constexpr int32_t quiet = -2;

struct Trace {
  static constexpr size_t most_names = 64;
  struct Name {
    int fd = -1;
    char path[120] = {};
  };

  Kernel inner;
  const int32_t *op;  // the op that is being carried out
  void (*sink)(void *data, const Step &step);
  void *data;
  Name names[most_names] = {};  // what the open descriptors are, to show them as 5</usr>
  size_t next_name = 0;
  int first_fd = 0;  // descriptors from here on are shown from 3 on: those of a model

  Trace(const Kernel &inner_kernel, const int32_t *current, void (*to)(void *, const Step &), void *with)
      : inner(inner_kernel), op(current), sink(to), data(with) {}
};

// The trace must outlive the kernel.
Kernel tracing(Trace &trace);

// What an open descriptor is; "" where that is not known.
const char *name_of(const Trace &trace, int fd);

// `mkdirat(3</usr>, "bin", 0755)`; `trace` may be NULL: then descriptors have no names.
void write_call(base::Writer &out, Call call, const long args[6], const Trace *trace);

}  // namespace mountplan::kernel
