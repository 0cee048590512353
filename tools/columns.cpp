// SPDX-License-Identifier: MIT
// Column output in the manner of findmnt(8).
#include "columns.hpp"

#include <langinfo.h>
#include <unistd.h>
#include <wchar.h>

#include <algorithm>
#include <clocale>
#include <cstdlib>

#include "json.hpp"

namespace mountplan::tool {
namespace {

char32_t decode(std::string_view sequence) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(sequence[i]); };
  if (sequence.size() == 1) {
    return byte(0);
  }
  char32_t value = byte(0) & (0xffu >> (sequence.size() + 1));
  for (size_t i = 1; i < sequence.size(); i++) {
    value = (value << 6) | (byte(i) & 0x3fu);
  }
  return value;
}

// Cells of one character; negative for what a terminal would obey rather than show, directional marks included.
int cells(char32_t character) {
  bool directional = (character >= 0x200e && character <= 0x200f) || (character >= 0x2028 && character <= 0x202e) ||
                     (character >= 0x2066 && character <= 0x2069);
  return directional ? -1 : wcwidth(static_cast<wchar_t>(character));
}

}  // namespace

Style detect_style() {
  setlocale(LC_CTYPE, "");
  const char *no_colour = getenv("NO_COLOR");
  return {.utf8 = std::string_view(nl_langinfo(CODESET)) == "UTF-8",
          .colour = isatty(STDOUT_FILENO) != 0 && (no_colour == nullptr || *no_colour == '\0')};
}

std::string printable(std::string_view text, const Style &style) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out;
  for (size_t i = 0; i < text.size();) {
    size_t length = utf8_length(text.substr(i));
    bool ascii = length == 1 && text[i] >= 0x20 && text[i] < 0x7f;
    bool shown = ascii || (length > 1 && style.utf8 && cells(decode(text.substr(i, length))) >= 0);
    length = std::max<size_t>(length, 1);
    for (size_t end = i + length; i < end; i++) {
      if (shown) {
        out += text[i];
      } else {
        auto byte = static_cast<unsigned char>(text[i]);
        out += {'\\', 'x', digits[byte >> 4], digits[byte & 0xf]};
      }
    }
  }
  return out;
}

size_t display_width(std::string_view text, const Style &style) {
  if (!style.utf8) {
    return text.size();
  }
  size_t width = 0;
  for (size_t i = 0; i < text.size();) {
    size_t length = std::max<size_t>(utf8_length(text.substr(i)), 1);
    width += static_cast<size_t>(std::max(cells(decode(text.substr(i, length))), 0));
    i += length;
  }
  return width;
}

std::vector<std::string> draw_branches(const std::vector<size_t> &depths, const Style &style) {
  const std::string more = style.utf8 ? "├─" : "|-";
  const std::string last = style.utf8 ? "└─" : "`-";
  const std::string through = style.utf8 ? "│ " : "| ";
  std::vector<std::string> branches(depths.size());
  // Walking backwards, open[d] says whether a node of depth d follows before the walk leaves its parent.
  std::vector<bool> open;
  for (size_t i = depths.size(); i-- > 0;) {
    size_t depth = depths[i];
    open.resize(depth + 1, false);
    for (size_t level = 1; level < depth; level++) {
      branches[i] += open[level] ? through : "  ";
    }
    if (depth > 0) {
      branches[i] += open[depth] ? more : last;
    }
    open[depth] = true;
  }
  return branches;
}

std::string align(const std::vector<std::string> &header, const std::vector<Row> &rows, const Style &style) {
  std::vector<size_t> widths;
  for (const std::string &cell : header) {
    widths.push_back(display_width(cell, style));
  }
  for (const Row &row : rows) {
    for (size_t i = 0; i < row.cells.size(); i++) {
      widths[i] = std::max(widths[i], display_width(row.cells[i], style));
    }
  }
  auto line = [&](const std::vector<std::string> &cells) {
    std::string text;
    for (size_t i = 0; i < cells.size(); i++) {
      text += cells[i];
      text.append(widths[i] - display_width(cells[i], style) + 1, ' ');
    }
    text.erase(text.find_last_not_of(' ') + 1);
    return text;
  };
  std::string out = line(header) + '\n';
  for (const Row &row : rows) {
    out += row.dim && style.colour ? "\x1b[2m" + line(row.cells) + "\x1b[0m\n" : line(row.cells) + '\n';
  }
  return out;
}

}  // namespace mountplan::tool
