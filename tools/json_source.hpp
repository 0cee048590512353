// SPDX-License-Identifier: MIT
// A JSON text as a tree in which every value knows where it stands: what is wrong with a file is told with line, column and pointer.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mountplan::tool {

struct JsonValue {
  enum class Type { null, boolean, number, string, array, object };
  struct Member;

  Type type = Type::null;
  std::string text;              // of a string, or of a number or boolean as it is written
  std::vector<JsonValue> items;  // of an array
  std::vector<Member> members;   // of an object, in the order of the text
  size_t line = 0;               // counted from 1
  size_t column = 0;             // in bytes, counted from 1
  std::string pointer;           // RFC 6901; empty for the whole

  const JsonValue *find(std::string_view name) const;
};

struct JsonValue::Member {
  std::string name;
  size_t line = 0;
  size_t column = 0;
  JsonValue value;
};

inline const JsonValue *JsonValue::find(std::string_view name) const {
  for (const Member &member : members) {
    if (member.name == name) {
      return &member.value;
    }
  }
  return nullptr;
}

// "object", "a string" ...: for messages.
const char *json_type_name(JsonValue::Type type);

// "FILE:LINE:COL: /POINTER", without the pointer for the whole.
std::string json_place(const std::string &file, const JsonValue &value);

// Throws UsageError `FILE:LINE:COL: ...` for what is no JSON text (RFC 8259), for a name that an object has twice, and beyond 32 levels.
JsonValue parse_json(const std::string &file, std::string_view text);

}  // namespace mountplan::tool
