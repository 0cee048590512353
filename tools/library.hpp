// SPDX-License-Identifier: MIT
// Owners for the library's handles: what a function gives out is freed when it goes out of scope.
#pragma once

#include <mountplan/mountplan.h>

#include <memory>

namespace mountplan::tool {

struct Free {
  void operator()(mplan_error *handle) const { mplan_error_free(handle); }
  void operator()(mplan_table *handle) const { mplan_table_unref(handle); }
  void operator()(mplan_tree *handle) const { mplan_tree_free(handle); }
  void operator()(mplan_plan *handle) const { mplan_plan_free(handle); }
  void operator()(mplan_trace *handle) const { mplan_trace_free(handle); }
  void operator()(mplan_prepared *handle) const { mplan_prepared_free(handle); }
  void operator()(mplan_spawn *handle) const { mplan_spawn_free(handle); }
  void operator()(mplan_process *handle) const { mplan_process_free(handle); }
  void operator()(mplan_features *handle) const { mplan_features_free(handle); }
};

template <typename Handle>
using Owned = std::unique_ptr<Handle, Free>;

// Stands for the `T **out` of one call; the owner has the handle when the full expression ends.
template <typename Handle>
class Out {
 public:
  explicit Out(Owned<Handle> &owner) : owner_(owner) {}
  Out(const Out &) = delete;
  Out &operator=(const Out &) = delete;
  ~Out() {
    if (handle_ != nullptr) {
      owner_.reset(handle_);
    }
  }
  operator Handle **() { return &handle_; }

 private:
  Owned<Handle> &owner_;
  Handle *handle_ = nullptr;
};

}  // namespace mountplan::tool
