// SPDX-License-Identifier: MIT
// mountplan check: everything that is wrong with plans, on any system.
#include "build.hpp"

namespace mountplan::tool {
namespace {

// What the words say of a plan; FILE, where there is one, as if it had been given with --plan after them.
void check_plan(Words words, const std::string *file, Problems &problems) {
  if (file == nullptr) {
    find_problems(read_request("check", words, &problems), problems);
    return;
  }
  words.insert(words.end(), {"--plan", *file});
  guard(&problems, [&] { find_problems(read_request("check", words, &problems), problems); });
}

}  // namespace

int check_command(const Words &words) {
  Problems typed;
  Words files = read_request("check", words, &typed).command;
  Words options(words.begin(), words.end() - static_cast<ptrdiff_t>(files.size()));
  if (!options.empty() && options.back() == "--") {
    options.pop_back();
  }
  Problems problems;
  if (files.empty()) {
    check_plan(options, nullptr, problems);
  }
  for (const std::string &file : files) {
    check_plan(options, &file, problems);
  }
  for (const Problem &problem : problems.list) {
    print_message(problem.text);
    if (!problem.hint.empty()) {
      print_hint(problem.hint);
    }
  }
  return problems.list.empty() ? exit_success : exit_failure;
}

}  // namespace mountplan::tool
