// SPDX-License-Identifier: MIT
// The completion function for zsh: one call of _arguments for each command.
#include "describe.hpp"
#include "parse.hpp"

namespace mountplan::tool {
namespace {

// Inside single quotes, with a backslash before what _arguments would take for its own.
std::string escaped(const std::string &text) {
  std::string out;
  for (char c : text) {
    if (c == '\'') {
      out += "'\\''";
      continue;
    }
    out += (c == '[' || c == ']' || c == ':' || c == '\\' ? "\\" : "") + std::string(1, c);
  }
  return out;
}

std::string action(Kind kind) {
  std::string text;
  for (const std::string &word : words_of(kind)) {
    text += (text.empty() ? "(" : " ") + word;
  }
  return kind == Kind::path ? "_files" : text.empty() ? " " : text + ")";
}

std::string specification(const std::string &name, const OptionText &option) {
  std::string text = "'*" + name + "[" + escaped(option.help) + "]";
  for (const ArgumentText &argument : option.arguments) {
    text += ":" + escaped(argument.name) + ":" + action(argument.kind);
  }
  return text + "'";
}

}  // namespace

std::string zsh_completion(const std::vector<CommandText> &commands) {
  std::string text =
      "#compdef mountplan\n# SPDX-License-Identifier: MIT\n# Completion of mountplan for zsh, made from its option table.\n\n"
      "_mountplan() {\n  local -a commands=(\n";
  for (const CommandText &command : commands) {
    text += "    '" + command.name + ":" + escaped(command.help) + "'\n";
  }
  text +=
      "  )\n  if ((CURRENT == 2)); then\n    _describe command commands\n"
      "    _arguments '--help[Print the commands]' '--version[Print the version]'\n    return\n  fi\n"
      "  local command=$words[2]\n  shift words\n  ((CURRENT--))\n  case $command in\n";
  for (const CommandText &command : commands) {
    text += "    " + command.name + ")\n      _arguments -S -A '-*'";
    for (const OptionText &option : command.options) {
      for (const std::string &name : option.names) {
        text += " \\\n        " + specification(name, option);
      }
    }
    if (command.takes_program) {
      text += " \\\n        '(-)1:command:_command_names -e' '*::arguments:_normal'";
    } else if (command.takes_path) {
      text += " \\\n        '1:mount point:_directories'";
    }
    text += "\n      ;;\n";
  }
  return text + "  esac\n}\n\n_mountplan \"$@\"\n";
}

}  // namespace mountplan::tool
