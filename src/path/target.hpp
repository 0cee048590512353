// SPDX-License-Identifier: MIT
// Checks of the paths a caller gives, before they get into a plan. Lexical: no file is looked at. `parameter` is the name of the
// argument in the public function, for the failure's detail. Each returns 0, or -errno with the failure filled.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/arena.hpp"
#include "base/failure.hpp"

namespace mountplan::path {

constexpr size_t longest_path = 4095;      // PATH_MAX less the NUL
constexpr size_t longest_component = 255;  // NAME_MAX

// Takes the first component off `rest`; slashes and `.` components before it are passed over. Empty when there is none left.
std::string_view take_component(std::string_view &rest);

// A path inside the new root: absolute, without `..`, within the limits. `cleaned` is a copy in the arena without `.` components,
// repeated slashes and slashes at the end.
int check_target(const char *parameter, const char *given, base::Arena &arena, const char *&cleaned, base::Failure &failure);

// A path on the host or the text of a link: not empty, within the length limit. Anything else is the kernel's to judge.
int check_text(const char *parameter, const char *given, base::Failure &failure);

// A relative path that stays beneath where it starts: no `..`.
int check_beneath(const char *parameter, const char *given, base::Failure &failure);

// The name of one directory entry.
int check_component(const char *parameter, const char *given, base::Failure &failure);

}  // namespace mountplan::path
