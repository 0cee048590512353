// SPDX-License-Identifier: MIT
// A plan whose adders and modifiers must succeed: plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0) gives the index of the op.
#pragma once

#include <mountplan/mountplan.h>

#include <stdexcept>
#include <string>

namespace replay {

class Plan {
 public:
  Plan() {
    if (mplan_plan_new(&plan_, nullptr) < 0) {
      throw std::runtime_error("no plan");
    }
  }
  Plan(const Plan &) = delete;
  Plan &operator=(const Plan &) = delete;
  ~Plan() { mplan_plan_free(plan_); }
  mplan_plan *get() const { return plan_; }

  template <typename Function, typename... Arguments>
  int add(Function function, const Arguments &...arguments) {
    mplan_error *error = nullptr;
    int result = function(plan_, plain(arguments)..., &error);
    if (result < 0) {
      std::string message = mplan_error_message(error);
      mplan_error_free(error);
      throw std::runtime_error(message);
    }
    return result;
  }

 private:
  static const char *plain(const std::string &text) { return text.c_str(); }
  template <typename T>
  static T plain(const T &value) {
    return value;
  }
  template <size_t n>
  static const char *plain(const char (&text)[n]) {
    return text;
  }

  mplan_plan *plan_ = nullptr;
};

}  // namespace replay
