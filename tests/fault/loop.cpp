// SPDX-License-Identifier: MIT
#include "fault/loop.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "fault/judge.hpp"
#include "fault/look.hpp"

namespace fault {

namespace {

enum class Verdict : char { told = 't', recovered = 'r', missing = 'm', not_reached = 'n', wrong = 'w' };

struct Attempt {
  const Reference &reference;
  const Way &way;
  Form form;
  const std::string &expected;  // picture of a run without faults
};

// What must be as before. A child that changes its mount namespace after prepare looks at the mounts again.
std::string descriptors_before;
std::string outside_before;

void look_again() { outside_before = outside_state(); }

void enter_and_look_again() {
  enter_namespace();
  look_again();
}

// A success must have made what it makes without faults.
Verdict judge_success(const Attempt &attempt, const Failing &kernel, std::string &why) {
  std::string made = picture(root_of(attempt.form));
  if (made == attempt.expected) {
    return Verdict::recovered;
  }
  if (means_missing(attempt.reference, kernel)) {
    return Verdict::missing;
  }
  why = "succeeded with another result:" + difference(attempt.expected, made);
  return Verdict::wrong;
}

// A failure must have left nothing, and be over: the plan can be applied now.
Verdict judge_failure(const Outcome &outcome, const Failing &kernel, std::string &why) {
  why = judge_error(outcome, kernel);
  if (!why.empty()) {
    return Verdict::wrong;
  }
  if (kernel.has_new_root) {
    return Verdict::told;  // the namespace is the child's own, and it has been given its new root
  }
  std::string before = descriptors_before + outside_before;
  std::string after = descriptors() + outside_state();
  if (after != before) {
    why = "left something behind:" + difference(before, after) + " [" + outcome.message + "]";
    return Verdict::wrong;
  }
  return Verdict::told;
}

// `between`: what a child does that failed before it came to that.
std::string apply_again(const Attempt &attempt, void (*between)()) {
  Failing unharmed;
  Outcome second = run(attempt.reference, attempt.way, attempt.form, unharmed, between);
  if (second.result < 0) {
    return "the plan can not be applied after it: " + second.message;
  }
  std::string made = picture(root_of(attempt.form));
  return made == attempt.expected ? "" : "applied after it the plan gives another result:" + difference(attempt.expected, made);
}

// One injection. Afterwards everything is as it was.
Verdict inject_here(const Attempt &attempt, long nth, int error, bool again, std::string &why) {
  Failing kernel;
  kernel.nth = nth;
  kernel.error = error;
  descriptors_before = descriptors();
  look_again();
  Outcome outcome = run(attempt.reference, attempt.way, attempt.form, kernel, attempt.form == Form::pivot ? enter_and_look_again : nullptr);
  if (!kernel.happened) {
    why = "the call was not reached";
    return Verdict::not_reached;
  }
  Verdict verdict = outcome.result < 0 ? judge_failure(outcome, kernel, why) : judge_success(attempt, kernel, why);
  bool applied = outcome.result >= 0;
  if (verdict == Verdict::told && again && !kernel.has_new_root) {
    why = apply_again(attempt, attempt.form == Form::pivot && outcome.in_prepare ? enter_namespace : nullptr);
    applied = true;
    verdict = why.empty() ? verdict : Verdict::wrong;
  }
  if (verdict == Verdict::wrong) {
    why = std::string(mountplan::kernel::call_name(kernel.call)) + " for op " + std::to_string(kernel.op) + ": " + why;
  }
  if ((applied || verdict == Verdict::wrong) && attempt.form != Form::pivot) {
    clear(attempt.form);
  }
  return verdict;
}

// The same in a child, for what changes its mount namespace.
Verdict in_child(Verdict (*body)(const Attempt &, long, int, bool, std::string &), const Attempt &attempt, long nth, int error, bool again,
                 std::string &why) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2");
  }
  std::string outside = outside_state();
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    char verdict = static_cast<char>(Verdict::wrong);
    try {
      verdict = static_cast<char>(body(attempt, nth, error, again, why));
    } catch (const std::exception &exception) {
      why = exception.what();
    }
    why.insert(why.begin(), verdict);
    for (size_t sent = 0; sent < why.size();) {
      ssize_t written = write(ends[1], why.data() + sent, why.size() - sent);
      sent += written > 0 ? static_cast<size_t>(written) : why.size();
    }
    _exit(0);
  }
  close(ends[1]);
  char block[4096];
  ssize_t got;
  why.clear();
  while ((got = read(ends[0], block, sizeof block)) > 0) {
    why.append(block, static_cast<size_t>(got));
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  if (why.empty()) {
    why = "the child died";
    return Verdict::wrong;
  }
  Verdict verdict{why[0]};
  why.erase(0, 1);
  clear_host();  // what a success makes there; after a failure the child has looked
  std::string now = outside_state();
  if (now != outside) {
    why = "the world outside changed:" + difference(outside, now) + why;
    verdict = Verdict::wrong;
  }
  return verdict;
}

// The run that the others are compared with: its picture comes back as `why`, its number of calls in front. Not reached when the backend
// can not do the plan, and says so.
Verdict first_run(const Attempt &attempt, long, int, bool, std::string &why) {
  Failing kernel;
  Outcome outcome = run(attempt.reference, attempt.way, attempt.form, kernel, attempt.form == Form::pivot ? enter_namespace : nullptr);
  if (outcome.failure.kind == mountplan::base::Kind::unsupported) {
    return Verdict::not_reached;
  }
  if (outcome.result < 0) {
    why = "fails without a fault: " + outcome.message;
    return Verdict::wrong;
  }
  why = std::to_string(outcome.calls) + '\n' + picture(root_of(attempt.form));
  if (attempt.form != Form::pivot) {
    clear(attempt.form);
  }
  return Verdict::told;
}

bool is_chosen(long call, size_t error, Form form, live::Identity identity) {
  // Every third call as root, every sixth as a user, half of that where each takes a new tree or a namespace; each with one errno and the
  // next with the next one.
  long stride = (identity == live::Identity::root ? 3 : 6) * (form == Form::fresh ? 1 : 2);
  bool in_short_form = call % stride == 0 && static_cast<size_t>(call / stride) % std::size(errnos) == error;
  return is_long_form() || in_short_form;
}

void tell(Summary &summary, const Attempt &attempt, long nth, int error, const std::string &why) {
  summary.wrong.push_back(std::string(attempt.reference.name) + " (" + attempt.way.name + "), call " + std::to_string(nth) + " gives " +
                          (error != 0 ? strerrorname_np(error) : "nothing wrong") + ": " + why);
}

void run_plan(Summary &summary, const Reference &reference, const Way &way, Form form, live::Identity identity) {
  std::string expected;
  auto here = form == Form::pivot ? in_child : [](auto body, const Attempt &attempt, long nth, int error, bool again, std::string &why) {
    return body(attempt, nth, error, again, why);
  };
  const Attempt attempt{reference, way, form, expected};
  std::string why;
  Verdict first = here(first_run, attempt, 0, 0, false, why);
  if (first == Verdict::wrong) {
    tell(summary, attempt, 0, 0, why);
  }
  if (first != Verdict::told) {
    return;
  }
  size_t line = why.find('\n');
  long calls = std::stol(why.substr(0, line));
  expected = why.substr(line + 1);
  summary.calls += calls;
  for (long nth = 1; nth <= calls; nth++) {
    bool again = is_long_form() || nth % 4 == 0;
    for (size_t i = 0; i < std::size(errnos); i++) {
      if (!is_chosen(nth, i, form, identity)) {
        continue;
      }
      why.clear();
      Verdict verdict = here(inject_here, attempt, nth, errnos[i], again, why);
      summary.injections++;
      summary.told += verdict == Verdict::told ? 1 : 0;
      summary.recovered += verdict == Verdict::recovered ? 1 : 0;
      summary.missing += verdict == Verdict::missing ? 1 : 0;
      if (verdict == Verdict::wrong || verdict == Verdict::not_reached) {
        tell(summary, attempt, nth, errnos[i], why);
      }
    }
  }
}

bool is_asked_for(const char *environment, const char *name) {
  const char *asked = getenv(environment);
  return asked == nullptr || asked[0] == '\0' || strcmp(asked, name) == 0;
}

}  // namespace

bool is_long_form() {
  const char *form = getenv("MOUNTPLAN_FAULT");
  return form != nullptr && strcmp(form, "all") == 0;
}

void run_loop(Form form, live::Identity identity) {
  open_proc();
  furnish();
  Summary summary;
  for (const Reference &reference : plans()) {
    bool fits = (form != Form::in_place || reference.in_place) && (identity == live::Identity::root || !reference.root_alone);
    if (!fits || !is_asked_for("MOUNTPLAN_FAULT_PLAN", reference.name)) {
      continue;
    }
    summary.plans++;
    for (const Way &way : ways) {
      run_plan(summary, reference, way, form, identity);
    }
  }
  printf("%s, %s: %ld plans x %zu ways, %ld calls, %ld injections: %ld told, %ld recovered, %ld optional, %zu wrong\n",
         identity == live::Identity::root ? "root" : "user", form_name(form), summary.plans, std::size(ways), summary.calls,
         summary.injections, summary.told, summary.recovered, summary.missing, summary.wrong.size());
  constexpr size_t most = 40;
  for (size_t i = 0; i < summary.wrong.size() && i < most; i++) {
    ADD_FAILURE() << summary.wrong[i];
  }
  EXPECT_EQ(summary.wrong.size(), 0u);
  fflush(stdout);
}

}  // namespace fault
