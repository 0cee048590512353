// SPDX-License-Identifier: MIT
// How two paths lie to each other; see nesting.hpp.
#include "plan/nesting.hpp"

#include "path/target.hpp"

namespace mountplan::plan {

namespace {

bool absolute(std::string_view path) { return !path.empty() && path.front() == '/'; }

bool climbs(std::string_view rest) {
  for (std::string_view component = path::take_component(rest); !component.empty(); component = path::take_component(rest)) {
    if (component == "..") {
      return true;
    }
  }
  return false;
}

}  // namespace

bool lies_inside(std::string_view path, std::string_view folder) {
  if (absolute(path) != absolute(folder)) {
    return false;
  }
  for (;;) {
    std::string_view component = path::take_component(folder);
    if (component.empty()) {
      return !climbs(path);
    }
    if (path::take_component(path) != component) {
      return false;
    }
  }
}

bool same_path(std::string_view one, std::string_view other) { return lies_inside(one, other) && lies_inside(other, one); }

}  // namespace mountplan::plan
