// SPDX-License-Identifier: MIT
// The sentence of a refused argument, put together in place: Detail().text("mode ").octal(mode).text(" is above 07777").
// Paths are shown by their beginning only, so that the reason that follows them is never cut off.
#pragma once

#include <string_view>

#include "base/writer.hpp"

namespace mountplan::base {

class Detail {
 public:
  Detail() : writer_(text_, sizeof text_) {}
  Detail(const Detail &) = delete;
  Detail &operator=(const Detail &) = delete;

  Detail &text(std::string_view part) { return writer_.text(part), *this; }
  Detail &number(uint64_t value) { return writer_.unsigned_number(value), *this; }
  Detail &octal(uint64_t value) { return writer_.octal(value), *this; }
  Detail &hex(uint64_t value) { return writer_.hex(value), *this; }
  Detail &path(std::string_view given) {
    constexpr size_t shown = 160;
    bool cut = given.size() > shown;
    writer_.quoted(std::string_view(given.data(), cut ? shown : given.size()));
    return text(cut ? "..." : "");
  }
  const char *c_str() const { return text_; }

 private:
  char text_[1024];
  Writer writer_;
};

}  // namespace mountplan::base
