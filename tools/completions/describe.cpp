// SPDX-License-Identifier: MIT
#include "describe.hpp"

#include <CLI/CLI.hpp>

#include "mounts.hpp"

namespace mountplan::tool {
namespace {

std::vector<OptionText> plan_option_texts(unsigned command) {
  std::vector<OptionText> texts;
  for (const PlanOption &option : plan_options()) {
    if ((option.commands & command) == 0) {
      continue;
    }
    OptionText text{{option.name}, {}, option.help};
    for (size_t i = 0; i < option.argument_count(); i++) {
      text.arguments.push_back({option.arguments[i].name, option.arguments[i].kind});
    }
    texts.push_back(text);
  }
  return texts;
}

void describe_view(CommandText &command) {
  ViewOptions options;
  CLI::App app;
  add_view_options(app, command.name, options);
  for (const CLI::Option *option : app.get_options()) {
    if (option->get_positional()) {
      command.takes_path = true;
      continue;
    }
    OptionText text{{}, {}, option->get_description()};
    for (const std::string &name : option->get_snames()) {
      text.names.push_back("-" + name);
    }
    for (const std::string &name : option->get_lnames()) {
      text.names.push_back("--" + name);
    }
    if (option->get_items_expected_max() > 0) {
      std::string name = option->get_type_name().starts_with("FILE") ? "FILE" : "PID";
      text.arguments.push_back({name, name == "FILE" ? Kind::path : Kind::text});
    }
    command.options.push_back(text);
  }
}

}  // namespace

std::vector<CommandText> describe_commands() {
  std::vector<CommandText> texts;
  for (const Command &command : commands()) {
    CommandText text{.name = command.name, .help = command.help, .options = {}};
    if (command.run == run_command || command.run == explain_command || command.run == apply_command || command.run == check_command ||
        command.run == convert_command) {
      text.options = plan_option_texts(command.run == run_command       ? on_run
                                       : command.run == apply_command   ? on_apply
                                       : command.run == convert_command ? on_convert
                                                                        : on_explain);
      text.takes_program = command.run == run_command;
    } else {
      describe_view(text);
    }
    texts.push_back(text);
  }
  return texts;
}

}  // namespace mountplan::tool
