// SPDX-License-Identifier: MIT
// The completions for fish: one line for each option of each command. fish completes the first argument of an option; paths go for the
// rest.
#include "describe.hpp"
#include "parse.hpp"

namespace mountplan::tool {
namespace {

std::string quoted_text(const std::string &text) {
  std::string out = "'";
  for (char c : text) {
    out += (c == '\'' || c == '\\' ? "\\" : "") + std::string(1, c);
  }
  return out + "'";
}

std::string names(const OptionText &option) {
  std::string text;
  for (const std::string &name : option.names) {
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  }
  return text;
}

std::string argument(const OptionText &option) {
  if (option.arguments.empty()) {
    return "";
  }
  if (option.arguments[0].kind == Kind::path) {
    return " -r -F";
  }
  std::string words;
  for (const std::string &word : words_of(option.arguments[0].kind)) {
    words += (words.empty() ? "" : " ") + word;
  }
  return words.empty() ? " -x" : " -x -a " + quoted_text(words);
}

}  // namespace

std::string fish_completion(const std::vector<CommandText> &commands) {
  std::string text =
      "# SPDX-License-Identifier: MIT\n# Completion of mountplan for fish, made from its option table.\n\n"
      "complete -c mountplan -f -n __fish_use_subcommand -l help -d 'Print the commands'\n"
      "complete -c mountplan -f -n __fish_use_subcommand -l version -d 'Print the version'\n";
  for (const CommandText &command : commands) {
    text += "\ncomplete -c mountplan -f -n __fish_use_subcommand -a " + command.name + " -d " + quoted_text(command.help) + '\n';
    for (const OptionText &option : command.options) {
      text += "complete -c mountplan -n '__fish_seen_subcommand_from " + command.name + "'" + names(option) + argument(option) + " -d " +
              quoted_text(option.help) + '\n';
    }
  }
  return text;
}

}  // namespace mountplan::tool
