// SPDX-License-Identifier: MIT
// mount.h: the functions that are pure. Those that mount are with the engine.
#include <mountplan/mount.h>

#include <cerrno>
#include <string_view>

#include "path/overlay_escape.hpp"
#include "plan/parent_mode.hpp"

uint32_t mplan_parent_mode(uint32_t mode) { return mountplan::plan::parent_mode(mode); }

int64_t mplan_overlay_escape(const char *text, size_t len, char *out, size_t size) {
  // Twice the length must fit the result; no object of a process is that large.
  if ((text == nullptr && len != 0) || (out == nullptr && size != 0) || len > INT64_MAX / 2) {
    return -EINVAL;
  }
  return static_cast<int64_t>(mountplan::path::overlay_escape(std::string_view(text, len), out, size));
}
