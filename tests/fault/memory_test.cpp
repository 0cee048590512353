// SPDX-License-Identifier: MIT
// Memory that runs out in prepare, explain and while a spawn object is filled: malloc(3) and realloc(3) of the library fail once, at the
// n-th call, for every n. -ENOMEM each time, and neither memory nor descriptors are left. (Tables and trees: unit/table_allocation_test.)
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <functional>

#include "replay/cases.hpp"

namespace {

struct Heap {
  long calls = 0;    // malloc and realloc
  long blocks = 0;   // allocated and not freed
  long fail_at = 0;  // the call that fails, counted from 1; 0 for none
};
Heap heap;

bool fails() { return ++heap.calls == heap.fail_at; }

}  // namespace

extern "C" {
void *__real_malloc(size_t size);
void *__real_realloc(void *block, size_t size);
void __real_free(void *block);

void *__wrap_malloc(size_t size) {
  void *block = fails() ? nullptr : __real_malloc(size);
  heap.blocks += block != nullptr ? 1 : 0;
  return block;
}
void *__wrap_realloc(void *block, size_t size) {
  void *grown = fails() ? nullptr : __real_realloc(block, size);
  heap.blocks += block == nullptr && grown != nullptr ? 1 : 0;
  return grown;
}
void __wrap_free(void *block) {
  heap.blocks -= block != nullptr ? 1 : 0;
  __real_free(block);
}
}

namespace fault {
namespace {

long open_descriptors() {
  auto all = std::filesystem::directory_iterator("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

// Calls `attempt` with the first, second, ... allocation failing, until it has fewer. Returns how many failed.
long fail_each(const std::string &what, const std::function<int(mplan_error **)> &attempt) {
  long failures = 0;
  heap = Heap{};
  int unharmed = attempt(nullptr);
  EXPECT_EQ(heap.blocks, 0) << what;
  long allocations = heap.calls;
  long descriptors = open_descriptors();
  for (long n = 1; n <= allocations; n++) {
    mplan_error *error = nullptr;
    heap = Heap{};
    heap.fail_at = n;
    int result = attempt(&error);
    if (result < 0) {
      EXPECT_TRUE(result == -ENOMEM || result == unharmed) << what << ", allocation " << n << ": " << mplan_error_message(error);
      EXPECT_TRUE(result != -ENOMEM || mplan_error_kind(error) == MPLAN_ERROR_NOMEM) << what << ", allocation " << n;
      failures++;
    }
    mplan_error_free(error);
    EXPECT_EQ(heap.blocks, 0) << what << ", allocation " << n;
    EXPECT_EQ(open_descriptors(), descriptors) << what << ", allocation " << n;
  }
  return failures;
}

class Memory : public testing::TestWithParam<replay::Case> {
 public:
  void SetUp() override {
    ASSERT_EQ(chdir(REPLAY_HOST), 0);
    GetParam().build(plan);
    args.flags = GetParam().setting.flags;
    args.root = GetParam().setting.root;
  }

  replay::Plan plan;
  mplan_prepare_args args = {};
};

TEST_P(Memory, RunsOutInPrepare) {
  // ENSURE would leave its directory on the host.
  args.flags |= std::string(GetParam().name) == "bind_ensure" ? MPLAN_PREPARE_DEFERRED : 0;
  EXPECT_GT(fail_each("prepare",
                      [this](mplan_error **error) {
                        mplan_prepared *prepared = nullptr;
                        int result = mplan_prepare(plan.get(), &args, sizeof args, &prepared, error);
                        EXPECT_EQ(prepared != nullptr, result == 0);
                        mplan_prepared_free(prepared);
                        return result;
                      }),
            3);
}

TEST_P(Memory, RunsOutInExplain) {
  EXPECT_GT(fail_each("explain",
                      [this](mplan_error **error) {
                        mplan_trace *trace = nullptr;
                        int result = mplan_explain(plan.get(), &args, sizeof args, &trace, error);
                        EXPECT_EQ(trace != nullptr, result == 0);
                        mplan_trace_free(trace);
                        return result;
                      }),
            10);
}

std::string name_of(const testing::TestParamInfo<replay::Case> &info) { return info.param.name; }
INSTANTIATE_TEST_SUITE_P(Plans, Memory, testing::ValuesIn(replay::cases().begin(), replay::cases().end()), name_of);

int fill(mplan_spawn *spawn, mplan_error **error) {
  static const std::string text(3000, 'x');
  const char *const words[] = {"/bin/true", text.c_str(), text.c_str()};
  const std::string variable = "NAME=" + text;
  const char *const variables[] = {variable.c_str()};
  const std::string path = "/" + std::string(200, 'd');
  int result = mplan_spawn_set_argv(spawn, words, std::size(words), error);
  result = result < 0 ? result : mplan_spawn_set_env(spawn, variables, 1, error);
  result = result < 0 ? result : mplan_spawn_set_cwd(spawn, path.c_str(), error);
  result = result < 0 ? result : mplan_spawn_set_namespaces(spawn, uint64_t{MPLAN_NAMESPACE_USER} | MPLAN_NAMESPACE_UTS, error);
  result = result < 0 ? result : mplan_spawn_set_hostname(spawn, "inside", error);
  for (uint32_t i = 0; i < 40 && result >= 0; i++) {
    result = mplan_spawn_add_uid_map(spawn, i * 10, i * 10, 1, error);
    result = result < 0 ? result : mplan_spawn_add_gid_map(spawn, i * 10, i * 10, 1, error);
    result = result < 0 ? result : mplan_spawn_add_fd(spawn, 0, static_cast<int>(10 + i), error);
  }
  return result;
}

TEST(MemoryOfSpawn, RunsOutInSetters) {
  EXPECT_GT(fail_each("spawn",
                      [](mplan_error **error) {
                        mplan_spawn *spawn = nullptr;
                        int result = mplan_spawn_new(&spawn, error);
                        result = result < 0 ? result : fill(spawn, error);
                        mplan_spawn_free(spawn);
                        return result;
                      }),
            8);
}

}  // namespace
}  // namespace fault
