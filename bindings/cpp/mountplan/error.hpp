// SPDX-License-Identifier: MIT
// The exception that every failure is, and how it comes from a C function.
#ifndef MOUNTPLAN_ERROR_HPP
#define MOUNTPLAN_ERROR_HPP

#include <mountplan/error.h>

#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#if !defined(__cpp_exceptions)
#error "mountplan.hpp reports failures by exceptions; without them, use the C API of mountplan.h"
#endif

namespace mountplan {

// A string that may be NULL, as an empty view then.
inline std::string_view text(const char *string) noexcept { return string == nullptr ? std::string_view() : string; }

// A failure. code() is the errno in std::generic_category(); what() is one line that says it all but the hint. Strings are empty where
// there is nothing to say, and live as long as the exception or a copy of it.
class Error : public std::system_error {
 public:
  // Takes the error object over.
  explicit Error(mplan_error *error) : Error(std::shared_ptr<const mplan_error>(error, mplan_error_free_const)) {}
  // A failure without error object.
  explicit Error(int error) : std::system_error(error, std::generic_category()) {}

  const char *what() const noexcept override { return error_ ? mplan_error_message(get()) : std::system_error::what(); }
  int kind() const noexcept { return error_ ? mplan_error_kind(get()) : int{MPLAN_ERROR_ARGUMENT}; }  // MPLAN_ERROR_
  int stage() const noexcept { return mplan_error_stage(get()); }                                     // MPLAN_STAGE_
  int op() const noexcept { return mplan_error_op(get()); }                                           // index in the plan; -1 for none
  int left() const noexcept { return mplan_error_left(get()); }  // changes that could not be taken back
  uint64_t line() const noexcept { return mplan_error_line(get()); }
  uint64_t column() const noexcept { return mplan_error_column(get()); }
  std::string_view op_name() const noexcept { return text(mplan_error_op_name(get())); }
  std::string_view call() const noexcept { return text(mplan_error_call(get())); }
  std::string_view source() const noexcept { return text(mplan_error_source(get())); }
  std::string_view target() const noexcept { return text(mplan_error_target(get())); }
  std::string_view path() const noexcept { return text(mplan_error_path(get())); }
  std::string_view detail() const noexcept { return text(mplan_error_detail(get())); }
  std::string_view log() const noexcept { return text(mplan_error_log(get())); }
  std::string_view hint() const noexcept { return text(mplan_error_hint(get())); }

  // The error that this one follows from.
  std::optional<Error> cause() const {
    const mplan_error *found = mplan_error_cause(get());
    return found == nullptr ? std::nullopt : std::optional(Error(std::shared_ptr<const mplan_error>(error_, found)));
  }

  // The C object, borrowed; NULL where there is none.
  const mplan_error *get() const noexcept { return error_.get(); }

 private:
  explicit Error(std::shared_ptr<const mplan_error> error)
      : std::system_error(mplan_error_errno(error.get()), std::generic_category()), error_(std::move(error)) {}
  static void mplan_error_free_const(const mplan_error *error) noexcept { mplan_error_free(const_cast<mplan_error *>(error)); }

  std::shared_ptr<const mplan_error> error_;
};

// Calls function(arguments..., &error). Returns what it returns, which is not negative, or throws.
template <typename Function, typename... Arguments>
auto call(Function function, Arguments... arguments) {
  mplan_error *error = nullptr;
  auto result = function(arguments..., &error);
  if (result < 0) {
    throw Error(error);
  }
  return result;
}

}  // namespace mountplan

#endif
