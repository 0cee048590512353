// SPDX-License-Identifier: MIT
// The commands of mountplan as data: main() finds them here, and so do the completions.
#include "command.hpp"

namespace mountplan::tool {
namespace {

constexpr Command table[] = {
    {"run", "Run a program inside a plan, in new namespaces", run_command},
    {"explain", "Print each step of a plan, change nothing", explain_command},
    {"apply", "Carry out a plan in the present mount namespace", apply_command},
    {"check", "Say whether a plan makes sense, change nothing", check_command},
    {"convert", "Print a plan as a plan file, or as options", convert_command},
    {"list", "Print the mount table", list_command},
    {"tree", "Print the mounts as a tree, covered ones resolved", tree_command},
    {"features", "Print what this kernel and these privileges allow", features_command},
};

}  // namespace

std::span<const Command> commands() { return table; }

}  // namespace mountplan::tool
