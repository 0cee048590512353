// SPDX-License-Identifier: MIT
// The completion script for bash. It needs nothing of the bash-completion package, and uses it for the program of `run` where it is there.
#include <map>

#include "describe.hpp"
#include "parse.hpp"

namespace mountplan::tool {
namespace {

constexpr const char *walk = R"bash(
_mountplan_complete() {
  mapfile -t COMPREPLY < <(compgen "$@" -- "${COMP_WORDS[COMP_CWORD]}")
}

_mountplan() {
  local command=${COMP_WORDS[1]} word=${COMP_WORDS[COMP_CWORD]} at kind='' rest=0
  local -a kinds
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _mountplan_complete -W "$_mountplan_commands --help --version"
    return
  fi
  for ((at = 2; at < COMP_CWORD && rest == 0; at++)); do
    case ${COMP_WORDS[at]} in
      --) rest=$((at + 1)) ;;
      -*)
        read -r -a kinds <<<"$(_mountplan_arguments "${COMP_WORDS[at]}")"
        if ((at + ${#kinds[@]} >= COMP_CWORD)); then
          kind=${kinds[COMP_CWORD - at - 1]}
          break
        fi
        ((at += ${#kinds[@]}))
        ;;
      *) rest=$at ;;
    esac
  done
  if [[ $kind == path ]]; then
    compopt -o filenames 2>/dev/null
    _mountplan_complete -f
  elif [[ -n $kind ]]; then
    _mountplan_complete -W "$(_mountplan_words "$kind")"
  elif ((rest == 0)) && [[ $word == -* || $command != @(run|tree) ]]; then
    _mountplan_complete -W "$(_mountplan_options "$command")"
  elif [[ $command == tree ]]; then
    compopt -o filenames 2>/dev/null
    _mountplan_complete -d
  elif [[ $command == run ]] && ((rest > 0)) && declare -F _command_offset >/dev/null; then
    _command_offset "$rest"
  elif [[ $command == run ]] && ((rest == 0 || rest == COMP_CWORD)); then
    _mountplan_complete -c
  else
    compopt -o filenames 2>/dev/null
    _mountplan_complete -f
  fi
}

complete -F _mountplan mountplan
)bash";

constexpr std::pair<Kind, const char *> kind_names[] = {
    {Kind::path, "path"},      {Kind::text, "text"}, {Kind::descriptor, "text"},       {Kind::mode, "text"},
    {Kind::bytes, "text"},     {Kind::id, "text"},   {Kind::capability, "capability"}, {Kind::propagation, "propagation"},
    {Kind::backend, "backend"}};

std::string kind_name(Kind kind) {
  for (auto [known, name] : kind_names) {
    if (known == kind) {
      return name;
    }
  }
  return "text";
}

// A function that prints a text for each of some words.
std::string lookup(const std::string &name, const std::map<std::string, std::string> &texts) {
  std::string script = '\n' + name + "() {\n  case $1 in\n";
  for (const auto &[word, text] : texts) {
    script += "    " + word + ") echo '" + text + "' ;;\n";
  }
  return script + "  esac\n}\n";
}

void append(std::string &text, const std::string &word) { text += (text.empty() ? "" : " ") + word; }

}  // namespace

std::string bash_completion(const std::vector<CommandText> &commands) {
  std::string names;
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> arguments;
  for (const CommandText &command : commands) {
    append(names, command.name);
    for (const OptionText &option : command.options) {
      for (const std::string &name : option.names) {
        append(options[command.name], name);
        std::string kinds;
        for (const ArgumentText &argument : option.arguments) {
          append(kinds, kind_name(argument.kind));
        }
        if (!kinds.empty()) {
          arguments[name] = kinds;
        }
      }
    }
  }
  std::map<std::string, std::string> words;
  for (auto [kind, name] : kind_names) {
    for (const std::string &word : words_of(kind)) {
      append(words[name], word);
    }
  }
  return "# SPDX-License-Identifier: MIT\n# Completion of mountplan for bash, made from its option table.\n\n_mountplan_commands='" +
         names + "'\n" + lookup("_mountplan_options", options) + lookup("_mountplan_arguments", arguments) +
         lookup("_mountplan_words", words) + walk;
}

}  // namespace mountplan::tool
