// SPDX-License-Identifier: MIT
// Preparing and applying a reference plan on a failing kernel, and what came of it.
#pragma once

#include <string>

#include "base/failure.hpp"
#include "fault/failing.hpp"
#include "fault/plans.hpp"

namespace fault {

enum class Form { fresh, in_place, pivot };
const char *form_name(Form form);
uint64_t flags_of(Form form);  // MPLAN_PREPARE_

// A backend, or one on a kernel that lacks a call. With `verify` the result is compared with the plan, as always before a pivot.
struct Way {
  const char *name;
  uint32_t backend;
  mountplan::kernel::Call missing = mountplan::kernel::Call::count;
  bool verify = false;
  bool is_usual() const { return missing == mountplan::kernel::Call::count; }
};
inline constexpr Way ways[] = {
    {"detached", MPLAN_BACKEND_DETACHED},
    {"fd", MPLAN_BACKEND_FD},
    {"classic", MPLAN_BACKEND_CLASSIC},
    {"walker", MPLAN_BACKEND_DETACHED, mountplan::kernel::Call::openat2, true},  // looks paths up component by component
    {"text", MPLAN_BACKEND_CLASSIC, mountplan::kernel::Call::statmount, true},   // verifies by the text of the mount table
};

struct Outcome {
  int result = 0;
  mountplan::base::Failure failure;
  std::string message;
  bool in_prepare = false;
  long calls = 0;  // of prepare and apply
};

// The directory a plan is applied to. "/" for Form::pivot.
std::string root_of(Form form);

// Prepares and applies, and calls `between` the two.
Outcome run(const Reference &reference, const Way &way, Form form, Failing &kernel, void (*between)() = nullptr);
// What comes between for Form::pivot: the process gets a mount namespace of its own.
void enter_namespace();

// Takes away what was made at the root and on the host. Not for Form::pivot.
void clear(Form form);
void clear_host();

}  // namespace fault
