// SPDX-License-Identifier: MIT
// A mountinfo parser that is as plain as possible, written from proc_pid_mountinfo(5) and the comment of table.h: what the library's is
// compared with.
#pragma once

#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "table/table.hpp"

namespace mountplan::fuzz {

// Undoes octal escapes, \001 to \377.
inline std::string unescaped(std::string_view text) {
  auto octal = [](char c, char most) { return c >= '0' && c <= most; };
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    bool escape = text[i] == '\\' && i + 3 < text.size() && octal(text[i + 1], '3') && octal(text[i + 2], '7') && octal(text[i + 3], '7');
    int byte = escape ? (text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0') : 0;
    out += byte != 0 ? static_cast<char>(byte) : text[i];
    i += byte != 0 ? 3 : 0;
  }
  return out;
}

struct ReferenceMount {
  uint64_t id, parent_id, major, minor;
  std::string root, mount_point, options, optional, type, source, super_options;
};

// What is wrong: `what` begins the detail of the error.
struct ReferenceError {
  int error = 0;
  size_t line = 0;
  size_t column = 0;
  std::string what;
};

class ReferenceParser {
 public:
  ReferenceParser(std::string_view text, const table::Limits &limits) : limits_(limits) {
    if (text.size() > limits.bytes) {
      error.error = EFBIG;
      return;
    }
    std::vector<std::string_view> lines;
    while (!text.empty()) {
      size_t end = text.find('\n');
      lines.push_back(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    if (lines.size() > limits.mounts) {
      error.error = EOVERFLOW;
      return;
    }
    for (size_t i = 0; i < lines.size() && error.error == 0; i++) {
      line_ = lines[i];
      at_ = 0;
      error.line = i + 1;
      parse_line();
    }
  }

  std::vector<ReferenceMount> mounts;
  ReferenceError error;

 private:
  bool fail(size_t at, const char *what) {
    bool too_long = at > limits_.line;
    error.error = too_long ? EMSGSIZE : EBADMSG;
    error.column = (too_long ? limits_.line : at) + 1;
    error.what = too_long ? "line too long" : what;
    return false;
  }

  // A field that a space ends.
  bool field(std::string_view &out, bool may_be_empty = false) {
    size_t end = line_.find_first_of(std::string_view(" \0", 2), at_);
    if (end == std::string_view::npos) {
      return fail(line_.size(), "too few fields");
    }
    if (line_[end] == '\0') {
      return fail(end, "NUL byte");
    }
    out = line_.substr(at_, end - at_);
    if (out.empty() && !may_be_empty) {
      return fail(at_, "empty field");
    }
    start_ = at_;
    at_ = end + 1;
    return true;
  }

  // Digits that begin at `at` of the line, worth at most `most`.
  bool number(std::string_view text, size_t &at, uint64_t most, uint64_t &out, const char *what) {
    unsigned __int128 value = 0;
    size_t i = 0;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; i++) {
      value = value * 10 + static_cast<unsigned>(text[i] - '0');
      if (value > UINT64_MAX) {
        return fail(at + i, what);
      }
    }
    at += i;
    out = static_cast<uint64_t>(value);
    return i > 0 && value <= most ? true : fail(at, what);
  }

  bool id(uint64_t &out) {
    std::string_view text;
    if (!field(text)) {
      return false;
    }
    bool negative = text[0] == '-';
    size_t at = start_ + (negative ? 1 : 0);
    if (!number(text.substr(negative ? 1 : 0), at, negative ? uint64_t{1} << 63 : UINT64_MAX, out, "bad number")) {
      return false;
    }
    out = negative ? -out : out;
    return at == start_ + text.size() ? true : fail(at, "bad number");
  }

  bool device(uint64_t &major, uint64_t &minor) {
    constexpr const char *what = "bad major:minor";
    std::string_view text;
    if (!field(text)) {
      return false;
    }
    size_t at = start_;
    if (!number(text, at, UINT32_MAX, major, what)) {
      return false;
    }
    if (at - start_ == text.size() || text[at - start_] != ':') {
      return fail(at, what);
    }
    at++;
    if (!number(text.substr(at - start_), at, UINT32_MAX, minor, what)) {
      return false;
    }
    return at == start_ + text.size() ? true : fail(at, what);
  }

  bool separator(std::string &optional) {
    for (;;) {
      size_t before = at_;
      std::string_view text;
      if (!field(text)) {
        bool no_more = error.error == EBADMSG && error.what == "too few fields";
        return no_more ? fail(before, "missing separator") : false;
      }
      if (text == "-") {
        return true;
      }
      optional += (optional.empty() ? "" : " ") + std::string(text);
    }
  }

  bool parse_line() {
    ReferenceMount mount;
    std::string_view root, point, options, type, source;
    if (!id(mount.id) || !id(mount.parent_id) || !device(mount.major, mount.minor) || !field(root) || !field(point) || !field(options) ||
        !separator(mount.optional) || !field(type) || !field(source, true)) {
      return false;
    }
    std::string_view rest = line_.substr(at_);
    if (size_t nul = rest.find('\0'); nul != std::string_view::npos) {
      return fail(at_ + nul, "NUL byte");
    }
    if (rest.empty() || line_.size() > limits_.line) {
      return fail(line_.size(), "too few fields");
    }
    mount.root = unescaped(root);
    mount.mount_point = unescaped(point);
    mount.options = options;
    mount.type = unescaped(type);
    mount.source = unescaped(source);
    mount.super_options = rest;
    mounts.push_back(mount);
    return true;
  }

  const table::Limits limits_;
  std::string_view line_;
  size_t at_ = 0;
  size_t start_ = 0;  // of the field that was taken last
};

}  // namespace mountplan::fuzz
