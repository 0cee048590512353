// SPDX-License-Identifier: MIT
#include "fault/run.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <filesystem>
#include <system_error>

#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "live/harness.hpp"

namespace base = mountplan::base;
namespace engine = mountplan::engine;

namespace fault {

namespace {

void finish(Outcome &outcome, const Failing &kernel) {
  outcome.calls = kernel.made;
  if (outcome.result < 0) {
    mplan_error *error = nullptr;
    mountplan::capi::report(outcome.failure, &error);
    outcome.message = mplan_error_message(error);
    mplan_error_free(error);
  }
  outcome.failure.source = outcome.failure.target = nullptr;  // they go with the program
}

}  // namespace

uint64_t flags_of(Form form) {
  switch (form) {
    case Form::fresh:
      return 0;
    case Form::in_place:
      return MPLAN_PREPARE_IN_PLACE;
    default:
      return uint64_t{MPLAN_PREPARE_PIVOT} | MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_VERIFY;
  }
}

const char *form_name(Form form) { return form == Form::fresh ? "fresh" : form == Form::in_place ? "in place" : "pivot"; }

std::string root_of(Form form) { return form == Form::fresh ? live::path("fresh") : form == Form::in_place ? live::path("tree") : "/"; }

Outcome run(const Reference &reference, const Way &way, Form form, Failing &kernel, void (*between)()) {
  Plan plan;
  plan.add(mplan_plan_set_flags, form == Form::in_place ? MPLAN_PLAN_CREATE : 0);
  reference.build(plan);
  kernel.missing = way.missing;
  int32_t current = -1;
  kernel.current = &current;

  std::string root = root_of(form);
  engine::Options options;
  options.flags = flags_of(form) | (way.verify ? MPLAN_PREPARE_VERIFY : 0);
  options.backend = way.backend;
  options.root = form == Form::pivot ? nullptr : root.c_str();
  options.current = &current;
  engine::Program *program = nullptr;
  Outcome outcome;
  outcome.result = engine::prepare(plan.get()->plan, options, kernel.door(), &program, outcome.failure);
  if (outcome.result < 0) {
    outcome.in_prepare = true;
    finish(outcome, kernel);
    return outcome;
  }
  if (between != nullptr) {
    between();
  }
  kernel.current = engine::current_op(*program);
  outcome.result = engine::apply(*program, kernel.door(), outcome.failure);
  finish(outcome, kernel);
  kernel.nth = 0;
  engine::release(program);
  kernel.current = nullptr;
  return outcome;
}

void enter_namespace() {
  if (unshare(CLONE_NEWNS) != 0) {
    throw std::system_error(errno, std::generic_category(), "unshare");
  }
}

void clear_host() { std::filesystem::remove_all(live::path("host/ensured")); }

void clear(Form form) {
  while (umount2(root_of(form).c_str(), MNT_DETACH) == 0) {
  }
  clear_host();
  if (form == Form::in_place) {
    furnish_tree();
  }
}

}  // namespace fault
