// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "columns.hpp"
#include "command.hpp"

namespace mountplan::tool {
namespace {

bool has_text(const char *text) { return text != nullptr && *text != '\0'; }

// What failed, without saying where: `open_tree /x: No such file or directory (detail)`.
std::string what_failed(const mplan_error *error) {
  int kind = mplan_error_kind(error);
  const char *call = mplan_error_call(error);
  const char *path = mplan_error_path(error);
  const char *detail = mplan_error_detail(error);
  std::string text;
  if (mplan_error_line(error) != 0) {
    text += "line " + std::to_string(mplan_error_line(error)) + " column " + std::to_string(mplan_error_column(error)) + ": ";
  }
  if (has_text(call)) {
    text += std::string(call) + (has_text(path) ? std::string(" ") + path : "") + ": ";
  }
  // The errno of these is a convention of the interface and tells a reader nothing that the detail does not.
  bool detail_says_all = has_text(detail) && !has_text(call) && kind != MPLAN_ERROR_SYSCALL && kind != MPLAN_ERROR_NOMEM;
  if (detail_says_all) {
    return text + detail;
  }
  text += strerror(mplan_error_errno(error));
  return has_text(detail) ? text + " (" + detail + ")" : text;
}

}  // namespace

std::string error_line(const mplan_error *error, const TypedOps &typed) {
  int op = mplan_error_op(error);
  std::string text;
  if (op >= 0) {
    auto index = static_cast<size_t>(op);
    const char *name = mplan_error_op_name(error);
    text = "op " + std::to_string(op) + " (" + (index < typed.size() ? typed[index] : name != nullptr ? name : "?") + "): ";
  }
  return text + what_failed(error);
}

void fail(const mplan_error *error, const TypedOps &typed, int exit_code) {
  if (error == nullptr) {
    print_message("failed without an error, which is a bug");
    throw Exit{exit_code};
  }
  print_message(error_line(error, typed));
  if (has_text(mplan_error_log(error))) {
    print_message(std::string("kernel: ") + mplan_error_log(error));
  }
  for (const mplan_error *cause = mplan_error_cause(error); cause != nullptr; cause = mplan_error_cause(cause)) {
    print_message("because: " + error_line(cause, typed));
  }
  if (has_text(mplan_error_hint(error))) {
    print_hint(mplan_error_hint(error));
  }
  throw Exit{exit_code};
}

void print_message(const std::string &text) { fprintf(stderr, "mountplan: %s\n", printable(text, detect_style()).c_str()); }

void print_hint(const std::string &text) { fprintf(stderr, "hint: %s\n", printable(text, detect_style()).c_str()); }

void print_output(const std::string &text) {
  if (fwrite(text.data(), 1, text.size(), stdout) != text.size() || fflush(stdout) != 0) {
    print_message(std::string("cannot write to standard output: ") + strerror(errno));
    throw Exit{exit_failure};
  }
}

std::string errno_name(int error) {
#if defined(__GLIBC__)
  const char *name = strerrorname_np(error);
  return name != nullptr ? name : std::to_string(error);
#else
  return std::to_string(error);
#endif
}

std::vector<std::string> attribute_names(uint64_t attributes) {
  static constexpr std::pair<uint64_t, const char *> names[] = {{MPLAN_ATTR_RDONLY, "ro"},
                                                                {MPLAN_ATTR_NOSUID, "nosuid"},
                                                                {MPLAN_ATTR_NODEV, "nodev"},
                                                                {MPLAN_ATTR_NOEXEC, "noexec"},
                                                                {MPLAN_ATTR_NOSYMFOLLOW, "nosymfollow"},
                                                                {MPLAN_ATTR_NOATIME, "noatime"},
                                                                {MPLAN_ATTR_NODIRATIME, "nodiratime"},
                                                                {MPLAN_ATTR_RELATIME, "relatime"},
                                                                {MPLAN_ATTR_STRICTATIME, "strictatime"}};
  std::vector<std::string> found;
  for (auto [bit, name] : names) {
    if ((attributes & bit) != 0) {
      found.emplace_back(name);
    }
  }
  return found;
}

int print_step(const mplan_event *event, void *) {
  std::string text;
  if (event->op >= 0) {
    text = "op " + std::to_string(event->op) + " " + (event->op_name != nullptr ? event->op_name : "?") + ": ";
  }
  text += event->text != nullptr ? event->text : event->call != nullptr ? event->call : "?";
  text += event->result < 0 ? " = " + errno_name(static_cast<int>(-event->result)) : " = " + std::to_string(event->result);
  print_message(text);
  return 0;
}

}  // namespace mountplan::tool
