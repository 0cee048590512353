// SPDX-License-Identifier: MIT
#include <mountplan/features.h>

#include <cerrno>

#include "base/object.hpp"
#include "capi/handle.hpp"
#include "kernel/features.hpp"

namespace base = mountplan::base;
namespace capi = mountplan::capi;
namespace kernel = mountplan::kernel;

struct mplan_features {
  base::Vec<mplan_feature> entries;
  uint32_t backend = 0;
};

int mplan_features_read(uint64_t flags, mplan_features **out, mplan_error **err) {
  base::Failure failure;
  if (out == nullptr || flags != 0) {
    base::fail_argument(failure, EINVAL, out == nullptr ? "out is NULL" : "flags is not 0");
    return capi::report(failure, err);
  }
  base::Owned<mplan_features> features(base::make<mplan_features>());
  bool memory = static_cast<bool>(features);
  for (size_t i = 0; memory && i < kernel::probe_count; i++) {
    const kernel::Probe &probe = kernel::probes[i];
    memory = features->entries.push(mplan_feature{probe.name, probe.needed, probe.try_it(kernel::live), 0});
  }
  if (!memory) {
    base::fail_memory(failure);
    return capi::report(failure, err);
  }
  features->backend = kernel::best_backend(kernel::live);
  *out = features.release();
  return 0;
}

size_t mplan_features_count(const mplan_features *features) { return features == nullptr ? 0 : features->entries.size(); }

int mplan_features_get(const mplan_features *features, size_t i, mplan_feature *out, size_t size) {
  if (features == nullptr || out == nullptr) {
    return -EINVAL;
  }
  return i >= features->entries.size() ? -ERANGE : capi::struct_out(features->entries[i], out, size);
}

int mplan_features_backend(const mplan_features *features) { return features == nullptr ? 0 : static_cast<int>(features->backend); }

void mplan_features_free(mplan_features *features) { base::destroy(features); }

const char *mplan_backend_name(uint32_t backend) { return kernel::backend_name(backend); }
