// SPDX-License-Identifier: MIT
// The commands and what their exit codes mean.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace mountplan::tool {

enum ExitCode {
  exit_success = 0,
  exit_failure = 1,           // list, tree, features; check: something is wrong
  exit_usage = 2,             // what was typed makes no sense
  exit_setup = 125,           // run, apply, explain: the plan could not be carried out
  exit_not_executable = 126,  // run
  exit_not_found = 127        // run
};

// The person at the keyboard asked for something that makes no sense; exit code 2.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thrown when everything there is to say was said.
struct Exit {
  int code;
};

// Each takes the words after its name and returns the exit code. Throws UsageError and Exit.
using Words = std::vector<std::string>;
int run_command(const Words &words);
int explain_command(const Words &words);
int apply_command(const Words &words);
int check_command(const Words &words);
int convert_command(const Words &words);
int list_command(const Words &words);
int tree_command(const Words &words);
int features_command(const Words &words);

struct Command {
  const char *name;
  const char *help;
  int (*run)(const Words &words);
};

std::span<const Command> commands();

}  // namespace mountplan::tool
