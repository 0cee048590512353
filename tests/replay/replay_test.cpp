// SPDX-License-Identifier: MIT
// The exact calls of every op with every backend: as in expected/CASE.BACKEND.txt, made on the recording kernel, so that no privilege is
// needed and the kernel of the host does not matter.
//
// After a change that is meant, write the expected files again and look at the difference:
//   MOUNTPLAN_UPDATE_EXPECTED=1 build/dev/tests/replay/replay && git diff tests/replay/expected
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "replay/cases.hpp"

namespace replay {
namespace {

constexpr uint32_t backends[] = {MPLAN_BACKEND_DETACHED, MPLAN_BACKEND_FD, MPLAN_BACKEND_CLASSIC};
const std::filesystem::path here = REPLAY_DIRECTORY;

std::string file_name(const Case &of, uint32_t backend) { return std::string(of.name) + "." + mplan_backend_name(backend) + ".txt"; }

class Replay : public testing::TestWithParam<std::tuple<Case, uint32_t>> {
 public:
  void SetUp() override {
    ASSERT_EQ(chdir((here / "host").c_str()), 0);
    umask(022);
  }
};

TEST_P(Replay, MakesTheExpectedCalls) {
  const auto &[given, backend] = GetParam();
  Plan plan;
  given.build(plan);

  std::string calls = record(plan.get(), backend, given.setting);

  std::filesystem::path file = here / "expected" / file_name(given, backend);
  if (getenv("MOUNTPLAN_UPDATE_EXPECTED") != nullptr) {
    std::ofstream(file) << calls;
  }
  std::ifstream in(file);
  ASSERT_TRUE(in.is_open()) << file << " is missing";
  std::stringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(expected.str(), calls) << file;
}

std::string test_name(const testing::TestParamInfo<std::tuple<Case, uint32_t>> &info) {
  return std::string(std::get<0>(info.param).name) + "_" + mplan_backend_name(std::get<1>(info.param));
}

INSTANTIATE_TEST_SUITE_P(Calls, Replay, testing::Combine(testing::ValuesIn(cases().begin(), cases().end()), testing::ValuesIn(backends)),
                         test_name);

TEST(ReplayFiles, EachBelongsToACase) {
  std::set<std::string> known;
  for (const Case &given : cases()) {
    for (uint32_t backend : backends) {
      known.insert(file_name(given, backend));
    }
  }
  for (const auto &entry : std::filesystem::directory_iterator(here / "expected")) {
    EXPECT_TRUE(known.contains(entry.path().filename())) << entry.path() << " belongs to no case";
  }
}

TEST(ReplayCases, CoverEveryKindOfOp) {
  std::set<uint32_t> kinds;
  for (const Case &given : cases()) {
    Plan plan;
    ASSERT_EQ(chdir((here / "host").c_str()), 0);
    given.build(plan);
    for (size_t i = 0; i < mplan_plan_count(plan.get()); i++) {
      mplan_op op = {};
      ASSERT_EQ(mplan_plan_get(plan.get(), i, &op, sizeof op), 0);
      kinds.insert(op.kind);
    }
  }
  for (uint32_t kind = 1; mplan_op_kind_name(kind) != nullptr; kind++) {
    EXPECT_TRUE(kinds.contains(kind)) << mplan_op_kind_name(kind);
  }
}

}  // namespace
}  // namespace replay
