// SPDX-License-Identifier: MIT
// mountplan check: everything that is wrong with plans, on any system.
#include "build.hpp"
#include "oci.hpp"
#include "parse.hpp"

namespace mountplan::tool {
namespace {

// A file as if it had been given after the options; an OCI configuration is known by its ociVersion.
void check_file(Words options, const std::string &file, Problems &problems) {
  options.insert(options.end(), {is_oci(file) ? "--oci" : "--plan", file});
  guard(&problems, [&] { find_problems(read_request("check", options, &problems), problems); });
}

}  // namespace

int check_command(const Words &words) {
  Problems problems;
  Request request = parse_options("check", words, &problems);
  const Words files = request.command;
  if (request.help || files.empty()) {
    find_problems(finish_request("check", request), problems);
  } else {
    problems.list.clear();
    Words options(words.begin(), words.end() - static_cast<ptrdiff_t>(files.size()));
    if (!options.empty() && options.back() == "--") {
      options.pop_back();
    }
    for (const std::string &file : files) {
      check_file(options, file, problems);
    }
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
