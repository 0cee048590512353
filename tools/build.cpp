// SPDX-License-Identifier: MIT
#include "build.hpp"

#include <utility>

#include "parse.hpp"

namespace mountplan::tool {
namespace {

constexpr std::pair<const char *, const char *> usage_texts[] = {
    {"run",
     "usage: mountplan run [OPTION...] [--] COMMAND [ARGUMENT...]\n"
     "Runs COMMAND in a new mount namespace, its root being what the options describe. Options are those of bubblewrap.\n"
     "Exit code: that of COMMAND; 128 + n when signal n ended it; 125 the sandbox could not be made; 126 COMMAND cannot be\n"
     "executed; 127 COMMAND is not there; 2 wrong usage.\n"},
    {"explain",
     "usage: mountplan explain [OPTION...] [-J] [--] [COMMAND...]\n"
     "Prints each step that run (or, with --root, apply) would take, in order, and changes nothing.\n"},
    {"apply",
     "usage: mountplan apply --root DIR [--in-place] [OPTION...]\n"
     "Carries out the plan in the present mount namespace: all of it, or nothing.\n"},
    {"check",
     "usage: mountplan check [OPTION...]\n"
     "Reads a plan (--plan FILE, or options) and says what is wrong with it, without looking at the system. Exit code: 0 nothing; 2 "
     "else.\n"},
    {"convert",
     "usage: mountplan convert [-J] [OPTION...]\n"
     "Prints the plan that the options describe, which may come from a plan file: as options, one on a line, or with -J as a plan "
     "file.\n"}};

}  // namespace

Request read_request(const std::string &command, const Words &words) {
  Request request = parse_options(command, words);
  if (request.help) {
    for (auto [name, text] : usage_texts) {
      if (command == name) {
        print_output(text + option_help(command));
      }
    }
    throw Exit{exit_success};
  }
  return request;
}

BuiltPlan build_plan(const Request &request) {
  BuiltPlan built;
  Owned<mplan_error> error;
  if (mplan_plan_new(Out(built.plan), Out(error)) < 0) {
    fail(error.get(), {}, exit_setup);
  }
  // As bubblewrap: parents are open to all ids of the sandbox, and mount points are made in writable binds.
  if (mplan_plan_set_parent_mode(built.plan.get(), 0755, Out(error)) < 0 ||
      mplan_plan_set_flags(built.plan.get(), MPLAN_PLAN_CREATE, Out(error)) < 0) {
    fail(error.get(), {}, exit_setup);
  }
  for (const Op &op : request.ops) {
    int index = op.option->add({built.plan.get(), request, Out(error)}, op);
    // One option may become several ops; a refused one would have come next.
    size_t count = index < 0 ? built.typed.size() + 1 : static_cast<size_t>(index) + 1;
    built.typed.resize(count, op.typed);
    if (index < 0) {
      bool argument = error != nullptr && mplan_error_kind(error.get()) == MPLAN_ERROR_ARGUMENT;
      fail(error.get(), built.typed, argument ? exit_usage : exit_setup);
    }
    // As bubblewrap, a target that is a symbolic link is followed (here inside the new root), but for ops that can not.
    mplan_op_set_symlinks(built.plan.get(), index, MPLAN_SYMLINK_FOLLOW, nullptr);
  }
  if (mplan_plan_validate(built.plan.get(), Out(error)) < 0) {
    fail(error.get(), built.typed, exit_usage);
  }
  return built;
}

mplan_prepare_args prepare_args(const Request &request) {
  mplan_prepare_args args{};
  args.backend = request.backend;
  args.event = request.verbose ? print_step : nullptr;
  args.root = request.root ? request.root->c_str() : nullptr;
  args.flags = request.in_place ? MPLAN_PREPARE_IN_PLACE : 0;
  return args;
}

}  // namespace mountplan::tool
