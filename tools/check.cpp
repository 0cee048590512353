// SPDX-License-Identifier: MIT
// mountplan check: everything that is wrong with plans, on any system.
#include "build.hpp"
#include "parse.hpp"

namespace mountplan::tool {
int check_command(const Words &words) {
  Problems problems;
  Request request = parse_options("check", words, &problems);
  if (request.help || request.command.empty()) {
    find_problems(finish_request("check", request), problems);
  }
  for (const std::string &file : request.command) {
    guard(&problems, [&] {
      Request with_file = request;
      add_file("check", "", file, with_file, &problems);
      find_problems(finish_request("check", with_file), problems);
    });
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
