// SPDX-License-Identifier: MIT
// Applied and taken down again and again: no mount, no descriptor and no memory is left.
#include <unistd.h>

#include <fstream>
#include <stdexcept>

#include "fault/look.hpp"
#include "live/sandbox.hpp"
#include "race/swap.hpp"

// What is freed is kept for a while by AddressSanitizer, which would look like a leak.
extern "C" const char *__asan_default_options();
extern "C" const char *__asan_default_options() { return "quarantine_size_mb=0:thread_local_quarantine_size_kb=0"; }

namespace race {
namespace {

long resident() {
  std::ifstream statm("/proc/self/statm");
  long size = 0;
  long pages = 0;
  statm >> size >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// Memory may grow until everything was done some times, and by this afterwards.
constexpr long warm_up = 200;
constexpr long most_growth = 1024 * 1024;

void soak(Round &round, const std::function<void(long cycle)> &cycle) {
  fault::open_proc();
  long memory = 0;
  std::string before = fault::outside_state() + fault::descriptors();
  for (; round.goes_on(); round.done()) {
    cycle(round.tried());
    if (round.tried() == warm_up) {
      memory = resident();
    }
    if (round.tried() % 1000 == 0 && fault::outside_state() + fault::descriptors() != before) {
      round.fail("something is left:" + fault::difference(before, fault::outside_state() + fault::descriptors()));
    }
  }
  if (std::string after = fault::outside_state() + fault::descriptors(); after != before) {
    round.fail("something is left:" + fault::difference(before, after));
  }
  long growth = memory == 0 ? 0 : resident() - memory;
  round.saw("bytes-more", growth);
  if (growth > most_growth) {
    round.fail("memory grew by " + std::to_string(growth) + " bytes");
  }
}

// Every reference plan with every way, by turns.
void apply(Round &round) {
  fault::furnish();
  struct Turn {
    const fault::Reference *reference;
    const Way *way;
  };
  std::vector<Turn> turns;
  for (const fault::Reference &reference : fault::plans()) {
    for (const Way &way : fault::ways) {
      Failing kernel;
      fault::Outcome outcome = fault::run(reference, way, fault::Form::fresh, kernel);
      if (outcome.failure.kind != mountplan::base::Kind::unsupported) {
        turns.push_back({&reference, &way});
      }
      fault::clear(fault::Form::fresh);
    }
  }
  soak(round, [&](long cycle) {
    const Turn &turn = turns[static_cast<size_t>(cycle) % turns.size()];
    Failing kernel;
    fault::Outcome outcome = fault::run(*turn.reference, *turn.way, fault::Form::fresh, kernel);
    if (outcome.result < 0) {
      round.fail(std::string(turn.reference->name) + ": " + outcome.message);
    }
    fault::clear(fault::Form::fresh);
  });
}

void spawn(Round &round) {
  soak(round, [&](long) {
    live::Sandbox sandbox(std::vector<std::string>{"/bin/true"});
    live::Outcome outcome;
    mplan_process *process = sandbox.start(outcome);
    mplan_exit end = {};
    if (process == nullptr || mplan_process_wait(process, &end, sizeof end, nullptr) < 0 || end.code != 0) {
      round.fail("spawn: " + outcome.message);
    }
    mplan_process_free(process);
  });
}

}  // namespace

std::vector<Property> properties() {
  return {
      {"Soak.ApplyingLeavesNothing", 100000, 500, apply},
      {"Soak.SpawningLeavesNothing", 20000, 250, spawn},
  };
}

}  // namespace race
