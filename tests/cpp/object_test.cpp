// SPDX-License-Identifier: MIT
// What the C++ header adds to the library: exceptions, owners that move, ranges, strings of every kind, callbacks that throw.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <mountplan.hpp>
#include <ranges>
#include <stdexcept>
#include <type_traits>

namespace {

using mountplan::Error;
using mountplan::Plan;
using mountplan::Table;

template <typename Function>
Error thrown_by(Function function) {
  try {
    function();
  } catch (const Error &error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Error(0);
}

template <typename T>
constexpr bool moves_only =
    std::is_nothrow_move_constructible_v<T> &&std::is_nothrow_move_assignable_v<T> && !std::is_copy_constructible_v<T>;
static_assert(moves_only<Plan> && moves_only<Table> && moves_only<mountplan::Tree> && moves_only<mountplan::Trace>);
static_assert(moves_only<mountplan::Prepared> && moves_only<mountplan::Spawn> && moves_only<mountplan::Process>);
static_assert(std::ranges::random_access_range<Table> && std::ranges::sized_range<Table>);
static_assert(std::ranges::random_access_range<mountplan::Tree> && std::ranges::random_access_range<mountplan::Features>);

constexpr const char *two_mounts =
    "20 1 0:20 / / rw - tmpfs rootfs rw\n"
    "21 20 0:21 / /mnt rw - tmpfs mnt rw\n";

TEST(CppError, SaysAllThatTheLibrarySays) {
  Plan plan;
  plan.tmpfs("/tmp");
  const Error error = thrown_by([&] { plan.bind("/srv/data", "data"); });
  EXPECT_EQ(error.code(), std::errc::invalid_argument);
  EXPECT_EQ(error.kind(), MPLAN_ERROR_ARGUMENT);
  EXPECT_EQ(error.stage(), MPLAN_STAGE_VALIDATE);
  EXPECT_EQ(error.op(), 1);
  EXPECT_EQ(error.op_name(), "bind");
  EXPECT_EQ(error.call(), "");
  EXPECT_EQ(error.source(), "/srv/data");
  EXPECT_EQ(error.target(), "data");
  EXPECT_EQ(error.path(), "");
  EXPECT_EQ(error.detail(), "target \"data\" is not absolute");
  EXPECT_EQ(error.left(), 0);
  EXPECT_STREQ(error.what(), "op 1 bind /srv/data -> data: Invalid argument (target \"data\" is not absolute)");
  EXPECT_FALSE(error.cause().has_value());
}

TEST(CppError, IsASystemError) { EXPECT_THROW(Table::parse("no table"), std::system_error); }

TEST(CppError, OutlivesThePlanAndTheOriginal) {
  Error copy(0);
  {
    Plan plan;
    copy = thrown_by([&] { plan.dir("relative"); });
  }
  EXPECT_EQ(copy.target(), "relative");
}

TEST(CppObject, IsLeftEmptyByAMove) {
  Plan plan;
  plan.dir("/a");
  const Plan moved = std::move(plan);
  EXPECT_EQ(moved.size(), 1u);
  EXPECT_EQ(plan.get(), nullptr);
}

TEST(CppObject, CanBeGivenUpAndTakenOver) {
  Plan plan;
  plan.dir("/a");
  mplan_plan *const c = plan.release();
  EXPECT_EQ(Plan(c).size(), 1u);
}

TEST(CppTable, HasSeveralOwners) {
  std::optional<Table> table = Table::parse(two_mounts);
  const Table other = table->share();
  table.reset();
  EXPECT_EQ(other.size(), 2u);
}

TEST(CppTable, IsARangeOfMounts) {
  const Table table = Table::parse(two_mounts);
  const auto found = std::ranges::find_if(table, [](const mplan_mount &mount) { return std::string_view(mount.mount_point) == "/mnt"; });
  ASSERT_NE(found, table.end());
  EXPECT_EQ(found - table.begin(), 1);
  EXPECT_EQ((*found).id, 21u);
  EXPECT_EQ(table.begin()[1].id, 21u);
  EXPECT_EQ((*(table.end() - 2)).id, 20u);
  EXPECT_EQ(table.find_id(21), 1u);
  EXPECT_EQ(table.find_id(99), std::nullopt);
}

TEST(CppTable, ThrowsForAnIndexThatIsNotThere) {
  const Table table = Table::parse(two_mounts);
  EXPECT_EQ(thrown_by([&] { table[2]; }).code(), std::errc::result_out_of_range);
}

TEST(CppTree, LivesWithoutTheTableObject) {
  const mountplan::Tree tree = Table::parse(two_mounts).unfold("/mnt");
  ASSERT_EQ(tree.size(), 1u);
  EXPECT_STREQ(tree.mount(tree[0]).source, "mnt");
}

TEST(CppString, MayBeOfEveryKind) {
  Plan plan;
  plan.dir("/a");
  plan.dir(std::string("/a"));
  plan.dir(std::string_view("/a and more").substr(0, 2));
  plan.dir(std::filesystem::path("/a"));
  EXPECT_TRUE(std::ranges::all_of(plan, [](const mplan_op &op) { return std::string_view(op.target) == "/a"; }));
  EXPECT_EQ(plan.size(), 4u);
}

TEST(CppString, IsNotCutShortByANul) {
  using namespace std::string_literals;
  using namespace std::string_view_literals;
  Plan plan;
  EXPECT_EQ(thrown_by([&] { plan.bind("/etc\0/passwd"s, "/data"); }).code(), std::errc::invalid_argument);
  EXPECT_EQ(thrown_by([&] { plan.bind("/etc", "/data\0"sv); }).code(), std::errc::invalid_argument);
  EXPECT_EQ(thrown_by([] { mountplan::Spawn().set_argv({"/bin/true\0 -x"s}); }).kind(), MPLAN_ERROR_ARGUMENT);
  EXPECT_TRUE(plan.empty());
}

TEST(CppString, OfAnOptionMayBeLong) {
  std::string colons(1000, ':');
  EXPECT_EQ(mountplan::overlay_escape(colons).size(), 2000u);
}

TEST(CppPlan, OpsAreToldMoreByChaining) {
  Plan plan;
  plan.overlay("/o").add_layer("/top").add_layer("/below").set_upper("/upper", "/work").set_attrs(MPLAN_ATTR_NOEXEC);
  EXPECT_EQ(plan[0].layers, 2u);
  EXPECT_EQ(plan.layer(0, 1), "/below");
  EXPECT_EQ(plan.layer(0, 2), "");
  EXPECT_NE(plan[0].attrs_set & MPLAN_ATTR_NOEXEC, 0u);
}

TEST(CppEvents, AreTheStepsOfTheTrace) {
  Plan plan;
  plan.dir("/a");
  std::vector<std::string> heard;
  const mountplan::Trace trace = plan.explain({.event = [&](const mplan_event &event) { heard.push_back(event.text); }});
  ASSERT_EQ(heard.size(), trace.size());
  EXPECT_TRUE(std::ranges::equal(trace, heard, {}, [](const mplan_event &event) { return std::string(event.text); }));
  EXPECT_NE(trace.text().find("mkdirat"), std::string_view::npos);
  EXPECT_EQ(trace.backend(), mountplan::Features().backend());
}

TEST(CppEvents, StopThePreparationByWhatTheyThrow) {
  Plan plan;
  plan.bind("/", "/host");
  const mountplan::Options options = {.flags = MPLAN_PREPARE_PIVOT, .event = [](const mplan_event &) { throw std::domain_error("stop"); }};
  EXPECT_THROW(plan.explain(options), std::domain_error);
  EXPECT_THROW(plan.prepare(options), std::domain_error);
}

}  // namespace
