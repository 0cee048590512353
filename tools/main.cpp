// SPDX-License-Identifier: MIT
// The mountplan command: finds the subcommand and turns what it throws into messages and exit codes.
#include <algorithm>
#include <exception>

#include "columns.hpp"
#include "command.hpp"
#include "library.hpp"
#include "report.hpp"

namespace mountplan::tool {
namespace {

std::string help() {
  std::string text = "usage: mountplan COMMAND [OPTION...]\n\nCommands:\n";
  for (const Command &command : commands()) {
    std::string left = std::string("  ") + command.name;
    left.resize(12, ' ');
    text += left + command.help + '\n';
  }
  return text + "\nmountplan COMMAND --help tells the options of a command, mountplan --version the version.\n";
}

int dispatch(const Words &words) {
  if (words.empty()) {
    throw UsageError("a command is missing (mountplan --help lists them)");
  }
  if (words[0] == "--help" || words[0] == "-h") {
    print_output(help());
    return exit_success;
  }
  if (words[0] == "--version") {
    print_output(std::string("mountplan ") + mplan_version() + '\n');
    return exit_success;
  }
  auto command = std::ranges::find_if(commands(), [&](const Command &known) { return words[0] == known.name; });
  if (command == commands().end()) {
    throw UsageError("unknown command " + words[0]);
  }
  return command->run({words.begin() + 1, words.end()});
}

}  // namespace
}  // namespace mountplan::tool

int main(int argc, char **argv) {
  using namespace mountplan::tool;
  try {
    return dispatch({argv + (argc > 0 ? 1 : 0), argv + argc});
  } catch (const UsageError &error) {
    print_message(error.what());
    return exit_usage;
  } catch (const Exit &exit) {
    return exit.code;
  } catch (const std::exception &error) {
    print_message(error.what());
    return exit_setup;
  }
}
