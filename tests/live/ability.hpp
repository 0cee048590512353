// SPDX-License-Identifier: MIT
// What this kernel can do: as the library's features say, or, where they do not name it, as it shows when it is tried by hand. Never by the
// kernel's version: distributions bring features to older kernels, and filters of system calls take them away from newer ones.
#pragma once

#include <mountplan/mountplan.h>

#include <span>
#include <string>

namespace live {

// What mplan_features_read() says: 0 for what works, ENOSYS or EPERM. feature_error("statmount").
int feature_error(const std::string &name);

// The backends that this kernel can do, best first: all three from Linux 6.15, one below 5.12.
std::span<const uint32_t> backends();
bool has_backend(uint32_t backend);
// For a test that is about one backend alone.
#define NEEDS_BACKEND(backend)                                                               \
  if (!live::has_backend(backend)) {                                                         \
    GTEST_SKIP() << "this kernel does not have the backend " << mplan_backend_name(backend); \
  }

// Does open_tree(2) make mount namespaces, from Linux 7 on? For those without privilege the call is denied, not missing: they have it in
// the child.
bool has_namespace_commit();
#define NEEDS_NAMESPACE_COMMIT()                                      \
  if (!live::has_namespace_commit()) {                                \
    GTEST_SKIP() << "this kernel makes no mount namespace of a tree"; \
  }

// Do layers of an overlay go in one by one with every backend, or have all to be one string but with the detached one? As the library
// decides it.
bool takes_single_layers();

// Whether this identity can mount an overlay at all, tried in scratch: in user namespaces from Linux 5.11 on.
bool can_mount_overlay();

}  // namespace live
