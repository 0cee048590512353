// SPDX-License-Identifier: MIT
// What the option words and optional fields of an entry mean. Decoded when asked for, not while parsing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace mountplan::table {

// MPLAN_ATTR_ bits of per-mount options ("rw,nosuid,relatime"), the access time mode included. rw is no attribute.
uint64_t attributes(std::string_view options);

// The `index`-th word that attributes() does not know; false when there are fewer.
bool unknown_option(std::string_view options, size_t index, std::string_view &out);

// The `index`-th of the parts between commas; false when there are fewer. No text has no parts.
bool comma_part(std::string_view options, size_t index, std::string_view &out);

// Propagation as the optional fields give it.
struct Peers {
  uint64_t propagation = 0;  // MPLAN_PROPAGATION_
  uint64_t shared = 0;
  uint64_t master = 0;
  uint64_t propagate_from = 0;
};
// Fields that are not known, or whose number is none, mean nothing here; they stay in the text.
Peers peers(std::string_view optional);

}  // namespace mountplan::table
