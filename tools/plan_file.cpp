// SPDX-License-Identifier: MIT
// Each object becomes the words of one option, which are then read as if they had been typed: there is one set of rules.
#include "plan_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "content.hpp"
#include "json_reader.hpp"
#include "suggest.hpp"

namespace mountplan::tool {
namespace {

constexpr size_t max_bytes = size_t{4} << 20;

// What an argument of the option table is called in a file.
constexpr std::pair<std::string_view, const char *> keys[] = {
    {"SRC", "source"},  {"DEST", "target"},  {"FD", "fd"},      {"OCTAL", "perms"}, {"PATH", "target"},
    {"RWSRC", "upper"}, {"WORKDIR", "work"}, {"DIR", "source"}, {"TYPE", "type"},   {"MOUNT", "source"}};

bool takes_several(const PlanOption &modifier) { return modifier.modifiers == takes_layers || modifier.modifiers == takes_data_layers; }

// The modifiers that an op listens to.
std::vector<const PlanOption *> modifiers_of(const PlanOption &op) {
  std::vector<const PlanOption *> modifiers;
  for (const PlanOption &option : plan_options()) {
    if (option.section == Section::modifier && (option.modifiers & op.modifiers) != 0) {
      modifiers.push_back(&option);
    }
  }
  return modifiers;
}

class Reader : private JsonReader {
 public:
  using JsonReader::JsonReader;

  std::vector<Word> words(const JsonValue &root) {
    need(root, Type::object);
    for (const JsonValue::Member &member : root.members) {
      guard(problems_, [&] {
        if (member.name == "$schema") {
          need(member.value, Type::string);
        } else if (member.name != "ops" && member.name != "options") {
          refuse_member(member, "the plan", {"$schema", "options", "ops"});
        }
      });
    }
    if (const JsonValue *options = root.find("options"); options != nullptr) {
      guard(problems_, [&] { add_options(*options); });
    }
    const JsonValue &ops = required(root, "ops");
    need(ops, Type::array);
    for (const JsonValue &op : ops.items) {
      separately([&] { add_op(op); });
    }
    return std::move(words_);
  }

 private:
  [[noreturn]] void refuse_member(const JsonValue::Member &member, const std::string &owner, const std::vector<std::string> &known) const {
    std::string list;
    for (const std::string &name : known) {
      list += (list.empty() ? "" : ", ") + name;
    }
    refuse_member(member, owner, list, did_you_mean(member.name, known));
  }

  [[noreturn]] void refuse_member(const JsonValue::Member &member, const std::string &owner, const std::string &known,
                                  const std::string &meant) const {
    JsonValue name = member.value;
    name.line = member.line;
    name.column = member.column;
    refuse(name, owner + " has no member \"" + member.name + "\", but: " + known + meant);
  }

  // A string, or where a number is wanted one that is not octal a number.
  void add_argument(const JsonValue &value, Kind kind) {
    bool number = kind == Kind::descriptor || kind == Kind::bytes || kind == Kind::id || kind == Kind::count;
    if (value.type != Type::string && !(number && value.type == Type::number)) {
      refuse(value, std::string("must be a string") + (number ? " or a number" : "") + ", not " + json_type_name(value.type));
    }
    add(value, value.text);
  }

  static bool is_named(const PlanOption &option, bool is_op) {
    return is_op ? option.add != nullptr : option.set != nullptr && option.section != Section::modifier && option.commands != on_convert;
  }

  static const PlanOption *find(const std::string &name, bool is_op) {
    auto options = plan_options();
    auto found = std::find_if(options.begin(), options.end(),
                              [&](const PlanOption &option) { return is_named(option, is_op) && option.name == "--" + name; });
    return found == options.end() ? nullptr : &*found;
  }

  static std::vector<std::string> names(bool is_op) {
    std::vector<std::string> names;
    for (const PlanOption &option : plan_options()) {
      if (is_named(option, is_op)) {
        names.emplace_back(option.name + 2);
      }
    }
    return names;
  }

  void add_options(const JsonValue &options) {
    need(options, Type::object);
    for (const JsonValue::Member &member : options.members) {
      separately([&] {
        const PlanOption *option = find(member.name, false);
        if (option == nullptr || member.name == "help") {
          refuse_member(member, "options", "the long names of the options that are no ops, as mountplan run --help has them",
                        did_you_mean(member.name, names(false)));
        }
        add_option(*option, member.value);
      });
    }
  }

  // true; a value; several of them; or names with values.
  void add_option(const PlanOption &option, const JsonValue &value) {
    if (option.argument_count() == 0) {
      need(value, Type::boolean);
      if (value.text == "true") {
        add(value, option.name);
      }
    } else if (option.argument_count() == 2) {
      need(value, Type::object);
      for (const JsonValue::Member &member : value.members) {
        add(member.value, option.name);
        add(member.value, member.name);
        add_argument(member.value, option.arguments[1].kind);
      }
    } else if (value.type == Type::array) {
      for (const JsonValue &item : value.items) {
        add(item, option.name);
        add_argument(item, option.arguments[0].kind);
      }
    } else {
      add(value, option.name);
      add_argument(value, option.arguments[0].kind);
    }
  }

  void add_op(const JsonValue &op) {
    need(op, Type::object);
    const JsonValue &name = required(op, "op");
    need(name, Type::string);
    const PlanOption *option = find(name.text, true);
    if (option == nullptr) {
      refuse(name, "there is no op \"" + name.text + "\"; mountplan run --help lists them, without the leading --" +
                       did_you_mean(name.text, names(true)));
    }
    check_members(op, *option);
    for (const PlanOption *modifier : modifiers_of(*option)) {
      const JsonValue *value = op.find(modifier_key(*modifier));
      if (value != nullptr && takes_several(*modifier)) {
        need(*value, Type::array);
        for (const JsonValue &layer : value->items) {
          add(layer, modifier->name);
          add_argument(layer, Kind::path);
        }
      } else if (value != nullptr) {
        add(*value, modifier->name);
        add_argument(*value, modifier->arguments[0].kind);
      }
    }
    add(op, option->name);
    for (size_t i = 0; i < option->argument_count(); i++) {
      add_argument(required(op, plan_key(*option, i)), option->arguments[i].kind);
    }
  }

  void check_members(const JsonValue &op, const PlanOption &option) const {
    std::vector<std::string> known = {"op"};
    for (size_t i = 0; i < option.argument_count(); i++) {
      known.push_back(plan_key(option, i));
    }
    for (const PlanOption *modifier : modifiers_of(option)) {
      known.push_back(modifier_key(*modifier));
    }
    for (const JsonValue::Member &member : op.members) {
      if (std::ranges::find(known, member.name) == known.end()) {
        guard(problems_, [&] { refuse_member(member, option.name + 2, known); });
      }
    }
  }
};

}  // namespace

std::string plan_key(const PlanOption &option, size_t argument) {
  std::string_view name = option.arguments[argument].name;
  for (const auto &[known, key] : keys) {
    if (name == known) {
      return key;
    }
  }
  return std::string(name);
}

std::string modifier_key(const PlanOption &modifier) {
  return modifier.modifiers == takes_layers ? "layers" : modifier.modifiers == takes_data_layers ? "data-layers" : modifier.name + 2;
}

std::vector<Word> words_of_plan(const std::string &file, std::string_view text, Problems *problems) {
  if (text.size() > max_bytes) {
    throw UsageError(file + ": more than " + std::to_string(max_bytes) + " bytes");
  }
  return Reader(file, problems).words(parse_json(file, text));
}

TextFile read_text_file(const std::string &file, const std::string &option) {
  int fd = file == "-" ? STDIN_FILENO : open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    throw UsageError(option + ": cannot open " + file + ": " + strerror(errno));
  }
  std::string text = read_descriptor(fd, option, max_bytes);
  if (fd != STDIN_FILENO) {
    close(fd);
  }
  if (text.size() > max_bytes) {
    throw UsageError(file + ": more than " + std::to_string(max_bytes) + " bytes");
  }
  return {file == "-" ? "standard input" : file, std::move(text)};
}

}  // namespace mountplan::tool
