// SPDX-License-Identifier: MIT
// "Three backends, one result": random plans, each applied with every backend. The mounts and files that come of it are the same, or the
// error is, or prepare says that a backend can not do the plan. A plan that shows a difference is shrunk and told with its seed.
//
//   property [PLANS [FIRST_SEED]]     what ctest runs is the short form; scripts/prove has the long one
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>

#include "fault/look.hpp"
#include "live/plan_world.hpp"
#include "live/sanitizer.hpp"
#include "property/trial.hpp"

namespace property {
namespace {

uint64_t plans = 60;
uint64_t first_seed = 1;
constexpr int most_told = 12;

using Answers = std::map<uint32_t, Answer>;

Answers try_all(const Draft &draft, Place place) {
  Answers answers;
  for (uint32_t backend : live::backends()) {
    answers[backend] = try_out(draft, backend, place);
  }
  return answers;
}

// Empty when they agree.
std::string disagreement(const Answers &answers) {
  const Answer *first = nullptr;
  const char *first_name = nullptr;
  for (const auto &[backend, answer] : answers) {
    const char *name = mplan_backend_name(backend);
    if (answer.type == Answer::broken) {
      return std::string(name) + ": " + answer.text + ' ' + answer.message;
    }
    if (answer.type == Answer::unsupported) {
      continue;
    }
    if (first == nullptr) {
      first = &answer;
      first_name = name;
    } else if (!answer.agrees(*first)) {
      std::string out = std::string("- ") + first_name + ", + " + name + ':';
      if (answer.type == Answer::done && first->type == Answer::done) {
        return out + fault::difference(first->text, answer.text);
      }
      for (const Answer *one : {first, &answer}) {
        out += one->type == Answer::done ? "\n    done" : "\n    " + one->text + " path " + one->path + " [" + one->message + ']';
      }
      return out;
    }
  }
  return "";
}

struct Finding {
  Draft draft;
  std::string text;
};

// Without every op that the disagreement does not need.
Finding shrink(Finding finding, Place place) {
  for (size_t i = finding.draft.ops.size(); i-- > 0 && finding.draft.ops.size() > 1;) {
    Draft smaller = finding.draft;
    smaller.ops.erase(smaller.ops.begin() + static_cast<std::ptrdiff_t>(i));
    if (std::string text = disagreement(try_all(smaller, place)); !text.empty()) {
      finding = {smaller, text};
    }
  }
  return finding;
}

struct Count {
  long done = 0;
  long refused = 0;
  long unsupported = 0;  // by at least one backend
  long failures = 0;
};

void tell(const char *name, const Count &count, std::chrono::steady_clock::time_point start) {
  std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  printf("%-24s %8ld %8ld %8.1f    # done %ld, refused %ld, unsupported by one %ld\n", name, count.done + count.refused + count.failures,
         count.failures, seconds.count(), count.done, count.refused, count.unsupported);
  fflush(stdout);
}

void agree(const char *name, Place place) {
  fault::open_proc();
  Count count;
  auto start = std::chrono::steady_clock::now();
  for (uint64_t seed = first_seed; seed < first_seed + plans; seed++) {
    Draft draft = draw(seed);
    Answers answers = try_all(draft, place);
    bool unsupported = false;
    bool done = false;
    for (const auto &[backend, answer] : answers) {
      unsupported = unsupported || answer.type == Answer::unsupported;
      done = done || answer.type == Answer::done;
    }
    std::string text = disagreement(answers);
    if (text.empty()) {
      (done ? count.done : count.refused)++;
      count.unsupported += unsupported ? 1 : 0;
      continue;
    }
    if (count.failures++ < most_told) {
      Finding small = shrink({draft, text}, place);
      ADD_FAILURE() << describe(small.draft) << small.text;
    }
  }
  tell(name, count, start);
  EXPECT_EQ(count.failures, 0);
  EXPECT_GT(count.done, 0);
  EXPECT_GT(count.refused, 0);
}

LIVE_TEST_ONLY(root, BackendsAgree, AsRoot) { agree("backends-root", Place::here); }
LIVE_TEST_ONLY(user, BackendsAgree, InAUserNamespace) { agree("backends-user", Place::here); }
LIVE_TEST_ONLY(root, BackendsAgree, OnLockedSources) {
  NEEDS_A_PROCESS_WITHOUT_THREADS;
  agree("backends-locked", Place::beyond);
}

}  // namespace
}  // namespace property

int main(int argc, char **argv) {
  testing::InitGoogleTest(&argc, argv);
  if (argc > 1) {
    property::plans = strtoull(argv[1], nullptr, 10);
  }
  if (argc > 2) {
    property::first_seed = strtoull(argv[2], nullptr, 10);
  }
  return RUN_ALL_TESTS();
}
