// SPDX-License-Identifier: MIT
#include "mounts.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>

#include "report.hpp"

namespace mountplan::tool {
namespace {

mplan_mount get_mount(const mplan_table *table, size_t index) {
  mplan_mount mount{};
  mplan_table_get(table, index, &mount, sizeof mount);
  return mount;
}

std::vector<std::string> split(const std::string &list) {
  std::vector<std::string> words;
  for (size_t begin = 0; begin < list.size();) {
    size_t end = std::min(list.find(',', begin), list.size());
    words.push_back(list.substr(begin, end - begin));
    begin = end + 1;
  }
  return words;
}

}  // namespace

const std::vector<std::string> mount_header = {"TARGET", "SOURCE", "FSTYPE", "OPTIONS"};

void add_view_options(CLI::App &app, const std::string &command, ViewOptions &options) {
  app.add_flag("-J,--json", options.json, "Print JSON");
  if (command == "features") {
    return;
  }
  auto *file = app.add_option("-F,--tab-file", options.file, "Read mountinfo text from a file")->type_name("FILE");
  auto *pid = app.add_option("-N,--task", options.pid, "The mounts of another process")->type_name("PID")->check(CLI::PositiveNumber);
  file->excludes(pid);
  if (command == "tree") {
    app.add_flag("-l,--list", options.flat, "Visible mounts flat, parents before children");
    app.add_flag("--all", options.all, "Covered mounts too");
    app.add_option("target", options.target, "A mount point; / when left out")->type_name("TARGET");
  }
}

ViewOptions parse_view_options(const std::string &command, const std::string &description, const Words &words) {
  ViewOptions options;
  CLI::App app(description, "mountplan " + command);
  add_view_options(app, command, options);
  try {
    app.parse(Words(words.rbegin(), words.rend()));  // CLI11 takes them from the back
  } catch (const CLI::CallForHelp &) {
    print_output(app.help());
    throw Exit{exit_success};
  } catch (const CLI::ParseError &error) {
    throw UsageError(command + ": " + error.what());
  }
  return options;
}

Owned<mplan_table> read_table(const ViewOptions &options) {
  Owned<mplan_table> table;
  Owned<mplan_error> error;
  int result = 0;
  std::string where;
  if (!options.file.empty()) {
    where = options.file + ": ";
    int fd = open(options.file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
      print_message(where + strerror(errno));
      throw Exit{exit_failure};
    }
    result = mplan_table_read_fd(fd, 0, Out(table), Out(error));
    close(fd);
  } else if (options.pid != 0) {
    where = "process " + std::to_string(options.pid) + ": ";
    result = mplan_table_read_pid(options.pid, 0, Out(table), Out(error));
  } else {
    result = mplan_table_read_self(0, Out(table), Out(error));
  }
  if (result < 0) {
    print_message(where + error_line(error.get(), {}));
    throw Exit{exit_failure};
  }
  if ((mplan_table_flags(table.get()) & MPLAN_TABLE_UNSTABLE) != 0) {
    print_message("warning: the mounts kept changing while they were read, the table may be torn");
  }
  return table;
}

std::string propagation_text(uint64_t propagation) {
  std::string text = (propagation & MPLAN_PROPAGATION_SHARED) != 0 ? "shared" : "private";
  text += (propagation & MPLAN_PROPAGATION_SLAVE) != 0 ? ",slave" : "";
  return text + ((propagation & MPLAN_PROPAGATION_UNBINDABLE) != 0 ? ",unbindable" : "");
}

std::string merged_options(const std::string &mount_options, const std::string &super_options) {
  std::string text;
  bool read_only = false;
  for (const std::string &list : {mount_options, super_options}) {
    for (const std::string &word : split(list)) {
      read_only = read_only || word == "ro";
      text += word == "ro" || word == "rw" ? "" : "," + word;
    }
  }
  return (read_only ? "ro" : "rw") + text;
}

std::string super_options(const mplan_table *table, size_t index) {
  std::string text;
  std::string option(256, '\0');
  for (size_t i = 0;; i++) {
    int64_t length = mplan_table_super_option(table, index, i, option.data(), option.size());
    if (length < 0) {
      return text;
    }
    if (static_cast<size_t>(length) >= option.size()) {
      option.resize(static_cast<size_t>(length) + 1);
      mplan_table_super_option(table, index, i, option.data(), option.size());
    }
    text += (i == 0 ? "" : ",");
    text.append(option, 0, static_cast<size_t>(length));
  }
}

void write_mount(JsonWriter &json, const mplan_table *table, size_t index) {
  mplan_mount mount = get_mount(table, index);
  json.key("id").number(mount.id);
  json.key("parent").number(mount.parent_id);
  json.key("maj:min").string(std::to_string(mount.major) + ':' + std::to_string(mount.minor));
  json.key("fsroot").string(mount.root);
  json.key("target").string(mount.mount_point);
  json.key("vfs-options").string(mount.options);
  json.key("opt-fields").string(mount.optional);
  json.key("fstype").string(mount.type);
  json.key("source").string(mount.source);
  json.key("fs-options").string(super_options(table, index));
  json.key("propagation").string(propagation_text(mount.propagation));
}

std::vector<std::string> mount_cells(const mplan_table *table, size_t index, const std::string &branches, const std::string &note,
                                     const Style &style) {
  mplan_mount mount = get_mount(table, index);
  std::string source = mount.source;
  if (std::string_view(mount.root) != "/") {
    source += std::string("[") + mount.root + "]";
  }
  return {branches + printable(mount.mount_point, style) + note, printable(source, style), printable(mount.type, style),
          printable(merged_options(mount.options, super_options(table, index)), style)};
}

}  // namespace mountplan::tool
