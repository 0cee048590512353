// SPDX-License-Identifier: MIT
// What people read when something went wrong, and the steps of --verbose.
#pragma once

#include <mountplan/mountplan.h>

#include <string>
#include <vector>

namespace mountplan::tool {

// The options as typed, by index of the op they became.
using TypedOps = std::vector<std::string>;

// `op 3 (--ro-bind /a /b): open_tree: No such file or directory`, without a line end.
std::string error_line(const mplan_error *error, const TypedOps &typed);

// Prints the error with its hint, kernel log and causes, and throws Exit.
[[noreturn]] void fail(const mplan_error *error, const TypedOps &typed, int exit_code);

// One line on standard error, made safe for a terminal: `mountplan: TEXT`.
void print_message(const std::string &text);

// One line of advice after a message: `hint: TEXT`.
void print_hint(const std::string &text);

// Writes to standard output; throws Exit when that is not possible.
void print_output(const std::string &text);

// "ENOENT".
std::string errno_name(int error);

// Names of MPLAN_ATTR_ bits in the words of mount(8).
std::vector<std::string> attribute_names(uint64_t attributes);

// An event callback (mplan_event_fn) that prints each step; data is not used.
int print_step(const mplan_event *event, void *data);

}  // namespace mountplan::tool
