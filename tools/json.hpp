// SPDX-License-Identifier: MIT
// Writes JSON as a stream. Names of mounts may hold any byte, which general JSON libraries refuse or replace; here a byte that is not
// UTF-8 becomes the escape \udc80 to \udcff (what Python calls surrogateescape), so that nothing is lost and the output stays valid text.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mountplan::tool {

// Length of the well-formed UTF-8 sequence at the start of `text` (1 to 4); 0 where there is none.
size_t utf8_length(std::string_view text);

// `text` as a JSON string, quotes included.
std::string json_string(std::string_view text);

// Keeps track of commas and of the nesting; the caller opens and closes. Depth is not limited and needs no recursion.
class JsonWriter {
 public:
  JsonWriter &open_object() { return open('{'); }
  JsonWriter &open_array() { return open('['); }
  JsonWriter &close_object() { return close('}'); }
  JsonWriter &close_array() { return close(']'); }
  JsonWriter &key(std::string_view name);
  JsonWriter &string(std::string_view value) { return raw(json_string(value)); }
  JsonWriter &string_or_null(const char *value) { return value != nullptr ? string(value) : raw("null"); }
  JsonWriter &number(uint64_t value) { return raw(std::to_string(value)); }
  JsonWriter &signed_number(int64_t value) { return raw(std::to_string(value)); }
  JsonWriter &boolean(bool value) { return raw(value ? "true" : "false"); }
  JsonWriter &null() { return raw("null"); }

  const std::string &text() const { return text_; }

 private:
  JsonWriter &open(char bracket);
  JsonWriter &close(char bracket);
  JsonWriter &raw(std::string_view value);
  void separate();

  std::string text_;
  bool first_ = true;  // nothing before this value in its array or object
};

}  // namespace mountplan::tool
