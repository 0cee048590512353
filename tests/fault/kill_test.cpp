// SPDX-License-Identifier: MIT
// The process is killed at each call in turn: nobody is left to clean up. With the detached backend the root is attached nowhere until one
// call makes all of it appear; with any backend, in a mount namespace of its own, a child takes everything along.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

#include "fault/look.hpp"
#include "fault/loop.hpp"

namespace fault {
namespace {

bool is_chosen(const Reference &reference, live::Identity identity) {
  // ENSURE makes directories on the host in prepare.
  bool allowed = (identity == live::Identity::root || !reference.root_alone) && strcmp(reference.name, "ensure") != 0;
  bool in_short_form = strcmp(reference.name, "bind") == 0 || strcmp(reference.name, "files") == 0 || strcmp(reference.name, "mask") == 0;
  return allowed && (in_short_form || is_long_form());
}

// The wait status of a process that is killed at its n-th call; exit status 1 when the plan failed instead.
int killed_at(const Reference &reference, const Way &way, Form form, long nth) {
  pid_t child = fork();
  if (child == 0) {
    Failing kernel;
    kernel.nth = nth;
    _exit(run(reference, way, form, kernel, form == Form::pivot ? enter_namespace : nullptr).result < 0 ? 1 : 0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

LIVE_TEST(KilledAtEveryCall, LeavesNothingOrTheWholeRoot) {
  open_proc();
  furnish();
  const Way &detached = ways[0];
  for (const Reference &reference : plans()) {
    if (!is_chosen(reference, identity)) {
      continue;
    }
    Failing unharmed;
    Outcome outcome = run(reference, detached, Form::fresh, unharmed);
    ASSERT_EQ(outcome.result, 0) << reference.name << ": " << outcome.message;
    std::string whole = picture(root_of(Form::fresh));
    clear(Form::fresh);

    for (long nth = 1; nth <= outcome.calls; nth++) {
      std::string before = outside_state();
      int status = killed_at(reference, detached, Form::fresh, nth);
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << reference.name << ", call " << nth;
      std::string after = outside_state();
      if (after != before) {
        EXPECT_EQ(picture(root_of(Form::fresh)), whole) << reference.name << ", call " << nth;
        clear(Form::fresh);
      }
    }
  }
}

LIVE_TEST(KilledAtEveryCall, TakesItsOwnMountNamespaceAlong) {
  open_proc();
  furnish();
  for (const Reference &reference : plans()) {
    if (!is_chosen(reference, identity)) {
      continue;
    }
    for (const Way &way : ways) {
      std::string before = outside_state();
      int status = 0;
      long nth = 0;
      do {
        nth++;
        status = killed_at(reference, way, Form::pivot, nth);
      } while (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
      EXPECT_EQ(status, 0) << reference.name << " (" << way.name << ") fails without being killed";
      EXPECT_GT(nth, 20) << reference.name << " (" << way.name << ")";
      EXPECT_EQ(difference(before, outside_state()), "") << reference.name << " (" << way.name << ")";
    }
  }
}

}  // namespace
}  // namespace fault
