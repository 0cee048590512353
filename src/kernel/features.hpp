// SPDX-License-Identifier: MIT
// What this kernel and these privileges allow: each call is tried in a way that changes nothing.
#pragma once

#include "kernel/kernel.hpp"

namespace mountplan::kernel {

struct Probe {
  const char *name;
  const char *needed;
  int (*try_it)(const Kernel &kernel);  // 0 works, else a positive errno
};

extern const Probe probes[];
extern const size_t probe_count;

// MPLAN_BACKEND_ value of the best backend that works here. A handful of calls, async-signal-safe.
uint32_t best_backend(const Kernel &kernel);

// 0, or the positive errno of the first call this backend needs and lacks, with its name.
int backend_lacks(const Kernel &kernel, uint32_t backend, const char **call);

// Does open_tree(2) make a mount namespace of a tree, and may it be entered? 0, else a positive errno: EINVAL before Linux 7, which one
// call tells.
int namespaces_lack(const Kernel &kernel);

// Does overlayfs take its layers one by one ("lowerdir+"), and data-only ones at all?
bool takes_single_layers(const Kernel &kernel);

const char *backend_name(uint32_t backend);

}  // namespace mountplan::kernel
