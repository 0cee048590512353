// SPDX-License-Identifier: MIT
// Option words and optional fields, see options.hpp.
#include "table/options.hpp"

#include <mountplan/attributes.h>

#include <charconv>
#include <cstring>

namespace mountplan::table {

namespace {

struct Word {
  std::string_view name;
  uint64_t attribute;
};

// What the kernel writes for a mount's own flags. "rw" is the absence of one.
constexpr Word words[] = {
    {"rw", 0},
    {"ro", MPLAN_ATTR_RDONLY},
    {"nosuid", MPLAN_ATTR_NOSUID},
    {"nodev", MPLAN_ATTR_NODEV},
    {"noexec", MPLAN_ATTR_NOEXEC},
    {"nosymfollow", MPLAN_ATTR_NOSYMFOLLOW},
    {"noatime", MPLAN_ATTR_NOATIME},
    {"nodiratime", MPLAN_ATTR_NODIRATIME},
    {"relatime", MPLAN_ATTR_RELATIME},
};

const Word *find_word(std::string_view name) {
  for (const Word &word : words) {
    if (word.name == name) {
      return &word;
    }
  }
  return nullptr;
}

// Takes the part up to the next separator off `rest`; false at the end.
bool take_part(std::string_view &rest, bool &more, char separator, std::string_view &part) {
  if (!more) {
    return false;
  }
  const size_t at = rest.find(separator);
  more = at != std::string_view::npos;
  part = std::string_view(rest.data(), more ? at : rest.size());
  rest.remove_prefix(more ? at + 1 : rest.size());
  return true;
}

bool tagged_number(std::string_view field, std::string_view tag, uint64_t &out) {
  if (field.size() < tag.size() || memcmp(field.data(), tag.data(), tag.size()) != 0) {
    return false;
  }
  field.remove_prefix(tag.size());
  uint64_t value = 0;
  const char *const end = field.data() + field.size();
  const auto [stopped, error] = std::from_chars(field.data(), end, value);
  if (error != std::errc() || stopped != end) {
    return false;
  }
  out = value;
  return true;
}

}  // namespace

uint64_t attributes(std::string_view options) {
  uint64_t result = 0;
  bool more = true;
  std::string_view part;
  while (take_part(options, more, ',', part)) {
    const Word *word = find_word(part);
    result |= word != nullptr ? word->attribute : 0;
  }
  // The kernel names the other two modes; a mount with neither updates access times strictly.
  if ((result & (MPLAN_ATTR_RELATIME | MPLAN_ATTR_NOATIME)) == 0) {
    result |= MPLAN_ATTR_STRICTATIME;
  }
  return result;
}

bool unknown_option(std::string_view options, size_t index, std::string_view &out) {
  bool more = true;
  std::string_view part;
  while (take_part(options, more, ',', part)) {
    if (!part.empty() && find_word(part) == nullptr && index-- == 0) {
      out = part;
      return true;
    }
  }
  return false;
}

bool comma_part(std::string_view options, size_t index, std::string_view &out) {
  bool more = !options.empty();
  while (take_part(options, more, ',', out)) {
    if (index-- == 0) {
      return true;
    }
  }
  return false;
}

Peers peers(std::string_view optional) {
  Peers result;
  bool more = true;
  std::string_view field;
  while (take_part(optional, more, ' ', field)) {
    if (tagged_number(field, "shared:", result.shared)) {
      result.propagation |= MPLAN_PROPAGATION_SHARED;
    } else if (tagged_number(field, "master:", result.master)) {
      result.propagation |= MPLAN_PROPAGATION_SLAVE;
    } else if (field == "unbindable") {
      result.propagation |= MPLAN_PROPAGATION_UNBINDABLE;
    } else {
      tagged_number(field, "propagate_from:", result.propagate_from);
    }
  }
  if (result.propagation == 0) {
    result.propagation = MPLAN_PROPAGATION_PRIVATE;
  }
  return result;
}

}  // namespace mountplan::table
