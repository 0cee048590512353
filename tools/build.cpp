// SPDX-License-Identifier: MIT
#include "build.hpp"

#include <stdexcept>
#include <utility>

#include "modifiers.hpp"
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
     "usage: mountplan check [OPTION...] [FILE...]\n"
     "Reads plans, each FILE as with --plan after the options, and says everything that is wrong with them, without looking at the\n"
     "system. Exit code: 0 nothing; 1 something; 2 wrong usage.\n"},
    {"convert",
     "usage: mountplan convert [--from FORM] [--to FORM] [OPTION...] [FILE...]\n"
     "       mountplan convert --from bwrap|options [--to FORM] -- OPTION...\n"
     "Prints the plan that files or options describe in another form: as options, one on a line, as a plan file (json), or as an OCI\n"
     "configuration. What a form can not say is an error.\n"}};

}  // namespace

Request read_request(const std::string &command, const Words &words, Problems *problems) {
  Request request = parse_options(command, words, problems);
  finish_request(command, request);
  return request;
}

const Request &finish_request(const std::string &command, const Request &request) {
  if (request.help) {
    for (auto [name, text] : usage_texts) {
      if (command == name) {
        print_output(text + option_help(command));
      }
    }
    throw Exit{exit_success};
  }
  for (const std::string &note : request.notes) {
    print_message("note: " + note);
  }
  return request;
}

namespace {

BuiltPlan empty_plan() {
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
  return built;
}

// Adds what an option stands for; false where it is refused.
bool add_op(BuiltPlan &built, const Request &request, const Op &op, Owned<mplan_error> &error) {
  int index = -1;
  int result = -1;
  try {
    index = op.option->add({built.plan.get(), request, Out(error)}, op);
    result = index < 0 ? index : apply_modifiers({built.plan.get(), request, Out(error)}, index, op);
  } catch (const UsageError &) {
    throw;
  } catch (const std::runtime_error &failure) {
    throw std::runtime_error(op.typed + ": " + failure.what());
  }
  // One option may become several ops; a refused one would have come next.
  size_t count = index < 0 ? built.typed.size() + 1 : static_cast<size_t>(index) + 1;
  built.typed.resize(count, op.typed);
  return result >= 0;
}

// Stands in a plan for an op that is wrong, so that the others keep their numbers. It asks nothing of them.
void add_nothing(BuiltPlan &built, const std::string &typed) {
  mplan_plan_chmod(built.plan.get(), "/", 0755, 0, nullptr);
  built.typed.resize(mplan_plan_count(built.plan.get()), typed);
}

// FILE:LINE:COLUMN first, so that an editor finds the place.
Problem problem_of(const mplan_error *error, const BuiltPlan &built, const std::string &origin) {
  std::string text = error_line(error, built.typed);
  if (size_t at = origin.empty() ? std::string::npos : text.find(origin + ": "); at != std::string::npos) {
    text = origin + ": " + text.erase(at, origin.size() + 2);
  }
  const char *hint = mplan_error_hint(error);
  return {text, hint != nullptr ? hint : ""};
}

}  // namespace

BuiltPlan build_plan(const Request &request) {
  BuiltPlan built = empty_plan();
  Owned<mplan_error> error;
  for (const Op &op : request.ops) {
    if (!add_op(built, request, op, error)) {
      bool argument = error != nullptr && mplan_error_kind(error.get()) == MPLAN_ERROR_ARGUMENT;
      fail(error.get(), built.typed, argument ? exit_usage : exit_setup);
    }
  }
  if (mplan_plan_validate(built.plan.get(), Out(error)) < 0) {
    fail(error.get(), built.typed, exit_usage);
  }
  return built;
}

void find_problems(const Request &request, Problems &problems) {
  constexpr size_t most_contradictions = 100;  // each needs the plan to be built again
  std::vector<bool> wrong(request.ops.size());
  for (size_t round = 0; round <= most_contradictions; round++) {
    BuiltPlan built = empty_plan();
    Owned<mplan_error> error;
    std::vector<size_t> owners;  // by the index in the plan, the option it comes from
    for (size_t i = 0; i < request.ops.size(); i++) {
      const Op &op = request.ops[i];
      if (wrong[i]) {
        add_nothing(built, op.typed);
      } else if (!add_op(built, request, op, error)) {
        problems.list.push_back(problem_of(error.get(), built, op.origin));
        wrong[i] = true;
        add_nothing(built, op.typed);
      }
      owners.resize(built.typed.size(), i);
    }
    if (mplan_plan_validate(built.plan.get(), Out(error)) >= 0) {
      return;
    }
    int op = mplan_error_op(error.get());
    bool known = op >= 0 && static_cast<size_t>(op) < owners.size();
    problems.list.push_back(problem_of(error.get(), built, known ? request.ops[owners[static_cast<size_t>(op)]].origin : ""));
    if (!known) {
      return;
    }
    wrong[owners[static_cast<size_t>(op)]] = true;
  }
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
