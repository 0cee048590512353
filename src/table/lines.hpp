// SPDX-License-Identifier: MIT
// The fields of a mountinfo line:
//   36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue
// Every field ends at a space, the last at the newline; it may hold spaces that the file system did not escape.
#pragma once

#include <cerrno>
#include <cstring>

#include "base/writer.hpp"
#include "path/octal.hpp"
#include "table/parse.hpp"
#include "table/plain_line.hpp"
#include "table/scan.hpp"

namespace mountplan::table {

static_assert(padded(0) == block_size && padded(63) == block_size && padded(64) == 2 * block_size);

class Parser {
 public:
  Parser(const Finder &finder, const Limits &limits, Table &table, base::Failure &failure)
      : limits_(limits), table_(table), failure_(failure), text_(table.text.data()), scanner_(finder, text_, table.text.size()) {}

  int run() {
    while (position_ < table_.length) {
      Entry &entry = table_.entries[line_];
      line_++;
      line_start_ = position_;
      if (plain_line(entry)) {
        continue;
      }
      if (int result = line(entry); result < 0) {
        return result;
      }
    }
    return 0;
  }

 private:
  // False where line() has to see what it is; then nothing has happened.
  bool plain_line(Entry &entry) {
    const uint32_t *const ends = scanner_.ahead(PlainLine::ahead);
    if (ends == nullptr) {
      return false;
    }
    const unsigned taken = PlainLine(text_, static_cast<uint32_t>(position_), ends).parse(limits_.line, entry);
    if (taken == 0) {
      return false;
    }
    position_ = size_t{ends[taken - 1]} + 1;
    scanner_.take(taken);
    return true;
  }

  // One field: [start, end).
  struct Field {
    size_t start;
    size_t end;
    bool escaped;
  };

  int line(Entry &entry) {
    int result = number_field("the mount id", entry.id);
    result = result < 0 ? result : number_field("the parent id", entry.parent_id);
    result = result < 0 ? result : device_field(entry);
    result = result < 0 ? result : string_field("the root", entry.root);
    result = result < 0 ? result : mount_point_field(entry);
    result = result < 0 ? result : plain_field("the mount options", entry.options);
    result = result < 0 ? result : optional_fields(entry);
    result = result < 0 ? result : string_field("the file system type", entry.type);
    result = result < 0 ? result : source_field(entry);
    return result < 0 ? result : rest_of_line(entry);
  }

  int bad(size_t at, int error, const char *what, const char *expected) {
    failure_.kind = base::Kind::parse;
    failure_.error = error;
    failure_.line = line_;
    failure_.column = at - line_start_ + 1;
    base::Writer(failure_.detail, sizeof failure_.detail).text(what).text(": expected ").text(expected);
    return -error;
  }
  int malformed(size_t at, const char *what, const char *expected) {
    return at - line_start_ > limits_.line ? too_long() : bad(at, EBADMSG, what, expected);
  }
  int too_long() { return bad(line_start_ + static_cast<size_t>(limits_.line), EMSGSIZE, "line too long", "its end within the limit"); }
  int nul_byte(size_t at) { return malformed(at, "NUL byte", "text"); }

  // The field at the position; it must not be the last one.
  int next_field(const char *expected, Field &field) {
    field = Field{position_, 0, false};
    for (;;) {
      const size_t at = scanner_.next();
      const char special = text_[at];
      if (special == ' ') {
        field.end = at;
        position_ = at + 1;
        return 0;
      }
      if (special == '\\') {
        field.escaped = true;
      } else if (special == '\n') {
        return malformed(at, "too few fields", at == field.start ? expected : "a space and more fields");
      } else if (special == '\0') {
        return nul_byte(at);
      }
    }
  }
  int filled_field(const char *expected, Field &field) {
    const int result = next_field(expected, field);
    return result == 0 && field.start == field.end ? malformed(field.start, "empty field", expected) : result;
  }

  size_t terminate(const Field &field) {
    size_t length = field.end - field.start;
    if (field.escaped) {
      length = path::unescape(text_ + field.start, length);
    }
    text_[field.start + length] = '\0';
    return length;
  }

  int plain_field(const char *expected, uint32_t &out) {
    Field field;
    if (int result = filled_field(expected, field); result < 0) {
      return result;
    }
    text_[field.end] = '\0';
    out = static_cast<uint32_t>(field.start);
    return 0;
  }
  int string_field(const char *expected, uint32_t &out) {
    Field field;
    if (int result = filled_field(expected, field); result < 0) {
      return result;
    }
    terminate(field);
    out = static_cast<uint32_t>(field.start);
    return 0;
  }
  int mount_point_field(Entry &entry) {
    Field field;
    if (int result = filled_field("the mount point", field); result < 0) {
      return result;
    }
    entry.mount_point_length = static_cast<uint32_t>(terminate(field));
    entry.mount_point = static_cast<uint32_t>(field.start);
    return 0;
  }

  // Decimal digits at `at`, at most to `end`; moves `at` behind them. False when there are none or they are worth more than `most`.
  bool digits(size_t &at, size_t end, uint64_t most, uint64_t &out) {
    const size_t start = at;
    uint64_t value = 0;
    for (; at < end; at++) {
      const auto digit = static_cast<unsigned>(static_cast<unsigned char>(text_[at])) - '0';
      if (digit > 9) {
        break;
      }
      if (value > (UINT64_MAX - digit) / 10) {
        return false;
      }
      value = value * 10 + digit;
    }
    out = value;
    return at > start && value <= most;
  }

  // Ids are printed as signed numbers by the kernel: a minus is taken, the id is the 64-bit pattern.
  int number_field(const char *expected, uint64_t &out) {
    Field field;
    if (int result = filled_field(expected, field); result < 0) {
      return result;
    }
    size_t at = field.start;
    const bool negative = text_[at] == '-';
    at += negative ? 1 : 0;
    uint64_t value = 0;
    if (!digits(at, field.end, negative ? uint64_t{1} << 63 : UINT64_MAX, value) || at != field.end) {
      return malformed(at, "bad number", expected);
    }
    out = negative ? uint64_t{0} - value : value;
    return 0;
  }

  int device_field(Entry &entry) {
    constexpr const char *expected = "two numbers, MAJOR:MINOR";
    Field field;
    if (int result = filled_field(expected, field); result < 0) {
      return result;
    }
    size_t at = field.start;
    uint64_t major = 0;
    uint64_t minor = 0;
    if (!digits(at, field.end, UINT32_MAX, major) || at == field.end || text_[at] != ':') {
      return malformed(at, "bad major:minor", expected);
    }
    at++;
    if (!digits(at, field.end, UINT32_MAX, minor) || at != field.end) {
      return malformed(at, "bad major:minor", expected);
    }
    entry.major = static_cast<uint32_t>(major);
    entry.minor = static_cast<uint32_t>(minor);
    return 0;
  }

  // Any number of fields up to one that is a single dash.
  int optional_fields(Entry &entry) {
    const size_t start = position_;
    for (;;) {
      Field field;
      if (int result = next_field("the separator \" - \"", field); result < 0) {
        if (failure_.error == EBADMSG && text_[failure_.column - 1 + line_start_] == '\n') {
          return malformed(field.start, "missing separator", "\" - \" before the file system type");
        }
        return result;
      }
      const size_t length = field.end - field.start;
      if (length == 0) {
        return malformed(field.start, "empty field", "an optional field or the separator \" - \"");
      }
      if (length == 1 && text_[field.start] == '-') {
        // Without optional fields the byte before is the NUL that ended the options.
        text_[field.start - 1] = '\0';
        entry.optional = static_cast<uint32_t>(field.start == start ? start - 1 : start);
        return 0;
      }
    }
  }

  int source_field(Entry &entry) {  // may be empty
    Field field;
    if (int result = next_field("the source", field); result < 0) {
      return result;
    }
    terminate(field);
    entry.source = static_cast<uint32_t>(field.start);
    return 0;
  }

  int rest_of_line(Entry &entry) {
    const size_t start = position_;
    size_t at;
    do {
      at = scanner_.next();
      if (text_[at] == '\0') {
        return nul_byte(at);
      }
    } while (text_[at] != '\n');
    if (at == start) {
      return malformed(at, "too few fields", "the super options");
    }
    if (at - line_start_ > limits_.line) {
      return too_long();
    }
    text_[at] = '\0';
    entry.super_options = static_cast<uint32_t>(start);
    position_ = at + 1;
    return 0;
  }

  const Limits &limits_;
  Table &table_;
  base::Failure &failure_;
  char *const text_;
  Scanner scanner_;
  size_t position_ = 0;
  size_t line_start_ = 0;
  size_t line_ = 0;  // counted from 1 while a line is parsed
};

}  // namespace mountplan::table
