// SPDX-License-Identifier: MIT
// Shapes that break slow or recursive code. What is compared is the processor time of this thread for a table and for one of a part of its
// size, so that neither the machine nor who else uses it matters: it may grow with the bytes, by a factor that caches and sorting explain,
// and not with their square.
#include <gtest/gtest.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <random>

#include "tree/tree.hpp"
#include "unit/mount_text.hpp"

using mountplan::table::Memory;
using mountplan::test::mount_line;
using mountplan::test::Parsed;
using mountplan::tree::Tree;

namespace {

constexpr unsigned many = 100000;
constexpr unsigned part = 32;
// A square would be past it by far. What ThreadSanitizer notes of each access fills the caches sooner.
#if defined(__SANITIZE_THREAD__)
constexpr double leeway = 40;
#else
constexpr double leeway = 12;
#endif

// Line i of a table of `count`; line 1 is the root.
using Line = std::function<std::string(unsigned i, unsigned count)>;

std::string text_of(unsigned count, const Line &line) {
  std::string text = mount_line(1, 0, "/");
  for (unsigned i = 2; i <= count; i++) {
    text += line(i, count);
  }
  return text;
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

struct Unfolded {
  size_t visible = 0;
  double seconds = 0;
};

Unfolded unfold(std::string_view text) {
  Parsed parsed(text);
  EXPECT_EQ(parsed.result, 0) << parsed.failure.detail;
  Memory memory;
  Tree tree(memory);
  double start = processor_seconds();
  EXPECT_EQ(mountplan::tree::unfold(parsed.table, nullptr, 0, tree, parsed.failure), 0);
  Unfolded out{.seconds = processor_seconds() - start};
  EXPECT_EQ(tree.count(), parsed.table.count());
  for (size_t i = 0; i < tree.count(); i++) {
    out.visible += tree.nodes[i].covered == 0 ? 1 : 0;
  }
  return out;
}

// Unfolds, expects that the time grows with the text, and returns the number of visible mounts.
size_t visible(unsigned count, const Line &line) {
  std::string small = text_of(count / part, line);
  std::string large = text_of(count, line);
  double small_seconds = unfold(small).seconds;
  for (int i = 0; i < 4; i++) {  // it is so short that the first is the time of filling caches
    small_seconds = std::min(small_seconds, unfold(small).seconds);
  }
  Unfolded out = unfold(large);
  EXPECT_LT(out.seconds / small_seconds, leeway * static_cast<double>(large.size()) / static_cast<double>(small.size()))
      << out.seconds << " s for " << large.size() << " bytes, " << small_seconds << " s for " << small.size();
  return out.visible;
}

std::string repeat(std::string_view piece, unsigned times) {
  std::string out;
  for (unsigned i = 0; i < times; i++) {
    out += piece;
  }
  return out;
}

}  // namespace

TEST(Shape, ManySiblingsAtDifferentPaths) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned) { return mount_line(i, 1, "/run/sandbox/" + std::to_string(i)); }), many);
}

TEST(Shape, ManySiblingsWithLongCommonNames) {
  const std::string common = "/var/lib/containers/storage/overlay/";
  EXPECT_EQ(
      visible(many, [&](unsigned i, unsigned) { return mount_line(i, 1, common + std::to_string(i % 300) + "/" + std::to_string(i)); }),
      many);
}

TEST(Shape, ManySiblingsBeneathEachOther) {
  EXPECT_EQ(visible(2000, [](unsigned i, unsigned) { return mount_line(i, 1, repeat("/d", i - 1)); }), 2u);
}

TEST(Shape, ManySiblingsThatAreStringPrefixesOfEachOther) {
  EXPECT_EQ(visible(2000, [](unsigned i, unsigned) { return mount_line(i, 1, "/" + repeat("d", i - 1)); }), 2000u);
}

TEST(Shape, ADeepChain) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned) { return mount_line(i, i - 1, "/" + std::to_string(i)); }), many);
}

TEST(Shape, ADeepChainListedFromTheEnd) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned count) { return mount_line(i, i == count ? 1 : i + 1, "/" + std::to_string(i)); }), many);
}

TEST(Shape, ATallStackAtOnePath) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned) { return mount_line(i, i - 1, "/a"); }), 2u);
}

TEST(Shape, ManySiblingsAtOnePath) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned) { return mount_line(i, 1, "/a"); }), 2u);
}

TEST(Shape, ALongCycle) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned count) { return mount_line(i, i == count ? 2 : i + 1, "/" + std::to_string(i)); }), many);
}

TEST(Shape, OrphansOnly) {
  EXPECT_EQ(visible(many, [](unsigned i, unsigned) { return mount_line(i, 2 * many + i, "/" + std::to_string(i)); }), many);
}

TEST(Shape, AMillionLinesOfOneId) {
  EXPECT_EQ(visible(1000000, [](unsigned, unsigned) { return mount_line(2, 1, "/a"); }), 2u);
}

TEST(Shape, ShuffledLinesWithIdsFarApart) {
  std::vector<unsigned> order(many + 1);
  auto shuffled = [&](unsigned i, unsigned count) {
    if (i == 2) {
      for (unsigned at = 2; at <= count; at++) {
        order[at] = at;
      }
      std::shuffle(order.begin() + 2, order.begin() + count + 1, std::mt19937(1));
    }
    uint64_t id = order[i];
    return mount_line(id << 32, id == 2 ? 1 : (id / 2) << 32, "/" + std::to_string(id));
  };
  EXPECT_EQ(visible(many, shuffled), many);
}
