// SPDX-License-Identifier: MIT
// Explain says what apply does: the steps of mplan_explain() are those that the event callback tells of when the same plan is applied, one
// for one. Only the numbers of descriptors may differ.
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <regex>
#include <sstream>

#include "fault/look.hpp"
#include "fault/run.hpp"
#include "live/ability.hpp"
#include "live/harness.hpp"

namespace fault {
namespace {

struct Steps {
  std::string text;
  std::string last;  // "read", while the mount table is being read
};

std::string without_numbers(const char *text) {
  static const std::regex descriptor("(\\(|, |dir=|:)[0-9]+(<[^>]*>)?");
  return std::regex_replace(text, descriptor, "$1$2");
}

// How many pieces the mount table comes in is no property of the plan.
bool is_more_of_the_table(Steps &steps, const std::string &call) {
  bool again = call == "read" && steps.last == "read";
  steps.last = call;
  return again;
}

int keep(const mplan_event *event, void *data) {
  auto &steps = *static_cast<Steps *>(data);
  if (is_more_of_the_table(steps, event->call)) {
    return 0;
  }
  std::ostringstream line;
  line << event->op << ' ' << (event->op_name != nullptr ? event->op_name : "-") << ' ' << without_numbers(event->text);
  if (event->result < 0) {
    line << " = " << strerrorname_np(static_cast<int>(-event->result));
  }
  steps.text += line.str() + '\n';
  return 0;
}

std::string explained(const Plan &plan, const mplan_prepare_args &args) {
  mplan_trace *trace = nullptr;
  mplan_error *error = nullptr;
  Steps steps;
  if (mplan_explain(plan.get(), &args, sizeof args, &trace, &error) < 0) {
    steps.text = mplan_error_message(error);
    mplan_error_free(error);
    return steps.text;
  }
  for (size_t i = 0; i < mplan_trace_count(trace); i++) {
    mplan_event event = {};
    mplan_trace_get(trace, i, &event, sizeof event);
    keep(&event, &steps);
  }
  mplan_trace_free(trace);
  return steps.text;
}

std::string applied(const Plan &plan, mplan_prepare_args args) {
  Steps steps;
  args.event = keep;
  args.event_data = &steps;
  mplan_prepared *prepared = nullptr;
  mplan_error *error = nullptr;
  int result = mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error);
  if (result == 0) {
    result = mplan_apply(prepared, &error);
  }
  mplan_prepared_free(prepared);
  if (result < 0) {
    std::string message = mplan_error_message(error);
    mplan_error_free(error);
    return message;
  }
  return steps.text;
}

void compare(const Reference &reference, const Way &way, Form form) {
  Plan plan;
  plan.add(mplan_plan_set_flags, form == Form::in_place ? MPLAN_PLAN_CREATE : 0);
  reference.build(plan);
  std::string root = root_of(form);
  mplan_prepare_args args = {};
  args.backend = way.backend;
  args.root = form == Form::pivot ? nullptr : root.c_str();
  args.flags = flags_of(form);
  std::string expected = explained(plan, args);
  EXPECT_EQ(expected, applied(plan, args)) << reference.name << " (" << way.name << "), " << form_name(form);
}

void compare_each(Form form, live::Identity identity, bool classic) {
  bool overlays = live::can_mount_overlay();  // whether prepare refuses them is not foreseen
  for (const Reference &reference : plans()) {
    bool fits = (form != Form::in_place || reference.in_place) && (identity == live::Identity::root || !reference.root_alone) &&
                (overlays || !reference.overlay);
    for (const Way &way : ways) {
      if (!fits || !way.is_usual() || (way.backend == MPLAN_BACKEND_CLASSIC) != classic) {
        continue;
      }
      if (form != Form::pivot) {
        compare(reference, way, form);
        clear(form);
        continue;
      }
      pid_t child = fork();
      if (child == 0) {
        EXPECT_EQ(unshare(CLONE_NEWNS), 0);
        compare(reference, way, form);
        _exit(0);
      }
      int status = 0;
      waitpid(child, &status, 0);
      EXPECT_EQ(status, 0);
    }
  }
}

void compare_all(Form form, live::Identity identity) {
  open_proc();
  furnish();
  compare_each(form, identity, false);
  // With the classic backend the steps for what is mounted below a source are not foreseen.
  ASSERT_EQ(umount2(live::path("host/tree/below").c_str(), MNT_DETACH), 0);
  compare_each(form, identity, true);
}

LIVE_TEST(Explain, SaysWhatApplyDoesToAFreshRoot) { compare_all(Form::fresh, identity); }
LIVE_TEST(Explain, SaysWhatApplyDoesInPlace) { compare_all(Form::in_place, identity); }
LIVE_TEST(Explain, SaysWhatApplyDoesBeforePivot) { compare_all(Form::pivot, identity); }

}  // namespace
}  // namespace fault
