// SPDX-License-Identifier: MIT
// The words of one mount, decoded through the public functions: per-mount options, optional fields and per-superblock options, one line of
// input each, and the escape of overlay layers. All are compared with plain splitting of strings.
#include <mountplan/mount.h>
#include <mountplan/table.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"
#include "fuzz/reference_parser.hpp"

using namespace mountplan::fuzz;

namespace {

// Calls `use` with each part.
template <typename Use>
void split(std::string_view text, char separator, Use use) {
  for (;;) {
    size_t end = text.find(separator);
    use(text.substr(0, end));
    if (end == std::string_view::npos) {
      return;
    }
    text.remove_prefix(end + 1);
  }
}

bool number_after(std::string_view word, std::string_view tag, uint64_t &out) {
  std::string_view digits = word.starts_with(tag) ? word.substr(tag.size()) : "";
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) {
    return false;
  }
  digits.remove_prefix(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  constexpr std::string_view highest = "18446744073709551615";
  if (digits.size() > highest.size() || (digits.size() == highest.size() && digits > highest)) {
    return false;
  }
  out = std::stoull(std::string(digits));
  return true;
}

struct Decoded {
  uint64_t attributes = 0;
  uint64_t propagation = 0, shared = 0, master = 0, propagate_from = 0;
  std::vector<std::string_view> unknown;
  std::vector<std::string> super;
};

Decoded decode(std::string_view options, std::string_view optional, std::string_view super) {
  static constexpr std::pair<std::string_view, uint64_t> known[] = {{"", 0},
                                                                    {"rw", 0},
                                                                    {"ro", MPLAN_ATTR_RDONLY},
                                                                    {"nosuid", MPLAN_ATTR_NOSUID},
                                                                    {"nodev", MPLAN_ATTR_NODEV},
                                                                    {"noexec", MPLAN_ATTR_NOEXEC},
                                                                    {"nosymfollow", MPLAN_ATTR_NOSYMFOLLOW},
                                                                    {"noatime", MPLAN_ATTR_NOATIME},
                                                                    {"nodiratime", MPLAN_ATTR_NODIRATIME},
                                                                    {"relatime", MPLAN_ATTR_RELATIME}};
  Decoded out;
  split(options, ',', [&](std::string_view word) {
    auto found = std::ranges::find_if(known, [&](const auto &row) { return row.first == word; });
    if (found == std::end(known)) {
      out.unknown.push_back(word);
    } else {
      out.attributes |= found->second;
    }
  });
  bool strict = (out.attributes & (MPLAN_ATTR_NOATIME | MPLAN_ATTR_RELATIME)) == 0;
  out.attributes |= strict ? MPLAN_ATTR_STRICTATIME : 0;
  split(optional, ' ', [&](std::string_view word) {
    out.propagation |= number_after(word, "shared:", out.shared) ? MPLAN_PROPAGATION_SHARED : 0;
    out.propagation |= number_after(word, "master:", out.master) ? MPLAN_PROPAGATION_SLAVE : 0;
    out.propagation |= word == "unbindable" ? MPLAN_PROPAGATION_UNBINDABLE : 0;
    number_after(word, "propagate_from:", out.propagate_from);
  });
  out.propagation = out.propagation == 0 ? uint64_t{MPLAN_PROPAGATION_PRIVATE} : out.propagation;
  split(super, ',', [&](std::string_view word) { out.super.push_back(unescaped(word)); });
  return out;
}

constexpr size_t most_room = 40;

// As snprintf(3) would: `size` bytes of room for `whole`.
template <typename Copy>
void check_copied(Copy copy, std::string_view whole, size_t size, const char *what) {
  char room[most_room + 1];
  memset(room, '#', sizeof room);
  check_same(copy(size == 0 ? nullptr : room, size), static_cast<int64_t>(whole.size()), what);
  size_t fits = std::min(whole.size(), size == 0 ? 0 : size - 1);
  check_same(std::string_view(room, fits), whole.substr(0, fits), what);
  check(size == 0 || room[fits] == '\0', "what is copied ends");
  size_t used = size == 0 ? 0 : fits + 1;
  check(std::string_view(room + used, sizeof room - used).find_first_not_of('#') == std::string_view::npos, "nothing is written behind");
}

template <typename Get, typename Words>
void check_words(Get get, const Words &expected, size_t size, const char *what) {
  for (size_t i = 0; i < expected.size(); i++) {
    check_copied([&](char *out, size_t room) { return get(i, out, room); }, expected[i], size, what);
  }
  check_same(get(expected.size(), nullptr, 0), -ENOENT, what);
}

void check_table(const mplan_table *table, const Decoded &expected, size_t size) {
  mplan_mount mount;
  check_same(mplan_table_get(table, 0, &mount, sizeof mount), 0, "the mount is there");
  check_same(mount.attributes, expected.attributes, "attributes");
  check_same(mount.propagation, expected.propagation, "propagation");
  check_same(mount.shared, expected.shared, "shared");
  check_same(mount.master, expected.master, "master");
  check_same(mount.propagate_from, expected.propagate_from, "propagate_from");
  check_words([&](size_t i, char *out, size_t room) { return mplan_table_unknown_option(table, 0, i, out, room); }, expected.unknown, size,
              "unknown option");
  check_words([&](size_t i, char *out, size_t room) { return mplan_table_super_option(table, 0, i, out, room); }, expected.super, size,
              "super option");
}

void check_overlay_escape(std::string_view text, size_t size) {
  std::string escaped;
  for (char c : text) {
    escaped += std::string_view("\\,:").find(c) == std::string_view::npos ? "" : "\\";
    escaped += c;
  }
  check_copied([&](char *out, size_t room) { return mplan_overlay_escape(text.data(), text.size(), out, room); }, escaped, size,
               "escaped text");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes in(data, size);
  size_t room = in.byte() % most_room;
  std::string_view options = in.until('\n');
  std::string_view optional = in.until('\n');
  std::string_view super = in.until('\n');
  check_overlay_escape(super, room);

  std::string line = "1 1 0:1 / / ";
  line.append(options).append(" ").append(optional).append(optional.empty() ? "" : " ").append("- t s ").append(super);
  const ReferenceParser parsed(line, {});
  mplan_table *table = nullptr;
  int result = mplan_table_parse(line.data(), line.size(), 0, &table, nullptr);
  check_same(result, -parsed.error.error, "the line is parsed");
  if (result == 0) {
    const ReferenceMount &mount = parsed.mounts[0];
    check_table(table, decode(mount.options, mount.optional, mount.super_options), room);
    mplan_table_unref(table);
  }
  return 0;
}
