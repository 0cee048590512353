// SPDX-License-Identifier: MIT
// Looking at a plan, and the (pointer, size) rules of structs that go out and in.
#include <cstring>

#include "plan_tools.hpp"

namespace mountplan::test {
namespace {

TEST(PlanInspect, HasNothingToShowForNull) {
  mplan_op op = {};
  EXPECT_EQ(mplan_plan_count(nullptr), 0u);
  EXPECT_EQ(mplan_plan_get(nullptr, 0, &op, sizeof op), -EINVAL);
  EXPECT_EQ(mplan_plan_layer(nullptr, 0, 0), nullptr);
  EXPECT_EQ(mplan_plan_validate(nullptr, nullptr), -EINVAL);
  mplan_plan_free(nullptr);
}

TEST(PlanInspect, RefusesAnIndexBehindTheLastOp) {
  PlanOwner plan = new_plan();
  mplan_op op = {};
  EXPECT_EQ(mplan_plan_get(plan.get(), 0, &op, sizeof op), -ERANGE);
  ASSERT_EQ(mplan_plan_tmpfs(plan.get(), "/t", 0, 0755, 0, nullptr), 0);
  EXPECT_EQ(mplan_plan_get(plan.get(), 0, &op, sizeof op), 0);
  EXPECT_EQ(mplan_plan_get(plan.get(), 1, &op, sizeof op), -ERANGE);
  EXPECT_EQ(mplan_plan_get(plan.get(), SIZE_MAX, &op, sizeof op), -ERANGE);
  EXPECT_EQ(mplan_plan_get(plan.get(), 0, nullptr, sizeof op), -EINVAL);
}

TEST(PlanInspect, ShowsTheUpperDirectoryAsTheSourceOfAnOverlay) {
  PlanOwner plan = new_plan();
  ASSERT_EQ(mplan_plan_overlay(plan.get(), "/t", 0, nullptr), 0);
  EXPECT_EQ(op_of(plan.get(), 0).source, nullptr);
  ASSERT_EQ(mplan_op_set_upper(plan.get(), 0, "/upper", "/work", nullptr), 0);
  EXPECT_STREQ(op_of(plan.get(), 0).source, "/upper");
}

TEST(PlanInspect, NamesEveryKindAndNoOther) {
  for (uint32_t kind = MPLAN_OP_BIND; kind <= MPLAN_OP_ETC; kind++) {
    EXPECT_NE(mplan_op_kind_name(kind), nullptr) << kind;
  }
  EXPECT_EQ(mplan_op_kind_name(0), nullptr);
  EXPECT_EQ(mplan_op_kind_name(MPLAN_OP_ETC + 1), nullptr);
  EXPECT_EQ(mplan_op_kind_name(UINT32_MAX), nullptr);
}

// A struct of a newer version of the library, as an older one sees it.
struct Newer {
  mplan_op known;
  uint64_t added;
};

TEST(StructOut, FillsTheFirstBytesOfAShorterStruct) {
  PlanOwner plan = new_plan();
  ASSERT_EQ(mplan_plan_dir(plan.get(), "/t", 0750, 0, nullptr), 0);
  unsigned char bytes[sizeof(mplan_op)];
  memset(bytes, 0xaa, sizeof bytes);
  ASSERT_EQ(mplan_plan_get(plan.get(), 0, reinterpret_cast<mplan_op *>(bytes), 8), 0);
  uint32_t fields[2];
  memcpy(fields, bytes, sizeof fields);
  EXPECT_EQ(fields[0], uint32_t{MPLAN_OP_DIR});
  EXPECT_EQ(fields[1], 0750u);
  EXPECT_EQ(bytes[8], 0xaa);
}

TEST(StructOut, ZeroFillsTheTailOfALongerStruct) {
  PlanOwner plan = new_plan();
  ASSERT_EQ(mplan_plan_dir(plan.get(), "/t", 0750, 0, nullptr), 0);
  Newer newer;
  memset(&newer, 0xaa, sizeof newer);
  ASSERT_EQ(mplan_plan_get(plan.get(), 0, &newer.known, sizeof newer), 0);
  EXPECT_STREQ(newer.known.target, "/t");
  EXPECT_EQ(newer.added, 0u);
}

struct Arguments {
  uint32_t first, second;
};

TEST(StructIn, ZeroExtendsAShorterStruct) {
  uint32_t given = 7;
  Arguments read = {9, 9};
  EXPECT_TRUE(capi::struct_in(&given, sizeof given, read));
  EXPECT_EQ(read.first, 7u);
  EXPECT_EQ(read.second, 0u);
}

TEST(StructIn, TakesNullWithSizeZeroAsTheDefaultAndNoOtherNull) {
  Arguments read = {9, 9};
  EXPECT_TRUE(capi::struct_in(nullptr, 0, read));
  EXPECT_EQ(read.first, 0u);
  EXPECT_FALSE(capi::struct_in(nullptr, 1, read));
}

TEST(StructIn, TakesALongerStructOnlyIfItsTailIsZero) {
  uint32_t longer[3] = {1, 2, 0};
  Arguments read = {};
  EXPECT_TRUE(capi::struct_in(longer, sizeof longer, read));
  EXPECT_EQ(read.second, 2u);
  longer[2] = 0x01000000;
  EXPECT_FALSE(capi::struct_in(longer, sizeof longer, read));
}

}  // namespace
}  // namespace mountplan::test
