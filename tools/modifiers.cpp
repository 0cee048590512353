// SPDX-License-Identifier: MIT
#include "modifiers.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "id_map.hpp"
#include "parse.hpp"
#include "suggest.hpp"

namespace mountplan::tool {
namespace {

constexpr unsigned clear = 16;
constexpr std::pair<const char *, uint64_t> attributes[] = {{"ro", MPLAN_ATTR_RDONLY},
                                                            {"nosuid", MPLAN_ATTR_NOSUID},
                                                            {"nodev", MPLAN_ATTR_NODEV},
                                                            {"noexec", MPLAN_ATTR_NOEXEC},
                                                            {"nosymfollow", MPLAN_ATTR_NOSYMFOLLOW},
                                                            {"noatime", MPLAN_ATTR_NOATIME},
                                                            {"nodiratime", MPLAN_ATTR_NODIRATIME},
                                                            {"relatime", MPLAN_ATTR_RELATIME},
                                                            {"strictatime", MPLAN_ATTR_STRICTATIME},
                                                            {"rw", uint64_t{MPLAN_ATTR_RDONLY} << clear},
                                                            {"suid", uint64_t{MPLAN_ATTR_NOSUID} << clear},
                                                            {"dev", uint64_t{MPLAN_ATTR_NODEV} << clear},
                                                            {"exec", uint64_t{MPLAN_ATTR_NOEXEC} << clear}};
constexpr std::pair<const char *, uint64_t> policies[] = {
    {"refuse", MPLAN_SYMLINK_REFUSE}, {"follow", MPLAN_SYMLINK_FOLLOW}, {"mount-on", MPLAN_SYMLINK_MOUNT_ON}};

std::optional<uint64_t> find(std::span<const std::pair<const char *, uint64_t>> table, std::string_view word) {
  auto found = std::ranges::find_if(table, [&](const auto &known) { return word == known.first; });
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> names(std::span<const std::pair<const char *, uint64_t>> table) {
  std::vector<std::string> words;
  for (const auto &[name, bits] : table) {
    words.emplace_back(name);
  }
  return words;
}

}  // namespace

std::vector<std::string> split_words(std::string_view text, char separator) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin <= text.size();) {
    size_t end = std::min(text.find(separator, begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

std::optional<uint64_t> attributes_of(std::string_view text) {
  uint64_t bits = 0;
  for (const std::string &word : split_words(text, ',')) {
    std::optional<uint64_t> found = find(attributes, word);
    if (!found) {
      return std::nullopt;
    }
    bits |= *found;
  }
  return bits;
}

std::vector<std::string> attribute_words() { return names(attributes); }

std::optional<uint64_t> policy_of(std::string_view text) { return find(policies, text); }

std::vector<std::string> policy_words() { return names(policies); }

FlagBits flag_bits(const PlanOption &option, std::string_view text) {
  FlagBits bits;
  for (const std::string &word : split_words(text, ',')) {
    auto found = std::ranges::find_if(option.flags, [&](const FlagWord &known) { return word == known.word; });
    if (found == option.flags.end()) {
      std::vector<std::string> known;
      std::string list;
      for (const FlagWord &flag : option.flags) {
        known.emplace_back(flag.word);
        list += (list.empty() ? "" : ", ") + known.back();
      }
      throw UsageError("--flags: " + std::string(option.name) + " has no flag " + quoted(word) + ", but: " + list +
                       did_you_mean(word, known));
    }
    bits.set |= found->set;
    bits.unset |= found->unset;
    bits.alone = bits.alone || (found->set | found->unset) == 0;
  }
  return bits;
}

int apply_modifiers(const Build &build, int index, const Op &op) {
  int result = 0;
  if (op.attributes) {
    constexpr uint64_t low = (uint64_t{1} << clear) - 1;
    result = mplan_op_set_attrs(build.plan, index, *op.attributes & low, *op.attributes >> clear, build.err);
  }
  if (result >= 0 && op.inodes != 0) {
    result = mplan_op_set_inodes(build.plan, index, op.inodes, build.err);
  }
  if (result >= 0 && op.policy) {
    result = mplan_op_set_symlinks(build.plan, index, *op.policy, build.err);
  } else if (result >= 0) {
    // As bubblewrap, a target that is a symbolic link is followed (here inside the new root), but for ops that can not.
    mplan_op_set_symlinks(build.plan, index, MPLAN_SYMLINK_FOLLOW, nullptr);
  }
  if (result >= 0 && !op.id_map.empty() && !build.request.pure) {
    int user_namespace = open_id_map(parse_id_map(op.id_map));
    result = mplan_op_set_idmap(build.plan, index, user_namespace, build.err);
    close(user_namespace);
  }
  return result;
}

}  // namespace mountplan::tool
