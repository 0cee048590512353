// SPDX-License-Identifier: MIT
// SIGKILL at any moment: of who applies a plan, of who spawns, of what was spawned. Nobody is left to clean up, and nothing needs it.
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <optional>
#include <random>
#include <stdexcept>

#include "fault/look.hpp"
#include "live/sandbox.hpp"
#include "race/swap.hpp"

using Clock = std::chrono::steady_clock;

namespace race {
namespace {

// What becomes of the child that is killed, or that has a child of its own killed.
enum Exit { ended = 0, failed = 1, was_told = 2 };

struct Victim {
  std::function<Exit()> act;
  // Who of it is killed: the child, or whom this names. Then the child must be told.
  std::function<pid_t(pid_t child)> who = nullptr;
  // Takes away what is there when it was not killed in time; without, nothing may be there.
  std::function<void()> whole = nullptr;
};

// Runs the victim in a child and, after `delay`, kills it. Tells what it came to.
std::string killed_after(const Victim &victim, std::optional<Clock::duration> delay) {
  pid_t child = fork();
  if (child == 0) {
    _exit(victim.act());
  }
  // A moment is shorter than what a sleep could hit.
  for (Clock::time_point start = Clock::now(); delay && Clock::now() - start < *delay;) {
  }
  pid_t who = !delay ? -1 : victim.who == nullptr ? child : victim.who(child);
  if (who > 0) {
    kill(who, SIGKILL);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    return "killed";
  }
  bool can_be_told = who > 0 && who != child;
  if (WEXITSTATUS(status) != ended && (WEXITSTATUS(status) != was_told || !can_be_told)) {
    throw std::runtime_error("the victim failed by itself");
  }
  return WEXITSTATUS(status) == was_told ? "was-told" : "ended";
}

// Descendants of the killed come to this process; all of them have to end by themselves.
void wait_for_all() {
  while (waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

// Moments from the first call to some time after the last.
void kill_at_random(Round &round, const Victim &victim) {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  std::vector<Clock::duration> taken;
  for (int i = 0; i < 11; i++) {
    Clock::time_point start = Clock::now();
    killed_after(victim, std::nullopt);
    wait_for_all();
    taken.push_back(Clock::now() - start);
    if (victim.whole != nullptr) {
      victim.whole();
    }
  }
  std::nth_element(taken.begin(), taken.begin() + taken.size() / 2, taken.end());
  Clock::rep longest = taken[taken.size() / 2].count() * 3 / 2;
  std::mt19937_64 random(1);
  std::string descriptors = fault::descriptors();
  for (std::string before = fault::outside_state(); round.goes_on(); round.done()) {
    Clock::duration delay(std::uniform_int_distribution<Clock::rep>(0, longest)(random));
    round.saw(killed_after(victim, delay));
    wait_for_all();
    std::string after = fault::outside_state();
    if (after != before && victim.whole != nullptr) {
      victim.whole();
      round.saw("whole");
      after = fault::outside_state();
    }
    if (after != before || fault::descriptors() != descriptors) {
      round.fail("the world outside changed:" + fault::difference(before + descriptors, after + fault::descriptors()));
      before = after;
    }
  }
  round.must_have_seen({"killed", "ended"});
}

const fault::Reference &plan_named(const std::string &name) {
  for (const fault::Reference &reference : fault::plans()) {
    if (reference.name == name) {
      return reference;
    }
  }
  throw std::runtime_error("no plan " + name);
}

Exit apply(const Way &way, fault::Form form) {
  Failing kernel;
  auto between = form == fault::Form::pivot ? fault::enter_namespace : nullptr;
  return fault::run(plan_named("combined"), way, form, kernel, between).result < 0 ? failed : ended;
}

// The root is attached nowhere until all of it appears in one call.
void applying(Round &round) {
  fault::open_proc();
  fault::furnish();
  apply(backends[0], fault::Form::fresh);
  std::string picture = fault::picture(fault::root_of(fault::Form::fresh));
  fault::clear(fault::Form::fresh);
  kill_at_random(round, {.act = [] { return apply(backends[0], fault::Form::fresh); },
                         .whole =
                             [&] {
                               if (fault::picture(fault::root_of(fault::Form::fresh)) != picture) {
                                 round.fail("something is there, but not the whole root");
                               }
                               fault::clear(fault::Form::fresh);
                             }});
  round.must_have_seen({"killed", "ended"});
}

void applying_in_namespace(Round &round, const Way &way) {
  fault::open_proc();
  fault::furnish();
  kill_at_random(round, {.act = [&] { return apply(way, fault::Form::pivot); }});
  round.must_have_seen({"killed", "ended"});
}

// Leaves room for a few, so that those that are not gone with the killed are in the way of the next.
void limit_namespaces() {
  for (const char *kind : {"mnt", "pid", "net", "ipc", "uts", "cgroup", "user"}) {
    std::string file = std::string("/proc/sys/user/max_") + kind + "_namespaces";
    int fd = open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "100", 3) != 3) {
      throw std::runtime_error("can not limit namespaces: " + file);
    }
    close(fd);
  }
}

Exit spawn() {
  live::Sandbox sandbox(std::vector<std::string>{"/bin/true"});
  sandbox.flags(MPLAN_SPAWN_DIE_WITH_PARENT);
  live::Outcome outcome;
  mplan_process *process = sandbox.start(outcome);
  if (process == nullptr) {
    return was_told;
  }
  mplan_exit end = {};
  bool waited = mplan_process_wait(process, &end, sizeof end, nullptr) == 0;
  mplan_process_free(process);
  return !waited ? failed : end.signal == SIGKILL ? was_told : end.code == 0 ? ended : failed;
}

void spawning(Round &round) {
  fault::open_proc();
  limit_namespaces();
  kill_at_random(round, {.act = spawn});
  round.must_have_seen({"killed", "ended"});
}

pid_t child_of(pid_t process) {
  std::string number = std::to_string(process);
  std::string children = live::read_file("/proc/" + number + "/task/" + number + "/children");
  return children.empty() ? -1 : static_cast<pid_t>(std::stol(children));
}

void spawned(Round &round) {
  fault::open_proc();
  limit_namespaces();
  kill_at_random(round, {.act = spawn, .who = child_of});
  round.must_have_seen({"was-told", "ended"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  out.push_back({"Kill.WhoAppliesLeavesNothingOrAll", 10000, 100, applying});
  add(out, "Kill.WhoAppliesInANamespaceLeavesNothing", backends, 10000, 30, applying_in_namespace);
  out.push_back({"Kill.WhoSpawnsLeavesNothing", 10000, 30, spawning, live::Identity::user});
  out.push_back({"Kill.WhoIsSpawnedLeavesNothing", 10000, 30, spawned, live::Identity::user});
  return out;
}

}  // namespace race
