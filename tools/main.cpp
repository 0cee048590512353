// SPDX-License-Identifier: MIT
// The mountplan command: finds the subcommand and turns what it throws into messages and exit codes.
#include <algorithm>
#include <exception>
#include <iterator>

#include "columns.hpp"
#include "command.hpp"
#include "library.hpp"
#include "report.hpp"

namespace mountplan::tool {
namespace {

struct Command {
  const char *name;
  const char *help;
  int (*run)(const Words &words);
};

constexpr Command commands[] = {
    {"run", "Run a program inside a plan, in new namespaces", run_command},
    {"explain", "Print each step of a plan, change nothing", explain_command},
    {"apply", "Carry out a plan in the present mount namespace", apply_command},
    {"list", "Print the mount table", list_command},
    {"tree", "Print the mounts as a tree, covered ones resolved", tree_command},
    {"features", "Print what this kernel and these privileges allow", features_command},
};

std::string help() {
  std::string text = "usage: mountplan COMMAND [OPTION...]\n\nCommands:\n";
  for (const Command &command : commands) {
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
  auto command = std::find_if(std::begin(commands), std::end(commands), [&](const Command &known) { return words[0] == known.name; });
  if (command == std::end(commands)) {
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
