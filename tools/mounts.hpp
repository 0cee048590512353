// SPDX-License-Identifier: MIT
// What list and tree share: their options, reading a table, and one mount as JSON members and as column cells.
#pragma once

#include <string>
#include <vector>

#include "columns.hpp"
#include "command.hpp"
#include "json.hpp"
#include "library.hpp"

namespace CLI {
class App;
}

namespace mountplan::tool {

struct ViewOptions {
  std::string file;  // mountinfo text; empty for the kernel's table
  int pid = 0;       // 0 for this process
  bool json = false;
  bool flat = false;   // tree
  bool all = false;    // tree
  std::string target;  // tree; empty for none
};

// The options of `list`, `tree` or `features` (which prints no mounts, but as JSON too), which fill `options`.
void add_view_options(CLI::App &app, const std::string &command, ViewOptions &options);

// Parses the words of such a command. Throws UsageError, and Exit after printing help.
ViewOptions parse_view_options(const std::string &command, const std::string &description, const Words &words);

// Prints what is wrong and throws Exit when the table can not be read.
Owned<mplan_table> read_table(const ViewOptions &options);

// "shared,slave", as findmnt(8) prints it.
std::string propagation_text(uint64_t propagation);

// Per-mount and file system options as one list: ro where either is, rw and ro not repeated.
std::string merged_options(const std::string &mount_options, const std::string &super_options);

// The super options, unescaped after splitting at commas.
std::string super_options(const mplan_table *table, size_t index);

// The members of a mount, for an object that is open.
void write_mount(JsonWriter &json, const mplan_table *table, size_t index);

extern const std::vector<std::string> mount_header;
// `branches` is drawn in front of the target, `note` behind it.
std::vector<std::string> mount_cells(const mplan_table *table, size_t index, const std::string &branches, const std::string &note,
                                     const Style &style);

}  // namespace mountplan::tool
