// SPDX-License-Identifier: MIT
// mountplan convert: a plan file from options, or options from a plan file.
#include "convert.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "build.hpp"
#include "parse.hpp"
#include "plan_file.hpp"

namespace mountplan::tool {
namespace {

using Json = nlohmann::ordered_json;

std::string octal(uint32_t mode) {
  char text[8];
  snprintf(text, sizeof text, "%04o", mode);
  return text;
}

// The modifiers in the order of the table, in which a plan file gives them.
std::vector<Given> ordered(const Op &op) {
  std::vector<Given> given = op.given;
  std::ranges::stable_sort(given, {}, &Given::option);
  return given;
}

// Numbers in one form, however they were written.
std::string modifier_text(const Op &op, const Given &given) {
  switch (given.option->modifiers) {
    case takes_mode:
      return octal(*op.mode);
    case takes_size:
      return std::to_string(op.size);
    case takes_inodes:
      return std::to_string(op.inodes);
    default:
      return given.text;
  }
}

Json op_json(const Op &op) {
  Json out = {{"op", op.option->name + 2}};
  for (size_t i = 0; i < op.values.size(); i++) {
    bool number = op.option->arguments[i].kind == Kind::descriptor;
    out[plan_key(*op.option, i)] = number ? Json(op.values[i].number) : Json(op.values[i].text);
  }
  for (const Given &given : ordered(op)) {
    std::string key = modifier_key(*given.option);
    if (given.option->modifiers == takes_layers || given.option->modifiers == takes_data_layers) {
      out[key].push_back(given.text);
    } else if (given.option->modifiers == takes_size || given.option->modifiers == takes_inodes) {
      out[key] = given.option->modifiers == takes_size ? op.size : op.inodes;
    } else {
      out[key] = modifier_text(op, given);
    }
  }
  return out;
}

void add_setting(Json &options, const Setting &setting) {
  const char *name = setting.option->name + 2;
  if (setting.values.empty()) {
    options[name] = true;
  } else if (setting.values.size() == 2) {
    options[name][setting.values[0]] = setting.values[1];
  } else if (!options.contains(name)) {
    options[name] = setting.values[0];
  } else {
    if (!options[name].is_array()) {
      options[name] = Json::array({options[name]});
    }
    options[name].push_back(setting.values[0]);
  }
}

}  // namespace

std::string plan_text(const Request &request, const std::string &command) {
  Json options = Json::object();
  for (const Setting &setting : request.settings) {
    add_setting(options, setting);
  }
  Json ops = Json::array();
  for (const Op &op : request.ops) {
    ops.push_back(op_json(op));
  }
  Json plan = Json::object();
  if (!options.empty()) {
    plan["options"] = options;
  }
  plan["ops"] = ops;
  std::string text;
  try {
    text = plan.dump(2) + '\n';
  } catch (const Json::exception &) {
    throw UsageError("convert: a path or text is not UTF-8, which a plan file has to be");
  }
  // A name is in an object once. Where the order of settings between others has a meaning, the file would say something else.
  Words again;
  for (Word &word : words_of_plan("plan", text)) {
    again.push_back(std::move(word.text));
  }
  if (parse_options(command, again).settings != request.settings) {
    throw UsageError("convert: a plan file can not hold these options in this order; put the same ones next to each other, once each");
  }
  return text;
}

std::string options_text(const Request &request) {
  std::string text;
  auto line = [&](const std::string &option, const std::vector<std::string> &values) {
    text += option;
    for (const std::string &value : values) {
      text += ' ' + quoted(value);
    }
    text += '\n';
  };
  for (const Setting &setting : request.settings) {
    line(setting.option->name, setting.values);
  }
  for (const Op &op : request.ops) {
    for (const Given &given : ordered(op)) {
      line(given.option->name, {modifier_text(op, given)});
    }
    std::vector<std::string> values;
    for (const Value &value : op.values) {
      values.push_back(value.text);
    }
    line(op.option->name, values);
  }
  return text;
}

int convert_command(const Words &words) {
  Request request = parse_options("convert", words);
  if (request.from_options() && !request.command.empty()) {
    request.notes.push_back("the command " + mountplan::tool::quoted(request.command[0]) + " is left out: a plan has none");
  } else if (!request.help) {
    for (const std::string &file : request.command) {
      add_file("convert", request.from, file, request);
    }
  }
  finish_request("convert", request);
  build_plan(request);
  std::erase_if(request.settings, [](const Setting &setting) {
    std::string_view name = setting.option->name;
    return name == "-J" || name == "--to" || name == "--from" || name == "--oci-skip";
  });
  if (request.from == "bwrap" || request.to == "bwrap") {
    need_bubblewrap(request);
  }
  std::string to = !request.to.empty() ? request.to : request.json ? "json" : "options";
  print_output(to == "json" ? plan_text(request, "convert") : to == "oci" ? oci_text(request) : options_text(request));
  return exit_success;
}

}  // namespace mountplan::tool
