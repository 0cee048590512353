// SPDX-License-Identifier: MIT
// Carrying out a plan: mountplan/apply.h. Plan::explain() and Plan::prepare() make what is here.
#ifndef MOUNTPLAN_APPLY_HPP
#define MOUNTPLAN_APPLY_HPP

#include <mountplan/apply.h>

#include <exception>
#include <functional>
#include <mountplan/object.hpp>
#include <optional>
#include <vector>

namespace mountplan {

// Told about each step. What it throws while the plan is prepared or explained stops that and is thrown on; later it is dropped.
using EventFunction = std::function<void(const mplan_event &)>;

// How to prepare; defaults are those of struct mplan_prepare_args. For designated initialisers: plan.prepare({.root = "/srv/root"}).
struct Options {
  uint64_t flags = 0;    // MPLAN_PREPARE_
  uint32_t backend = 0;  // MPLAN_BACKEND_
  std::optional<std::filesystem::path> root = {};
  std::optional<int> root_fd = {};
  EventFunction event = {};
};

// The options as C takes them, and the callback that they lead to.
class Arguments {
 public:
  explicit Arguments(const Options &options) : root_(options.root), event_(options.event) {
    args_.flags = options.flags;
    args_.backend = options.backend;
    args_.root = root_ ? String(*root_).c_str() : nullptr;
    args_.has_root_fd = options.root_fd ? 1 : 0;
    args_.root_fd = options.root_fd.value_or(0);
    args_.event = event_ ? tell : nullptr;
    args_.event_data = this;
  }
  Arguments(const Arguments &) = delete;
  Arguments &operator=(const Arguments &) = delete;

  // The object that function(objects..., args, size, &object, &error) makes.
  template <typename T, typename Function, typename... Objects>
  T *make(Function function, Objects... objects) {
    T *made = nullptr;
    mplan_error *error = nullptr;
    if (function(objects..., &args_, sizeof args_, &made, &error) < 0) {
      const Error failure(error);
      if (failure.kind() == MPLAN_ERROR_CALLBACK && thrown_) {
        std::rethrow_exception(thrown_);
      }
      throw failure;
    }
    return made;
  }

 private:
  static int tell(const mplan_event *event, void *data) noexcept {
    auto &self = *static_cast<Arguments *>(data);
    try {
      self.event_(*event);
      return 0;
    } catch (...) {
      self.thrown_ = std::current_exception();
      return 1;
    }
  }

  mplan_prepare_args args_ = {};
  std::optional<std::filesystem::path> root_;
  EventFunction event_;
  std::exception_ptr thrown_;
};

// What applying a plan would do: a range of mplan_event.
class Trace : public Entries<mplan_trace, mplan_trace_free, mplan_trace_count, read_entry<mplan_trace, mplan_event, mplan_trace_get>> {
 public:
  using Entries::Entries;
  // One numbered call per line with its op beside it; borrowed.
  std::string_view text() const noexcept { return mountplan::text(mplan_trace_text(get())); }
  int backend() const noexcept { return mplan_trace_backend(get()); }
};

// A plan that is ready to be applied, once.
class Prepared : public Object<mplan_prepared, mplan_prepared_free> {
 public:
  Prepared(const mplan_plan *plan, const Options &options) : Prepared(std::make_unique<Arguments>(options), plan) {}

  int backend() const noexcept { return mplan_prepared_backend(get()); }

  // In the calling thread's mount namespace: all of it, or on failure nothing.
  void apply() { call(mplan_apply, get()); }

  // What apply() made in trees of the caller; borrowed.
  std::vector<std::string_view> created() const {
    std::vector<std::string_view> paths(mplan_prepared_created_count(get()));
    for (size_t i = 0; i < paths.size(); i++) {
      paths[i] = mountplan::text(mplan_prepared_created(get(), i));
    }
    return paths;
  }

  // As apply(), for the child after fork(2): async-signal-safe. Returns 0, or a negative errno value with the failure filled in.
  int apply_in_child(mplan_failure &failure) noexcept { return mplan_apply_in_child(get(), &failure, sizeof failure); }

  // In the parent: the error that a child's apply_in_child() had.
  Error error(const mplan_failure &failure) const {
    mplan_error *error = nullptr;
    mplan_prepared_error(get(), &failure, sizeof failure, &error);
    return Error(error);
  }

 private:
  Prepared(std::unique_ptr<Arguments> arguments, const mplan_plan *plan)
      : Object(arguments->make<mplan_prepared>(mplan_prepare, plan)), arguments_(std::move(arguments)) {}
  std::unique_ptr<Arguments> arguments_;  // the callback is told of the steps of apply(), too
};

}  // namespace mountplan

#endif
