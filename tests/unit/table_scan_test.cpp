// SPDX-License-Identifier: MIT
// Finding special bytes: each way that there is on this machine against a loop.
#include <cstdlib>
#include <cstring>
#include <random>

#include "unit/finders.hpp"

#if defined(MOUNTPLAN_AVX2) && __has_include(<sys/platform/x86.h>)
#include <sys/platform/x86.h>
#endif

namespace tests = mountplan::tests;
namespace table = mountplan::table;

namespace {

bool is_special(char byte) { return static_cast<unsigned char>(byte) <= ' ' || byte == '\\'; }

class ScanFinder : public testing::TestWithParam<const table::Finder *> {
 protected:
  static constexpr uint32_t unwritten = 0xabcdef01;

  // Looks at `text` as often as it takes for all to be found, `most` at a time, and compares.
  void expect_all_found(const std::string &text, unsigned most) {
    std::vector<uint32_t> expected;
    size_t newlines = 0;
    for (size_t i = 0; i < text.size(); i++) {
      newlines += text[i] == '\n' ? 1 : 0;
      if (is_special(text[i])) {
        expected.push_back(static_cast<uint32_t>(i));
      }
    }
    std::vector<uint32_t> found;
    size_t at = 0;
    while (at < text.size()) {
      const size_t before = at;
      std::vector<uint32_t> places(most + table::find_slack + 1, unwritten);
      const unsigned count = GetParam()->find(text.data(), text.size(), at, places.data(), most);
      ASSERT_EQ(places.back(), unwritten) << "beyond its room";
      ASSERT_TRUE(at > before && at % table::block_size == 0 && (count >= most || at == text.size()));
      found.insert(found.end(), places.begin(), places.begin() + count);
    }
    EXPECT_EQ(found, expected);
    EXPECT_EQ(GetParam()->count_newlines(text.data(), text.size()), newlines);
  }
};

}  // namespace

TEST_P(ScanFinder, FindsEachSpecialByteAtEachPlace) {
  for (unsigned byte = 0; byte < 256; byte++) {
    for (unsigned at = 0; at < table::block_size; at++) {
      std::string text(table::block_size, 'x');
      text[at] = static_cast<char>(byte);
      ASSERT_NO_FATAL_FAILURE(expect_all_found(text, 512)) << byte << " at " << at;
    }
  }
}

TEST_P(ScanFinder, FindsSpecialBytesNextToAnyNeighbour) {
  std::mt19937 random(1);
  for (int round = 0; round < 20000; round++) {
    std::string text((1 + random() % 3) * table::block_size, '\0');
    for (char &byte : text) {
      constexpr char few[] = {' ', '\n', '\\', '\0', '!', '\x0b', '\x01', '\x80', '\xa0', '\x8a'};
      byte = few[random() % sizeof few];
    }
    ASSERT_NO_FATAL_FAILURE(expect_all_found(text, 1 + random() % 100));
  }
}

TEST_P(ScanFinder, HasRoomForABlockOfNothingElse) {
  for (unsigned most = 1; most <= 130; most++) {
    ASSERT_NO_FATAL_FAILURE(expect_all_found(std::string(5 * table::block_size, '\n'), most));
  }
}

INSTANTIATE_TEST_SUITE_P(Each, ScanFinder, testing::ValuesIn(tests::all_finders()), tests::finder_name);

TEST(ScanFinders, AreTheOnesOfThisProcessor) {
  std::vector<std::string> expected = {"portable"};
#if defined(__SSE2__)
  expected.emplace_back("SSE2");
#elif defined(__aarch64__)
  expected.emplace_back("NEON");
#endif
#if defined(CPU_FEATURE_ACTIVE)
  // The processor itself is asked here, which the library does not do. What it has may be hidden from programs by GLIBC_TUNABLES.
  const char *const tunables = getenv("GLIBC_TUNABLES");
  const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                        __builtin_cpu_supports("popcnt") && strstr(tunables == nullptr ? "" : tunables, "hwcaps") == nullptr;
  if (has_avx2) {
    expected.emplace_back("AVX2");
  }
#endif
  std::vector<std::string> names;
  for (const table::Finder *finder : tests::all_finders()) {
    names.emplace_back(finder->name);
  }
  EXPECT_EQ(names, expected);
  EXPECT_EQ(&table::best_finder(), tests::all_finders().back());
}
