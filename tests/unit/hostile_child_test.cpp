// SPDX-License-Identifier: MIT
// What a parent makes of records that no child of the library can have written.
#include <gtest/gtest.h>
#include <mountplan/apply.h>

#include <cerrno>
#include <cstring>

#include "base/failure.hpp"
#include "spawn/message.hpp"
#include "unit/plan_tools.hpp"

namespace base = mountplan::base;
namespace kernel = mountplan::kernel;
namespace spawn = mountplan::spawn;

namespace {

// A pipe that holds one step.
struct OneStep {
  spawn::Message<kernel::Step> message = {{spawn::MessageKind::step, 0}, {}};
  size_t at = 0;

  static long invoke(void *self, kernel::Call call, const long args[6]) {
    auto &pipe = *static_cast<OneStep *>(self);
    auto size = std::min(static_cast<size_t>(args[2]), sizeof pipe.message - pipe.at);
    EXPECT_EQ(call, kernel::Call::read);
    memcpy(reinterpret_cast<void *>(args[1]), reinterpret_cast<const char *>(&pipe.message) + pipe.at, size);
    pipe.at += size;
    return static_cast<long>(size);
  }
  int receive(kernel::Step &step) {
    base::Failure failure;
    auto kind = spawn::MessageKind::failure;
    return spawn::receive(kernel::Kernel{this, invoke}, 0, kind, failure, step);
  }
};

}  // namespace

TEST(HostileChild, IsNotBelievedAFailureWithoutAKind) {
  mountplan::test::PlanOwner plan = mountplan::test::new_plan();
  mplan_prepare_args args = {};
  args.flags = MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED;
  mplan_prepared *prepared = nullptr;
  ASSERT_EQ(mplan_prepare(plan.get(), &args, sizeof args, &prepared, nullptr), 0);
  base::Failure record;
  record.error = ENOENT;
  mplan_failure bytes = {};
  memcpy(bytes.bytes, &record, sizeof record);

  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_prepared_error(prepared, &bytes, sizeof bytes, &error), -EINVAL);

  mplan_error_free(error);
  mplan_prepared_free(prepared);
}

TEST(HostileChild, IsNotFollowedToTheNameOfACall) {
  OneStep pipe;
  pipe.message.body.call = "no call of the library";
  kernel::Step step;
  EXPECT_EQ(pipe.receive(step), -EBADMSG);
}

TEST(HostileChild, HasTheTextOfItsStepsEnded) {
  OneStep pipe;
  pipe.message.body.call = kernel::call_name(kernel::Call::mount);
  memset(pipe.message.body.text, 'x', sizeof pipe.message.body.text);
  kernel::Step step;
  EXPECT_EQ(pipe.receive(step), 1);
  EXPECT_EQ(strnlen(step.text, sizeof step.text), sizeof step.text - 1);
}
