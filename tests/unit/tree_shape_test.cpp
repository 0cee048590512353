// SPDX-License-Identifier: MIT
// Shapes that break slow or recursive code. The bounds on time are loose: a quadratic walk would take minutes.
#include <gtest/gtest.h>

#include <chrono>
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

std::string text_of(unsigned count, const std::function<std::string(unsigned)> &line) {
  std::string text = mount_line(1, 0, "/");
  for (unsigned i = 2; i <= count; i++) {
    text += line(i);
  }
  return text;
}

// Unfolds, and returns the number of visible mounts.
size_t visible(std::string_view text) {
  Parsed parsed(text);
  EXPECT_EQ(parsed.result, 0) << parsed.failure.detail;
  Memory memory;
  Tree tree(memory);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(mountplan::tree::unfold(parsed.table, nullptr, 0, tree, parsed.failure), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
  EXPECT_EQ(tree.count(), parsed.table.count());
  size_t count = 0;
  for (size_t i = 0; i < tree.count(); i++) {
    count += tree.nodes[i].covered == 0 ? 1 : 0;
  }
  return count;
}

}  // namespace

TEST(Shape, ManySiblingsAtDifferentPaths) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, 1, "/run/sandbox/" + std::to_string(i)); })), many);
}

TEST(Shape, ManySiblingsWithLongCommonNames) {
  const std::string common = "/var/lib/containers/storage/overlay/";
  EXPECT_EQ(
      visible(text_of(many, [&](unsigned i) { return mount_line(i, 1, common + std::to_string(i % 300) + "/" + std::to_string(i)); })),
      many);
}

TEST(Shape, ManySiblingsBeneathEachOther) {
  std::string path;
  EXPECT_EQ(visible(text_of(2000, [&](unsigned i) { return mount_line(i, 1, path += "/d"); })), 2u);
}

TEST(Shape, ManySiblingsThatAreStringPrefixesOfEachOther) {
  std::string path = "/";
  EXPECT_EQ(visible(text_of(2000, [&](unsigned i) { return mount_line(i, 1, path += "d"); })), 2000u);
}

TEST(Shape, ADeepChain) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, i - 1, "/" + std::to_string(i)); })), many);
}

TEST(Shape, ADeepChainListedFromTheEnd) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, i == many ? 1 : i + 1, "/" + std::to_string(i)); })), many);
}

TEST(Shape, ATallStackAtOnePath) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, i - 1, "/a"); })), 2u);
}

TEST(Shape, ManySiblingsAtOnePath) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, 1, "/a"); })), 2u);
}

TEST(Shape, ALongCycle) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, i == many ? 2 : i + 1, "/" + std::to_string(i)); })), many);
}

TEST(Shape, OrphansOnly) {
  EXPECT_EQ(visible(text_of(many, [](unsigned i) { return mount_line(i, 2 * many + i, "/" + std::to_string(i)); })), many);
}

TEST(Shape, AMillionLinesOfOneId) {
  EXPECT_EQ(visible(text_of(1000000, [](unsigned) { return mount_line(2, 1, "/a"); })), 2u);
}

TEST(Shape, ShuffledLinesWithIdsFarApart) {
  std::vector<std::string> lines;
  for (uint64_t i = 2; i <= many; i++) {
    lines.push_back(mount_line(i << 32, i == 2 ? 1 : (i / 2) << 32, "/" + std::to_string(i)));
  }
  std::shuffle(lines.begin(), lines.end(), std::mt19937(1));
  std::string text = mount_line(1, 0, "/");
  for (const std::string &line : lines) {
    text += line;
  }
  EXPECT_EQ(visible(text), many);
}
