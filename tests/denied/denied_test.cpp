// SPDX-License-Identifier: MIT
// The reference plans, applied by a process to which one or two calls are denied, for good and by the kernel itself: what comes of it is
// the mount tree that comes of it without, or an error that says what is missing, and then everything is as before. Calls that only undo
// are not among them: without those nothing can be as before.
//
// By ctest each call alone, and a pair now and then; with MOUNTPLAN_DENIED=all every pair.
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <sstream>

#include "denied/filter.hpp"
#include "fault/look.hpp"
#include "fault/run.hpp"
#include "live/harness.hpp"

using mountplan::kernel::Call;

namespace denied {
namespace {

constexpr Call calls[] = {Call::open_tree,     Call::open_tree_attr, Call::move_mount, Call::fsopen,    Call::fsconfig, Call::fsmount,
                          Call::mount_setattr, Call::mount,          Call::openat2,    Call::statx,     Call::fstatfs,  Call::readlinkat,
                          Call::fchmodat2,     Call::fchmodat,       Call::listmount,  Call::statmount, Call::mkdirat,  Call::symlinkat,
                          Call::getdents64,    Call::pread64,        Call::lseek,      Call::poll};
constexpr int errors[] = {ENOSYS, EPERM};
constexpr unsigned longest = 20;  // seconds

using Denials = std::vector<Denial>;

std::string name_of(const Denials &denials) {
  std::string name;
  for (const Denial &denial : denials) {
    name += std::string(name.empty() ? "" : ", ") + mountplan::kernel::call_name(denial.call) + ' ' + strerrorname_np(denial.error);
  }
  return name;
}

std::vector<Denials> singles() {
  std::vector<Denials> all;
  for (Call call : calls) {
    for (int error : errors) {
      all.push_back({{error, call}});
    }
  }
  return all;
}

std::vector<Denials> pairs() {
  std::vector<Denials> all;
  std::vector<Denials> alone = singles();
  for (size_t i = 0; i < alone.size(); i++) {
    for (size_t j = i + 1; j < alone.size(); j++) {
      if (alone[i][0].call != alone[j][0].call) {
        all.push_back({alone[i][0], alone[j][0]});
      }
    }
  }
  return all;
}

bool is_long_form() {
  const char *form = getenv("MOUNTPLAN_DENIED");
  return form != nullptr && strcmp(form, "all") == 0;
}

// Empty when the error says what is missing: one of the denied calls, or in words.
std::string judge(const fault::Outcome &outcome, const Denials &denials) {
  const mountplan::base::Failure &failure = outcome.failure;
  bool named = std::any_of(denials.begin(), denials.end(),
                           [&](const Denial &denial) { return strcmp(failure.call, mountplan::kernel::call_name(denial.call)) == 0; });
  bool is_walker = strcmp(failure.call, "openat2") == 0 && failure.error == EPERM;  // a look-up, whatever it was made of
  bool told = failure.kind != mountplan::base::Kind::syscall && failure.detail[0] != '\0';
  return named || is_walker || told || failure.error == ENOSYS ? "" : outcome.message;
}

enum End : int { done = 0, refused = 1, unclear = 2, no_filter = 3 };

// In a process of its own: done, refused, or something that must not be.
int apply(const fault::Reference &reference, const Denials &denials, bool verify, std::string &said) {
  int ends[2];
  if (pipe(ends) != 0) {
    return -1;
  }
  pid_t child = fork();
  if (child == 0) {
    alarm(longest);
    if (!install(denials)) {
      _exit(no_filter);
    }
    fault::Failing unharmed;
    fault::Way way{"auto", MPLAN_BACKEND_AUTO, Call::count, verify};
    fault::Outcome outcome = fault::run(reference, way, fault::Form::fresh, unharmed);
    std::string unclear_error = outcome.result < 0 ? judge(outcome, denials) : "";
    (void)!write(ends[1], unclear_error.data(), unclear_error.size());
    _exit(outcome.result >= 0 ? done : unclear_error.empty() ? refused : unclear);
  }
  close(ends[1]);
  char text[4096];
  ssize_t length = read(ends[0], text, sizeof text);
  said.assign(text, length < 0 ? 0 : static_cast<size_t>(length));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    said = WTERMSIG(status) == SIGALRM ? "it hung" : "killed by signal " + std::to_string(WTERMSIG(status));
    return -1;
  }
  return WEXITSTATUS(status);
}

struct Count {
  long done = 0;
  long refused = 0;
};

// What a plan makes when nothing is denied.
std::string whole_of(const fault::Reference &reference) {
  fault::Failing unharmed;
  fault::Outcome outcome = fault::run(reference, {"auto", MPLAN_BACKEND_AUTO}, fault::Form::fresh, unharmed);
  EXPECT_EQ(outcome.result, 0) << reference.name << ": " << outcome.message;
  std::string whole = fault::picture(fault::root_of(fault::Form::fresh));
  fault::clear(fault::Form::fresh);
  return whole;
}

void try_each(const fault::Reference &reference, const std::vector<Denials> &all, Count &count) {
  const std::string whole = whole_of(reference);
  for (const Denials &denials : all) {
    for (bool verify : {false, true}) {
      SCOPED_TRACE(std::string(reference.name) + " without " + name_of(denials) + (verify ? ", verified" : ""));
      const std::string before = fault::outside_state();
      std::string said;
      int end = apply(reference, denials, verify, said);
      ASSERT_NE(end, no_filter);
      EXPECT_TRUE(end == done || end == refused) << said;
      if (end == done) {
        count.done++;
        EXPECT_EQ(fault::difference(whole, fault::picture(fault::root_of(fault::Form::fresh))), "");
      } else {
        count.refused++;
        EXPECT_EQ(fault::difference(before, fault::outside_state()), "");
      }
      fault::clear(fault::Form::fresh);
    }
  }
}

std::vector<Denials> every_nth(const std::vector<Denials> &all, size_t n, size_t first) {
  std::vector<Denials> some;
  for (size_t i = first % n; i < all.size(); i += n) {
    some.push_back(all[i]);
  }
  return some;
}

LIVE_TEST(DeniedCalls, GiveTheSameTreeOrAClearError) {
  fault::open_proc();
  fault::furnish();
  Count count;
  size_t turn = 0;
  for (const fault::Reference &reference : fault::plans()) {
    if (identity == live::Identity::user && reference.root_alone) {
      continue;
    }
    turn++;
    try_each(reference, is_long_form() ? singles() : every_nth(singles(), 4, turn), count);
    try_each(reference, is_long_form() ? pairs() : every_nth(pairs(), 199, turn * 7), count);
  }
  EXPECT_GT(count.done, 0);
  EXPECT_GT(count.refused, 0);
  if (is_long_form()) {
    std::cout << "# denied calls: " << count.done << " applied, " << count.refused << " refused\n";
  }
}

// The words of the block that SECURITY.md has for callers with a filter of their own.
std::vector<Call> listed_calls() {
  std::ifstream file(SECURITY_PAGE);
  std::string line;
  while (std::getline(file, line) && line != "```calls") {
  }
  std::vector<Call> listed;
  while (std::getline(file, line) && line != "```") {
    std::istringstream words(line);
    for (std::string word; words >> word;) {
      listed.push_back(call_by_name(word.c_str()));
    }
  }
  return listed;
}

std::vector<Call> allowed_calls;

void allow_only_those() {
  if (!kill_all_but(allowed_calls)) {
    _exit(no_filter);
  }
}

void enter_and_allow_only_those() {
  fault::enter_namespace();
  allow_only_those();
}

void apply_with_those(const fault::Reference &reference, const fault::Way &way, fault::Form form) {
  pid_t child = fork();
  if (child == 0) {
    fault::Failing unharmed;
    fault::run(reference, way, form, unharmed, form == fault::Form::pivot ? enter_and_allow_only_those : allow_only_those);
    syscall(SYS_exit_group, done);  // before _exit(2) a sanitizer makes calls of its own
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0) << reference.name << " (" << way.name << "), " << fault::form_name(form);
}

LIVE_TEST(AppliedPlans, MakeOnlyTheCallsThatAreListed) {
  fault::open_proc();
  fault::furnish();
  allowed_calls = listed_calls();
  ASSERT_GT(allowed_calls.size(), 20u);
  ASSERT_EQ(std::count(allowed_calls.begin(), allowed_calls.end(), Call::count), 0) << "one of the words is no call";
  // Of the test itself: it frees the plan and ends.
  for (Call call : {Call::munmap, Call::exit_group}) {
    allowed_calls.push_back(call);
  }
  for (const fault::Reference &reference : fault::plans()) {
    for (const fault::Way &way : fault::ways) {
      for (fault::Form form : {fault::Form::fresh, fault::Form::in_place, fault::Form::pivot}) {
        bool fits = (form != fault::Form::in_place || reference.in_place) && (identity == live::Identity::root || !reference.root_alone);
        if (fits && way.is_usual()) {
          apply_with_those(reference, way, form);
          form == fault::Form::pivot ? fault::clear_host() : fault::clear(form);
        }
      }
    }
  }
}

}  // namespace
}  // namespace denied
