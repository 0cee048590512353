// SPDX-License-Identifier: MIT
// What there is to complete: each command with its options, from the tables of the command itself; and the scripts made of it.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"

namespace mountplan::tool {

struct ArgumentText {
  std::string name;  // "SRC"
  Kind kind = Kind::text;
};

struct OptionText {
  std::vector<std::string> names;  // "-F", "--tab-file"
  std::vector<ArgumentText> arguments;
  std::string help;
};

struct CommandText {
  std::string name;
  std::string help;
  std::vector<OptionText> options;
  bool takes_program = false;  // a program and its arguments follow the options
  bool takes_path = false;     // a path may follow
};

std::vector<CommandText> describe_commands();

std::string bash_completion(const std::vector<CommandText> &commands);
std::string zsh_completion(const std::vector<CommandText> &commands);
std::string fish_completion(const std::vector<CommandText> &commands);

}  // namespace mountplan::tool
