// SPDX-License-Identifier: MIT
// How many system calls prepare and apply make, probes included, beside the fewest that could do it.
#include <gtest/gtest.h>

#include <algorithm>

#include "replay/recorder.hpp"
#include "replay/sandbox_plan.hpp"

namespace replay {
namespace {

int calls_of(const std::string &text) {
  const auto lines = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  return lines - (text.find("--- apply\n") != std::string::npos ? 1 : 0);
}

int calls_of_sandbox(uint32_t backend) {
  Plan plan;
  sandbox_of_twenty_ops(plan);
  return calls_of(record(plan.get(), backend, {.flags = MPLAN_PREPARE_PIVOT, .probes = true}));
}

void expect_few(uint32_t backend, int fewest) {
  const int calls = calls_of_sandbox(backend);
  EXPECT_GE(calls, fewest) << "it is done with fewer";
  EXPECT_LE(calls, fewest * 3 / 2);
}

TEST(CallCount, OfASandboxIsWithinOneAndAHalfOfTheFewest) { expect_few(MPLAN_BACKEND_DETACHED, fewest_calls); }

TEST(CallCount, OfASandboxByTheFdBackendIsWithinOneAndAHalfOfTheFewest) { expect_few(MPLAN_BACKEND_FD, fewest_calls_fd); }

}  // namespace
}  // namespace replay
