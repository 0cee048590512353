// SPDX-License-Identifier: MIT
// What every file of the C layer needs: turning the error record into an error object, and the (pointer, size) struct rules.
#pragma once

#include <mountplan/error.h>

#include <cstddef>
#include <cstring>

#include "base/failure.hpp"
#include "plan/plan.hpp"

struct mplan_plan {
  mountplan::plan::Plan plan;
};

namespace mountplan::capi {

// Writes an error object to `err` unless it is NULL, and returns -failure.error. When memory for the object is out, `err` gets a
// static object that says so, which mplan_error_free() knows.
int report(const base::Failure &failure, mplan_error **err);

// Copies a struct out to a caller whose version of it is `size` bytes long.
template <typename T>
int struct_out(const T &value, T *out, size_t size) {
  size_t common = size < sizeof(T) ? size : sizeof(T);
  memcpy(out, &value, common);
  if (size > common) {
    memset(reinterpret_cast<char *>(out) + common, 0, size - common);
  }
  return 0;
}

// Reads a struct a caller gave as (pointer, size); false (E2BIG) when it is longer and has something in the tail.
template <typename T>
bool struct_in(const void *given, size_t size, T &value) {
  value = T{};
  if (given == nullptr) {
    return size == 0;
  }
  size_t common = size < sizeof(T) ? size : sizeof(T);
  memcpy(&value, given, common);
  for (size_t i = common; i < size; i++) {
    if (static_cast<const char *>(given)[i] != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace mountplan::capi
