// SPDX-License-Identifier: MIT
#include "race/race.hpp"

#include <sys/mman.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace race {

struct Record {
  struct Outcome {
    char name[40];
    long times;
  };
  long tried;
  long failures;
  Outcome outcomes[24];
};

namespace {

constexpr long most_failures = 20;
constexpr long most_told = 5;
constexpr int exit_skipped = 77;

const Property *running = nullptr;
Round *round_of_it = nullptr;

enum class Result { held, failed, skipped };

Result run(const Property &property, long count) {
  Record &record = shared<Record>();
  Round round(record, count, count >= property.full);
  running = &property;
  round_of_it = &round;
  auto start = std::chrono::steady_clock::now();
  live::Findings findings = live::findings_of(property.identity, [](live::Identity) { running->body(*round_of_it); });
  std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  for (const live::Finding &finding : findings) {
    bool cannot = finding.type == live::Finding::cannot_run || finding.type == live::Finding::skip;
    const char *required = getenv("MOUNTPLAN_REQUIRE_LIVE");
    if (cannot && (required == nullptr || strcmp(required, "1") != 0)) {
      fprintf(stderr, "%s: skipped: %s\n", property.name.c_str(), finding.text.c_str());
      return Result::skipped;
    }
    round.fail(finding.text);
  }
  if (record.tried == 0) {
    round.fail("was not tried once");
  }
  printf("%s %ld %ld %.1f", property.name.c_str(), record.tried, record.failures, taken.count());
  for (const Record::Outcome &outcome : record.outcomes) {
    if (outcome.name[0] != '\0') {
      printf(" %s=%ld", outcome.name, outcome.times);
    }
  }
  printf("\n");
  fflush(stdout);
  return record.failures == 0 ? Result::held : Result::failed;
}

}  // namespace

bool Round::goes_on() const { return record_.tried < count_ && record_.failures < most_failures; }

void Round::done(long times) { record_.tried += times; }

long Round::tried() const { return record_.tried; }

void Round::saw(const std::string &outcome, long times) {
  for (Record::Outcome &known : record_.outcomes) {
    if (known.name[0] == '\0') {
      snprintf(known.name, sizeof known.name, "%s", outcome.c_str());
    }
    if (strncmp(known.name, outcome.c_str(), sizeof known.name - 1) == 0) {
      known.times += times;
      return;
    }
  }
}

void Round::fail(const std::string &what) {
  if (record_.failures++ < most_told) {
    fprintf(stderr, "%s, try %ld: %s\n", running->name.c_str(), record_.tried + 1, what.c_str());
  }
}

void Round::must_have_seen(std::initializer_list<const char *> outcomes) {
  for (const char *wanted : outcomes) {
    bool seen = false;
    for (const Record::Outcome &known : record_.outcomes) {
      seen = seen || (strcmp(known.name, wanted) == 0 && known.times > 0);
    }
    if (!seen && is_long_ && record_.failures == 0) {
      fail(std::string("was no race: never seen: ") + wanted);
    }
  }
}

void *shared_memory(size_t size) {
  void *memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) {
    abort();
  }
  return memory;
}

}  // namespace race

int main(int argc, char **argv) {
  bool is_short = argc > 1 && strcmp(argv[1], "short") == 0;
  long count = argc > 1 && !is_short ? atol(argv[1]) : 0;
  std::string word = argc > 2 ? argv[2] : count == 0 && !is_short && argc > 1 ? argv[1] : "";
  int failed = 0;
  int held = 0;
  for (const race::Property &property : race::properties()) {
    if (property.name.find(word) == std::string::npos) {
      continue;
    }
    race::Result result = race::run(property, is_short ? property.brief : count > 0 ? count : property.full);
    failed += result == race::Result::failed ? 1 : 0;
    held += result == race::Result::held ? 1 : 0;
  }
  return failed > 0 ? 1 : held > 0 ? 0 : race::exit_skipped;
}
