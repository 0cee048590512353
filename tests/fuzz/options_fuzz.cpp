// SPDX-License-Identifier: MIT
// The words of one mount, decoded through the public functions: per-mount options, optional fields and per-superblock options, one line of
// input each, and the escape of overlay layers. All are compared with plain splitting of strings.
#include <mountplan/mount.h>
#include <mountplan/table.h>

#include <cerrno>
#include <map>
#include <vector>

#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"
#include "fuzz/reference_parser.hpp"

using namespace mountplan::fuzz;

namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  for (;;) {
    size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) {
      return parts;
    }
    text.remove_prefix(end + 1);
  }
}

bool number_after(const std::string &word, const std::string &tag, uint64_t &out) {
  std::string digits = word.starts_with(tag) ? word.substr(tag.size()) : "";
  if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos) {
    return false;
  }
  std::string significant = digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
  constexpr const char *highest = "18446744073709551615";
  if (significant.size() > 20 || (significant.size() == 20 && significant > highest)) {
    return false;
  }
  out = std::stoull(significant);
  return true;
}

struct Decoded {
  uint64_t attributes = 0;
  uint64_t propagation = 0, shared = 0, master = 0, propagate_from = 0;
  std::vector<std::string> unknown;
  std::vector<std::string> super;
};

Decoded decode(std::string_view options, std::string_view optional, std::string_view super) {
  static const std::map<std::string, uint64_t> known = {{"rw", 0},
                                                        {"ro", MPLAN_ATTR_RDONLY},
                                                        {"nosuid", MPLAN_ATTR_NOSUID},
                                                        {"nodev", MPLAN_ATTR_NODEV},
                                                        {"noexec", MPLAN_ATTR_NOEXEC},
                                                        {"nosymfollow", MPLAN_ATTR_NOSYMFOLLOW},
                                                        {"noatime", MPLAN_ATTR_NOATIME},
                                                        {"nodiratime", MPLAN_ATTR_NODIRATIME},
                                                        {"relatime", MPLAN_ATTR_RELATIME}};
  Decoded out;
  for (const std::string &word : split(options, ',')) {
    auto found = known.find(word);
    if (found != known.end()) {
      out.attributes |= found->second;
    } else if (!word.empty()) {
      out.unknown.push_back(word);
    }
  }
  bool strict = (out.attributes & (MPLAN_ATTR_NOATIME | MPLAN_ATTR_RELATIME)) == 0;
  out.attributes |= strict ? MPLAN_ATTR_STRICTATIME : 0;
  for (const std::string &word : split(optional, ' ')) {
    out.propagation |= number_after(word, "shared:", out.shared) ? MPLAN_PROPAGATION_SHARED : 0;
    out.propagation |= number_after(word, "master:", out.master) ? MPLAN_PROPAGATION_SLAVE : 0;
    out.propagation |= word == "unbindable" ? MPLAN_PROPAGATION_UNBINDABLE : 0;
    number_after(word, "propagate_from:", out.propagate_from);
  }
  out.propagation = out.propagation == 0 ? uint64_t{MPLAN_PROPAGATION_PRIVATE} : out.propagation;
  for (const std::string &word : split(super, ',')) {
    out.super.push_back(unescaped(word));
  }
  return out;
}

// As snprintf(3) would: `size` bytes of room for `whole`.
template <typename Copy>
void check_copied(Copy copy, const std::string &whole, size_t size, const char *what) {
  std::string room(size, '#');
  check_same(copy(size == 0 ? nullptr : room.data(), size), static_cast<int64_t>(whole.size()), what);
  if (size > 0) {
    size_t fits = std::min(whole.size(), size - 1);
    check_same(std::string(room.c_str()), whole.substr(0, fits), what);
    check(room.find_first_not_of('#', fits + 1) == std::string::npos, "nothing is written behind the NUL");
  }
}

template <typename Get>
void check_words(Get get, const std::vector<std::string> &expected, size_t size, const char *what) {
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
    escaped += std::string_view("\\,:").find(c) == std::string_view::npos ? std::string(1, c) : std::string("\\") + c;
  }
  std::string room(size, '#');
  check_same(mplan_overlay_escape(text.data(), text.size(), room.data(), size), static_cast<int64_t>(escaped.size()), "length escaped");
  if (size > 0) {
    size_t fits = std::min(escaped.size(), size - 1);
    check_same(room.substr(0, fits), escaped.substr(0, fits), "escaped text");
    check_same(room.substr(fits), std::string(1, '\0') + std::string(size - fits - 1, '#'), "what follows escaped text");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes in(data, size);
  size_t room = in.byte() % 40;
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
