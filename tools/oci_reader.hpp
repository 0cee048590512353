// SPDX-License-Identifier: MIT
// What reading an OCI configuration works with: values with their places, words, notes; a mount while it is read. For oci.cpp alone.
#pragma once

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "json_reader.hpp"

namespace mountplan::tool {

// A mount while its options are read.
struct Mount {
  explicit Mount(const JsonValue &json) : value(json) {}

  const JsonValue &value;
  std::string target;
  std::string type;
  std::string source;
  bool is_bind = false;
  bool recursive = false;
  bool id_mapped = false;
  std::vector<std::string> attributes;
  std::vector<std::string> kept;  // those set by rro, rnosuid ..., which rw, suid ... do not take off
  std::vector<std::string> flags;
  std::vector<std::pair<const char *, std::string>> modifiers;
  std::vector<std::string> layers;  // top first
  std::string upper;
  std::string work;
  std::string propagation;

  bool has(const char *attribute) const { return std::ranges::find(attributes, attribute) != attributes.end(); }
};

// Of two that contradict each other the later one counts, as with mount(8).
inline void set_attribute(Mount &mount, const char *word, const char *cleared) {
  static constexpr std::pair<const char *, const char *> opposites[] = {
      {"ro", "rw"}, {"nosuid", "suid"}, {"nodev", "dev"}, {"noexec", "exec"}};
  static constexpr const char *times[] = {"noatime", "relatime", "strictatime"};
  auto remove = [&](const char *name) { std::erase(mount.attributes, name); };
  for (auto [set, clear] : opposites) {
    if (cleared != nullptr && std::string_view(word) == clear && std::ranges::find(mount.kept, set) != mount.kept.end()) {
      return;
    }
    if (std::string_view(word) == (cleared != nullptr ? clear : set)) {
      remove(set);
      remove(clear);
    }
  }
  for (const char *time : times) {
    if (std::ranges::find(times, std::string_view(word)) != std::end(times)) {
      remove(time);
    }
  }
  remove(word);
  mount.attributes.emplace_back(word);
}

inline std::string joined(const std::vector<std::string> &words) {
  std::string text;
  for (const std::string &word : words) {
    text += (text.empty() ? "" : ",") + word;
  }
  return text;
}

inline std::string clean(const std::string &path) {
  std::string text = std::filesystem::path("/" + path).lexically_normal().string();
  while (text.size() > 1 && text.back() == '/') {
    text.pop_back();
  }
  return text;
}

// "65536k", as the kernel reads it.
inline std::optional<uint64_t> size_of(std::string_view text) {
  uint64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, text.data() + text.size());
  static constexpr std::string_view units[] = {"", "k", "m", "g", "t"};
  for (size_t i = 0; error == std::errc() && i < std::size(units); i++) {
    bool same = unit.size() == units[i].size() && (unit.empty() || (unit[0] | 0x20) == units[i][0]);
    if (same && number > 0 && number <= (uint64_t{INT64_MAX} >> (10 * i))) {
      return number << (10 * i);
    }
  }
  return std::nullopt;
}

class OciReader : protected JsonReader {
 public:
  OciReader(const std::string &file, const std::set<std::string> &skipped, std::vector<std::string> &notes, Problems *problems)
      : JsonReader(file, problems),
        bundle_(file == "standard input" ? "" : std::filesystem::path(file).parent_path()),
        skipped_(skipped),
        notes_(notes) {}

 protected:
  std::string text(const JsonValue &value) const {
    need(value, Type::string);
    return whole(value, value.text);
  }

  std::string text(const JsonValue &object, const char *name) const { return text(required(object, name)); }

  // Each item of an array that may be missing.
  template <typename Part>
  void each(const JsonValue &object, const char *name, Part part) {
    const JsonValue *array = object.find(name);
    if (array == nullptr || array->type == Type::null) {
      return;
    }
    need(*array, Type::array);
    for (const JsonValue &item : array->items) {
      separately([&] { part(item); });
    }
  }

  void add(const JsonValue &value, const std::vector<std::string> &words) {
    for (const std::string &word : words) {
      JsonReader::add(value, word);
    }
  }

  void note(const JsonValue &value, const std::string &what) { notes_.push_back(json_place(file_, value) + ": " + what); }

  // Whether --oci-skip asks to leave this out. Then that is told.
  bool skip(const JsonValue &value, const std::string &name) {
    bool asked = skipped_.contains(name);
    if (asked) {
      note(value, name + " is left out, as --oci-skip says");
    }
    return asked;
  }

  static std::string may_skip(const std::string &name) { return "; --oci-skip " + name + " leaves it out"; }

  std::string in_bundle(const JsonValue &value, const std::string &path) const {
    if (path.empty()) {
      refuse(value, "has an empty path");
    }
    return path.starts_with('/') ? path : (bundle_ / path).string();
  }

  std::filesystem::path bundle_;
  const std::set<std::string> &skipped_;
  std::vector<std::string> &notes_;
};

}  // namespace mountplan::tool
