// SPDX-License-Identifier: MIT
// mountplan list: the mount table, in the order of the kernel.
#include "mounts.hpp"
#include "report.hpp"

namespace mountplan::tool {

int list_command(const Words &words) {
  ViewOptions options = parse_view_options("list", "Prints the mount table.", words);
  Owned<mplan_table> table = read_table(options);
  size_t count = mplan_table_count(table.get());
  if (options.json) {
    JsonWriter json;
    json.open_object().key("filesystems").open_array();
    for (size_t i = 0; i < count; i++) {
      json.open_object();
      write_mount(json, table.get(), i);
      json.close_object();
    }
    json.close_array().close_object();
    print_output(json.text() + '\n');
    return exit_success;
  }
  Style style = detect_style();
  std::vector<Row> rows;
  for (size_t i = 0; i < count; i++) {
    rows.push_back({mount_cells(table.get(), i, "", "", style), false});
  }
  print_output(align(mount_header, rows, style));
  return exit_success;
}

}  // namespace mountplan::tool
