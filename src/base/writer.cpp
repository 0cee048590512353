// SPDX-License-Identifier: MIT
#include "base/writer.hpp"

#include <cstring>

namespace mountplan::base {

Writer::Writer(char *buffer, size_t size) : buffer_(buffer), size_(size) {
  if (size_ > 0) {
    buffer_[0] = '\0';
  }
}

Writer &Writer::text(std::string_view part) {
  if (length_ + 1 < size_) {
    size_t room = size_ - 1 - length_;
    size_t take = part.size() < room ? part.size() : room;
    memcpy(buffer_ + length_, part.data(), take);
    buffer_[length_ + take] = '\0';
  }
  length_ += part.size();
  return *this;
}

Writer &Writer::digits(uint64_t value, unsigned base) {
  char reversed[64];
  size_t count = 0;
  do {
    reversed[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value != 0);
  while (count > 0) {
    character(reversed[--count]);
  }
  return *this;
}

Writer &Writer::number(int64_t value) {
  if (value < 0) {
    character('-');
    return digits(uint64_t{0} - static_cast<uint64_t>(value), 10);
  }
  return digits(static_cast<uint64_t>(value), 10);
}

Writer &Writer::unsigned_number(uint64_t value) { return digits(value, 10); }

Writer &Writer::octal(uint64_t value) { return character('0').digits(value, 8); }

Writer &Writer::hex(uint64_t value) { return text("0x").digits(value, 16); }

Writer &Writer::quoted(std::string_view part) {
  character('"');
  for (char c : part) {
    auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      character('\\').character(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      const char escape[] = {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + ((byte >> 3) & 7)),
                             static_cast<char>('0' + (byte & 7))};
      text(std::string_view(escape, sizeof escape));
    } else {
      character(c);
    }
  }
  return character('"');
}

}  // namespace mountplan::base
