// SPDX-License-Identifier: MIT
// The JSON stream and the escape for bytes that are not UTF-8.
#include "json.hpp"

namespace mountplan::tool {

size_t utf8_length(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  size_t length = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
  if (length == 0 || text.size() < length) {
    return 0;
  }
  for (size_t i = 1; i < length; i++) {
    if ((byte(i) & 0xc0) != 0x80) {
      return 0;
    }
  }
  // Overlong forms, surrogates and what is above U+10FFFF show in the second byte.
  bool bad = (lead == 0xe0 && byte(1) < 0xa0) || (lead == 0xed && byte(1) > 0x9f) || (lead == 0xf0 && byte(1) < 0x90) ||
             (lead == 0xf4 && byte(1) > 0x8f);
  return bad ? 0 : length;
}

std::string json_string(std::string_view text) {
  static constexpr char digits[] = "0123456789abcdef";
  auto unicode = [](std::string &out, unsigned value) {
    out += "\\u";
    for (int shift = 12; shift >= 0; shift -= 4) {
      out += digits[(value >> shift) & 0xf];
    }
  };
  std::string out = "\"";
  for (size_t i = 0; i < text.size();) {
    auto byte = static_cast<unsigned char>(text[i]);
    size_t length = utf8_length(text.substr(i));
    if (length == 0) {
      unicode(out, 0xdc00u + byte);
      i += 1;
      continue;
    }
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      unicode(out, byte);
    } else {
      out += text.substr(i, length);
    }
    i += length;
  }
  return out += '"';
}

void JsonWriter::separate() {
  if (!first_) {
    text_ += ',';
  }
  first_ = false;
}

JsonWriter &JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  first_ = true;
  return *this;
}

JsonWriter &JsonWriter::close(char bracket) {
  text_ += bracket;
  first_ = false;
  return *this;
}

JsonWriter &JsonWriter::key(std::string_view name) {
  separate();
  text_ += json_string(name);
  text_ += ':';
  first_ = true;
  return *this;
}

JsonWriter &JsonWriter::raw(std::string_view value) {
  separate();
  text_ += value;
  return *this;
}

}  // namespace mountplan::tool
