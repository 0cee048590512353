// SPDX-License-Identifier: MIT
// Modifiers of ops that the library has and bubblewrap lacks: their words as data, and how they are put on an op.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "options.hpp"

namespace mountplan::tool {

// Words between commas: "ro,noexec".
std::vector<std::string> split_words(std::string_view text, char separator);

// --attrs: bits that are set in the low half, bits that are not set by default in the high half; none for a word that is not known.
std::optional<uint64_t> attributes_of(std::string_view text);
std::vector<std::string> attribute_words();

// --symlinks: refuse, follow, mount-on.
std::optional<uint64_t> policy_of(std::string_view text);
std::vector<std::string> policy_words();

// --flags: the bits of these words for this option. Throws UsageError.
struct FlagBits {
  uint64_t set = 0;
  uint64_t unset = 0;
  bool alone = false;
};
FlagBits flag_bits(const PlanOption &option, std::string_view text);

// What the modifiers ask of op `index`, but for those that its adder has seen to. Returns 0 or a negative errno value.
int apply_modifiers(const Build &build, int index, const Op &op);

}  // namespace mountplan::tool
