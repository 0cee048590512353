// SPDX-License-Identifier: MIT
// Names of capabilities(7).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mountplan::tool {

// The bit of a capability by name, case ignored, with or without CAP_; every bit for ALL.
std::optional<uint64_t> capability_set(std::string_view name);

// CAP_CHOWN and so on, by number.
std::vector<std::string> capability_names();

// The capabilities this process has in effect.
uint64_t effective_capabilities();

}  // namespace mountplan::tool
