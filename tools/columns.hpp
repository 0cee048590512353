// SPDX-License-Identifier: MIT
// Text for people: aligned columns, the drawing of a tree, and names made safe for a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mountplan::tool {

// What the output can show. Found once in main from the locale, the terminal and NO_COLOR.
struct Style {
  bool utf8 = false;
  bool colour = false;
};
Style detect_style();

// `text` with control characters, and bytes the locale can not show, as \xNN: a mount point must not be able to move the cursor.
std::string printable(std::string_view text, const Style &style);

// Cells `text` takes on a terminal; `text` has gone through printable().
size_t display_width(std::string_view text, const Style &style);

// The branches in front of each node, from the depths of nodes in pre-order; nothing in front of depth 0.
std::vector<std::string> draw_branches(const std::vector<size_t> &depths, const Style &style);

struct Row {
  std::vector<std::string> cells;
  bool dim = false;
};

// The rows below a header, columns aligned, one space between them, no blanks at the ends of lines.
std::string align(const std::vector<std::string> &header, const std::vector<Row> &rows, const Style &style);

}  // namespace mountplan::tool
