// SPDX-License-Identifier: MIT
// The loop over the words. Order matters, options come and go in the middle (--args), and a path is never taken from the next option.
#include "parse.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include "capabilities.hpp"
#include "content.hpp"
#include "id_map.hpp"
#include "modifiers.hpp"
#include "oci.hpp"
#include "plan_file.hpp"
#include "suggest.hpp"

namespace mountplan::tool {
namespace {

constexpr size_t max_words = 100'000;  // --args may read itself over and over

unsigned command_bit(const std::string &command) {
  return command == "run" ? on_run : command == "apply" ? on_apply : command == "convert" ? on_convert : on_explain;
}

std::string commands_text(unsigned commands) {
  std::string text;
  for (const char *command : {"run", "explain", "apply"}) {
    if ((commands & command_bit(command)) != 0) {
      text += (text.empty() ? "" : " and ") + std::string(command);
    }
  }
  return text.empty() ? "convert" : text;
}

std::optional<uint64_t> integer(const std::string &text, int base, uint64_t max) {
  uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  bool good = error == std::errc() && end == text.data() + text.size() && value <= max;
  return good ? std::optional(value) : std::nullopt;
}

constexpr std::pair<const char *, uint64_t> propagations[] = {{"private", MPLAN_PROPAGATION_PRIVATE},
                                                              {"slave", MPLAN_PROPAGATION_SLAVE},
                                                              {"shared", MPLAN_PROPAGATION_SHARED},
                                                              {"unbindable", MPLAN_PROPAGATION_UNBINDABLE}};
constexpr std::pair<const char *, uint64_t> backends[] = {
    {"auto", MPLAN_BACKEND_AUTO}, {"detached", MPLAN_BACKEND_DETACHED}, {"fd", MPLAN_BACKEND_FD}, {"classic", MPLAN_BACKEND_CLASSIC}};

std::optional<uint64_t> number_of(std::span<const std::pair<const char *, uint64_t>> names, std::string_view name) {
  auto found = std::ranges::find_if(names, [&](const auto &known) { return name == known.first; });
  return found == names.end() ? std::nullopt : std::optional(found->second);
}

std::optional<uint64_t> propagation(std::string_view name) {
  bool recursive = name.starts_with('r');
  std::optional<uint64_t> type = number_of(propagations, name.substr(recursive ? 1 : 0));
  return type && recursive ? std::optional(*type | MPLAN_PROPAGATION_RECURSIVE) : type;
}

struct Reading {
  std::optional<uint64_t> number;
  const char *expected;
};

Reading read_number(Kind kind, const std::string &text) {
  switch (kind) {
    case Kind::descriptor:
      return {integer(text, 10, INT32_MAX), "the number of a file descriptor"};
    case Kind::mode:
      return {integer(text, 8, 07777), "an octal permission up to 7777"};
    case Kind::bytes: {
      std::optional<uint64_t> bytes = integer(text, 10, INT64_MAX);
      return {bytes == 0u ? std::nullopt : bytes, "a number of bytes above zero"};
    }
    case Kind::id:
      return {integer(text, 10, UINT32_MAX - 1), "a user or group id"};
    case Kind::capability:
      return {capability_set(text), "the name of a capability, or ALL"};
    case Kind::propagation:
      return {propagation(text), "private, slave, shared, unbindable, or one of them with an r in front"};
    case Kind::backend:
      return {number_of(backends, text), "auto, detached, fd or classic"};
    case Kind::attributes:
      return {
          attributes_of(text),
          "ro, nosuid, nodev, noexec, nosymfollow, noatime, nodiratime, relatime, strictatime, rw, suid, dev or exec, with commas between"};
    case Kind::policy:
      return {policy_of(text), "refuse, follow or mount-on"};
    case Kind::count: {
      std::optional<uint64_t> count = integer(text, 10, INT64_MAX);
      return {count == 0u ? std::nullopt : count, "a number above zero"};
    }
    case Kind::id_map:
      parse_id_map(text);
      break;
    case Kind::form: {
      auto words = words_of(kind);
      bool known = std::ranges::find(words, text) != words.end();
      return {known ? std::optional<uint64_t>(0) : std::nullopt, "options, bwrap, json or oci"};
    }
    case Kind::path:
    case Kind::text:
    case Kind::flags:
      break;
  }
  return {0, ""};
}

Value read_value(const PlanOption &option, const Argument &argument, const std::string &word) {
  std::string where = std::string(option.name) + ": ";
  if (argument.kind == Kind::path && word.empty()) {
    throw UsageError(where + argument.name + " is empty");
  }
  if (argument.kind != Kind::text && word.starts_with("--")) {
    throw UsageError(where + argument.name + " is missing: " + word + " looks like an option" +
                     (argument.kind == Kind::path ? " (a path of that name is ./" + word + ")" : ""));
  }
  auto [number, expected] = read_number(argument.kind, word);
  if (!number) {
    throw UsageError(where + argument.name + " must be " + expected + ", not " + quoted(word));
  }
  return {word, *number};
}

std::string options_that_take(unsigned modifier) {
  std::string text;
  for (const PlanOption &option : plan_options()) {
    if (option.section != Section::modifier && (option.modifiers & modifier) != 0) {
      text += (text.empty() ? "" : ", ") + std::string(option.name);
    }
  }
  return text;
}

const PlanOption *find_option(const std::string &word) {
  auto options = plan_options();
  auto found = std::find_if(options.begin(), options.end(), [&](const PlanOption &option) { return word == option.name; });
  return found == options.end() ? nullptr : &*found;
}

[[noreturn]] void refuse_unknown(const std::string &word) {
  if (std::ranges::find(foreign_options(), word) != foreign_options().end()) {
    throw UsageError(word + " is a bubblewrap option that mountplan does not offer");
  }
  std::vector<std::string> names;
  for (const PlanOption &option : plan_options()) {
    names.emplace_back(option.name);
  }
  throw UsageError("unknown option " + quoted(word) + did_you_mean(word, names));
}

// Modifiers must have met an op that listens to them.
void check_modifiers(const Request &request, unsigned taken) {
  for (const PlanOption &option : plan_options()) {
    if (option.section == Section::modifier && (request.pending.modifiers & option.modifiers & ~taken) != 0) {
      throw UsageError(std::string(option.name) + " must be followed by one of: " + options_that_take(option.modifiers));
    }
  }
}

void check_modifier_once(const Request &request, const PlanOption &option) {
  if (option.modifiers != takes_layers && option.modifiers != takes_data_layers && (request.pending.modifiers & option.modifiers) != 0) {
    throw UsageError(std::string(option.name) + " is given twice for one option");
  }
}

void take(Request &request, const PlanOption &option, std::vector<Value> values, const std::string &origin, const std::string &typed) {
  if (option.section == Section::modifier) {
    check_modifier_once(request, option);
    option.set(request, values);
    request.pending.given.push_back({&option, values[0].text});
    request.pending.modifiers |= option.modifiers;
    request.pending.typed += typed + ' ';
    return;
  }
  check_modifiers(request, option.modifiers);
  if (option.add != nullptr) {
    Request::Pending pending = std::exchange(request.pending, {});
    std::string told = (origin.empty() ? "" : origin + ": ") + pending.typed + typed;
    if (!pending.flags.empty()) {
      FlagBits bits = flag_bits(option, pending.flags);
      pending.flags_set = bits.set;
      pending.flags_unset = bits.unset;
      pending.alone = bits.alone;
    }
    request.ops.push_back({std::move(pending), &option, std::move(values), told, origin});
  } else if (option.set != nullptr) {
    option.set(request, values);
    Setting setting{&option, {}};
    for (Value &value : values) {
      setting.values.push_back(std::move(value.text));
    }
    request.settings.push_back(std::move(setting));
  }
}

// The words that an option without an effect of its own stands for: --args, --plan. Those of --oci come later.
std::vector<Word> words_from(const PlanOption &option, const Value &value, Request &request, Problems *problems) {
  if (std::string_view(option.name) == "--oci") {
    request.oci_files.push_back({value.text, request.ops.size(), std::exchange(request.pending, {})});
    return {};
  }
  if (option.arguments[0].kind == Kind::path) {
    TextFile file = read_text_file(value.text, option.name);
    return words_of_plan(file.name, file.text, problems);
  }
  std::string text = read_descriptor(static_cast<int>(value.number), option.name);
  std::vector<Word> more;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = std::min(text.find('\0', begin), text.size());
    more.push_back({.text = text.substr(begin, end - begin), .origin = {}});
    begin = end + 1;
  }
  return more;
}

void check_count(const std::string &option, size_t count) {
  if (count > max_words) {
    throw UsageError(option + ": more than " + std::to_string(max_words) + " arguments");
  }
}

void splice(std::vector<Word> &words, size_t at, const PlanOption &option, const std::vector<Word> &more) {
  check_count(option.name, words.size() + more.size());
  words.insert(words.begin() + static_cast<ptrdiff_t>(at), more.begin(), more.end());
}

// One option with its arguments; gives the index of the word after it.
size_t read_option(const std::string &command, std::vector<Word> &words, size_t at, Request &request, Problems *problems) {
  const Word first = words[at++];
  const PlanOption *option = find_option(first.text);
  if (option == nullptr) {
    refuse_unknown(first.text);
  }
  if ((option->commands & command_bit(command)) == 0) {
    throw UsageError(std::string(option->name) + " is an option of " + commands_text(option->commands) + ", not of " + command);
  }
  std::string typed = first.text;
  std::vector<Value> values;
  for (size_t i = 0; i < option->argument_count(); i++, at++) {
    if (at == words.size()) {
      throw UsageError(std::string(option->name) + ": " + option->arguments[i].name + " is missing");
    }
    values.push_back(read_value(*option, option->arguments[i], words[at].text));
    typed += ' ' + quoted(words[at].text);
  }
  if (option->set == nullptr && option->add == nullptr) {
    splice(words, at, *option, words_from(*option, values[0], request, problems));
  } else {
    take(request, *option, std::move(values), first.origin, typed);
  }
  return at;
}

// The options from a word on; gives the index of the first word that is none.
size_t read_options(const std::string &command, std::vector<Word> &words, size_t at, Request &request, Problems *problems) {
  while (at < words.size() && words[at].text.starts_with('-') && words[at].text != "-") {
    if (words[at].text == "--") {
      at++;
      break;
    }
    const std::string origin = words[at].origin;
    bool good = guard(origin.empty() ? nullptr : problems, [&] {
      try {
        at = read_option(command, words, at, request, problems);
      } catch (const UsageError &error) {
        throw origin.empty() ? error : UsageError(origin + ": " + error.what());
      }
    });
    if (!good) {
      request.pending = {};
      do {
        at++;
      } while (at < words.size() && !words[at].begins && !words[at].origin.empty());
    }
  }
  return at;
}

// `words`: of a file, all of them options.
void read_words(const std::string &command, std::vector<Word> words, Request &request, Problems *problems) {
  read_options(command, words, 0, request, problems);
}

std::vector<Word> words_of_oci_file(const TextFile &file, Request &request, Problems *problems) {
  return words_of_oci(file.name, file.text, request.oci_skipped, request.notes, problems);
}

// Puts the ops of each --oci in its place.
void read_oci_files(const std::string &command, Request &request, Problems *problems) {
  std::vector<Op> typed = std::exchange(request.ops, {});
  auto next = std::make_move_iterator(typed.begin());
  for (Request::OciFile &file : std::exchange(request.oci_files, {})) {
    auto place = std::make_move_iterator(typed.begin() + static_cast<ptrdiff_t>(file.place));
    request.ops.insert(request.ops.end(), std::exchange(next, place), place);
    request.pending = std::move(file.pending);
    std::vector<Word> words = words_of_oci_file(read_text_file(file.file, "--oci"), request, problems);
    check_count("--oci", request.ops.size() + words.size());
    read_words(command, std::move(words), request, problems);
    request.pending = {};
  }
  request.ops.insert(request.ops.end(), next, std::make_move_iterator(typed.end()));
}

}  // namespace

std::vector<std::string> words_of(Kind kind) {
  std::vector<std::string> words;
  if (kind == Kind::backend) {
    for (auto [name, number] : backends) {
      words.emplace_back(name);
    }
  } else if (kind == Kind::propagation) {
    for (const char *recursive : {"", "r"}) {
      for (auto [name, bit] : propagations) {
        words.push_back(std::string(recursive) + name);
      }
    }
  } else if (kind == Kind::form) {
    words = {"options", "bwrap", "json", "oci"};
  } else if (kind == Kind::attributes) {
    words = attribute_words();
  } else if (kind == Kind::policy) {
    words = policy_words();
  } else if (kind == Kind::capability) {
    words = capability_names();
    words.emplace_back("ALL");
  }
  return words;
}

std::string quoted(const std::string &word) {
  bool plain = !word.empty() && std::ranges::all_of(word, [](unsigned char c) {
    return c > 0x7f || isalnum(c) != 0 || std::string_view("-_./:=@%+,").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) {
    return word;
  }
  std::string text = "'";
  for (char c : word) {
    text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  }
  return text + "'";
}

Request parse_options(const std::string &command, std::vector<std::string> typed, Problems *problems) {
  std::vector<Word> words;
  for (std::string &word : typed) {
    words.push_back({.text = std::move(word), .origin = {}});
  }
  Request request;
  request.pure = command == "check" || command == "convert";
  size_t at = read_options(command, words, 0, request, problems);
  check_modifiers(request, 0);
  if (request.from_options()) {
    at = read_options(command, words, at, request, problems);
    check_modifiers(request, 0);
  }
  read_oci_files(command, request, problems);
  for (; at < words.size(); at++) {
    request.command.push_back(std::move(words[at].text));
  }
  return request;
}

void add_file(const std::string &command, const std::string &form, const std::string &file, Request &request, Problems *problems) {
  TextFile read = read_text_file(file, form == "oci" ? "--oci" : "--plan");
  bool oci = form == "oci" || (form.empty() && is_oci(read.text));
  read_words(command, oci ? words_of_oci_file(read, request, problems) : words_of_plan(read.name, read.text, problems), request, problems);
}

std::string option_help(const std::string &command) {
  static constexpr std::pair<Section, const char *> headings[] = {
      {Section::file_system, "File system, in the order given (missing parents are made, mode 0755):"},
      {Section::modifier, "Modifiers of the next option:"},
      {Section::namespaces, "Namespaces:"},
      {Section::process, "The process:"},
      {Section::general, "General:"}};
  std::string text;
  for (auto [section, heading] : headings) {
    bool first = true;
    for (const PlanOption &option : plan_options()) {
      if (option.section != section || (option.commands & command_bit(command)) == 0) {
        continue;
      }
      if (std::exchange(first, false)) {
        text += std::string("\n") + heading + '\n';
      }
      std::string left = std::string("  ") + option.name;
      for (size_t i = 0; i < option.argument_count(); i++) {
        left += std::string(" ") + option.arguments[i].name;
      }
      left.resize(std::max<size_t>(left.size() + 1, 32), ' ');
      text += left + option.help + '\n';
    }
  }
  return text;
}

}  // namespace mountplan::tool
