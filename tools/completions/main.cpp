// SPDX-License-Identifier: MIT
// Prints the completion script for one shell. Used while building, never installed.
#include <cstdio>
#include <cstring>

#include "describe.hpp"

int main(int argc, char **argv) {
  using namespace mountplan::tool;
  struct {
    const char *name;
    std::string (*script)(const std::vector<CommandText> &);
  } shells[] = {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};
  for (auto [name, script] : shells) {
    if (argc == 2 && strcmp(argv[1], name) == 0) {
      return fputs(script(describe_commands()).c_str(), stdout) < 0 || fflush(stdout) != 0 ? 1 : 0;
    }
  }
  fputs("usage: mountplan_completions bash|zsh|fish\n", stderr);
  return 2;
}
