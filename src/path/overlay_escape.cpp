// SPDX-License-Identifier: MIT
// The escape of overlayfs option strings; see overlay_escape.hpp.
#include "path/overlay_escape.hpp"

#include "base/writer.hpp"

namespace mountplan::path {

size_t overlay_escape(std::string_view text, char *out, size_t size) {
  base::Writer writer(out, size);
  for (char c : text) {
    if (c == '\\' || c == ',' || c == ':') {
      writer.character('\\');
    }
    writer.character(c);
  }
  return writer.length();
}

}  // namespace mountplan::path
