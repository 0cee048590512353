// SPDX-License-Identifier: MIT
// What this kernel, and the privileges of the calling thread, allow: mountplan/features.h.
#ifndef MOUNTPLAN_FEATURES_HPP
#define MOUNTPLAN_FEATURES_HPP

#include <mountplan/features.h>

#include <mountplan/object.hpp>

namespace mountplan {

// A range of mplan_feature.
class Features : public Entries<mplan_features, mplan_features_free, mplan_features_count,
                                read_entry<mplan_features, mplan_feature, mplan_features_get>> {
 public:
  using Entries::Entries;
  Features() : Entries(make(mplan_features_read, uint64_t{0})) {}

  // What MPLAN_BACKEND_AUTO picks here.
  int backend() const noexcept { return mplan_features_backend(get()); }
};

inline std::string_view version() noexcept { return mplan_version(); }
// Empty for an unknown one.
inline std::string_view backend_name(uint32_t backend) noexcept { return text(mplan_backend_name(backend)); }

}  // namespace mountplan

#endif
