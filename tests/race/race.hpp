// SPDX-License-Identifier: MIT
// Properties that show only when much happens at once, or very often. A program has some; each is tried many times in a world of its own
// (live/harness.hpp) and gives one line: its name, how often it was tried, failures, seconds, and how often each outcome was seen.
//
//     A1.TargetParentIsSwapped.openat2 100000 0 41.3 direct=50211 linked=49789
//
//   race_NAME            as often as guarantees ask for
//   race_NAME short      as often as takes seconds
//   race_NAME COUNT      so often
//   race_NAME ... WORD   only properties with WORD in their name
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "live/harness.hpp"

namespace race {

struct Record;

// What a property's body tells of its tries. It outlives the process the body runs in.
class Round {
 public:
  Round(Record &record, long count, bool is_long) : record_(record), count_(count), is_long_(is_long) {}

  // for (; round.goes_on(); round.done()): as often as was asked for, or until it is clear that it fails.
  bool goes_on() const;
  void done(long times = 1);
  long tried() const;

  void saw(const std::string &outcome, long times = 1);
  void fail(const std::string &what);
  // A race in which one side always won was none. Only in the long form: a short one may be too short.
  void must_have_seen(std::initializer_list<const char *> outcomes);

 private:
  Record &record_;
  long count_;
  bool is_long_;
};

struct Property {
  std::string name;
  long full;
  long brief;
  std::function<void(Round &)> body;
  live::Identity identity = live::Identity::root;
};

// Each program has its own.
std::vector<Property> properties();

// Memory that children share. Zeroed; never given back.
void *shared_memory(size_t size);
template <typename T>
T &shared() {
  return *new (shared_memory(sizeof(T))) T();
}

}  // namespace race
