// SPDX-License-Identifier: MIT
// Memory that runs out while a plan is built: malloc(3) and realloc(3) of the library fail at the n-th call, for every n.
#include <algorithm>
#include <cstdlib>
#include <functional>

#include "plan_adders.hpp"
#include "plan_tools.hpp"

namespace {

// Calls until the failure; negative: none is planned.
long calls_left = -1;
bool fails_for_good = false;
long failures = 0;

bool fails_now() {
  if (calls_left < 0) {
    return false;
  }
  if (calls_left > 0) {
    calls_left--;
    return false;
  }
  if (!fails_for_good) {
    calls_left = -1;
  }
  failures++;
  return true;
}

}  // namespace

extern "C" {
void *__real_malloc(size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size) { return fails_now() ? nullptr : __real_malloc(size); }
void *__wrap_realloc(void *old, size_t size) { return fails_now() ? nullptr : __real_realloc(old, size); }
}

namespace mountplan::test {
namespace {

using Step = std::function<int(mplan_plan *, mplan_error **)>;

// Every adder and every modifier that allocates, with texts long enough to need a block of memory each.
std::vector<Step> steps() {
  static const std::string path = "/" + std::string(255, 'a') + "/" + std::string(255, 'b') + "/" + std::string(255, 'c');
  static const std::string target = path + path + path + path;
  static const std::string content(10000, 'x');
  std::vector<Step> result;
  // Adders and layers with a descriptor come first, so that it is for them that the arrays of ops and layers grow.
  result.emplace_back([](mplan_plan *plan, mplan_error **err) { return mplan_plan_bind_fd(plan, 0, target.c_str(), 0, err); });
  for (const Adder &adder : adders) {
    result.emplace_back([&adder](mplan_plan *plan, mplan_error **err) { return adder.add(plan, target.c_str(), adder.needed, err); });
  }
  auto add = [&](Step step) { result.push_back(std::move(step)); };
  add([](mplan_plan *plan, mplan_error **err) { return mplan_plan_file(plan, "/f", content.data(), content.size(), 0444, 0, err); });
  add([](mplan_plan *plan, mplan_error **err) { return mplan_op_set_idmap(plan, 1, 0, err); });
  add([](mplan_plan *plan, mplan_error **err) { return mplan_op_set_source_path(plan, 0, target.c_str() + 1, err); });
  constexpr int overlay = 12;
  add([](mplan_plan *plan, mplan_error **err) { return mplan_op_set_upper(plan, overlay, target.c_str(), path.c_str(), err); });
  for (int i = 0; i < 20; i++) {
    add([](mplan_plan *plan, mplan_error **err) { return mplan_op_add_layer_fd(plan, overlay, 0, err); });
    add([](mplan_plan *plan, mplan_error **err) { return mplan_op_add_layer(plan, overlay, path.c_str(), err); });
  }
  add([](mplan_plan *plan, mplan_error **err) { return mplan_op_add_data_layer(plan, overlay, target.c_str(), err); });
  return result;
}

// What a plan says, without addresses and descriptor numbers.
std::vector<std::string> description(const mplan_plan *plan) {
  std::vector<std::string> lines;
  auto text = [](const char *given) { return std::string(given != nullptr ? given : "-"); };
  for (size_t i = 0; i < mplan_plan_count(plan); i++) {
    mplan_op op = op_of(plan, i);
    lines.push_back(std::string(op.name) + " " + text(op.source) + " " + op.target + " " + std::to_string(op.size));
    for (size_t layer = 0; layer < op.layers; layer++) {
      lines.push_back("  " + text(mplan_plan_layer(plan, i, layer)));
    }
  }
  return lines;
}

TEST(PlanMemory, HasAnOverlayWhereTheStepsExpectIt) { EXPECT_STREQ(adders[11].name, "Overlay"); }

TEST(PlanMemory, SurvivesEachAllocationThatFailsOnceAndGoesOn) {
  PlanOwner reference = new_plan();
  for (const Step &step : steps()) {
    ASSERT_GE(step(reference.get(), nullptr), 0);
  }
  const std::vector<std::string> expected = description(reference.get());
  size_t fds = open_fds();
  failures = 0;
  long n = 0;
  for (long before = -1; failures > before; n++) {
    before = failures;
    PlanOwner plan = new_plan();
    calls_left = n;
    for (const Step &step : steps()) {
      State state(plan.get());
      Told told = tell([&](mplan_error **err) { return step(plan.get(), err); });
      if (told.result < 0) {
        EXPECT_EQ(told.result, -ENOMEM) << "allocation " << n;
        EXPECT_EQ(told.kind, MPLAN_ERROR_NOMEM);
        EXPECT_EQ(told.detail, "out of memory");
        EXPECT_TRUE(State(plan.get()) == state) << "allocation " << n;
        EXPECT_GE(step(plan.get(), nullptr), 0) << "allocation " << n << " again";
      }
    }
    calls_left = -1;
    EXPECT_EQ(description(plan.get()), expected) << "allocation " << n;
    plan.reset();
    EXPECT_EQ(open_fds(), fds) << "allocation " << n;
  }
  RecordProperty("allocations", static_cast<int>(failures));
  EXPECT_GT(failures, 30) << "the steps no longer allocate: the test tests nothing";
}

TEST(PlanMemory, TellsEvenWhenThereIsNoMemoryForTheErrorObject) {
  size_t fds = open_fds();
  std::vector<Step> all = steps();
  for (long n = 0; n < 50; n++) {
    PlanOwner plan = new_plan();
    int result = 0;
    mplan_error *err = nullptr;
    calls_left = n;
    fails_for_good = true;
    for (size_t i = 0; i < all.size() && result >= 0; i++) {
      result = all[i](plan.get(), &err);
    }
    fails_for_good = false;
    calls_left = -1;
    if (result < 0) {
      EXPECT_EQ(result, -ENOMEM);
      EXPECT_EQ(mplan_error_kind(err), MPLAN_ERROR_NOMEM);
      EXPECT_EQ(mplan_error_errno(err), ENOMEM);
      EXPECT_STRNE(mplan_error_message(err), "");
      mplan_error_free(err);
    }
    plan.reset();
    EXPECT_EQ(open_fds(), fds);
  }
}

TEST(PlanMemory, MakesNoPlanWithoutMemory) {
  mplan_plan *plan = nullptr;
  calls_left = 0;
  Told told = tell([&](mplan_error **err) { return mplan_plan_new(&plan, err); });
  EXPECT_EQ(told.result, -ENOMEM);
  EXPECT_EQ(told.kind, MPLAN_ERROR_NOMEM);
  EXPECT_EQ(plan, nullptr);
}

}  // namespace
}  // namespace mountplan::test
