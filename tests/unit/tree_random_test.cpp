// SPDX-License-Identifier: MIT
// Random small tables, unfolded by the library and by the reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <random>

#include "tree/tree.hpp"
#include "unit/mount_text.hpp"
#include "unit/reference.hpp"

using mountplan::base::Failure;
using mountplan::table::Memory;
using mountplan::test::Mount;
using mountplan::test::mount_line;
using mountplan::test::Parsed;
using mountplan::test::Reference;
using mountplan::test::ReferenceNode;
using mountplan::tree::none;
using mountplan::tree::Tree;

namespace {

const char *const paths[] = {"/",      "/a",          "/a/b", "/ab",          "/a/b/c",          "/a-b",
                             "/a/b-c", "/a//deleted", "/b",   "/b/abcdefghi", "/b/abcdefghij/k", "/b/abcdefghi/k"};
constexpr size_t path_count = sizeof paths / sizeof paths[0];

class Generator {
 public:
  explicit Generator(unsigned seed) : random_(seed) {}

  size_t below(size_t limit) { return random_() % limit; }

  // Mounts as a kernel would make them (parents exist, paths lie beneath the parent's), then spoilt at will, then shuffled.
  std::vector<Mount> table() {
    const size_t count = 1 + below(12);
    const uint64_t scale = below(4) == 0 ? 1000003 * uint64_t{1000003} : 1;
    std::vector<Mount> mounts;
    for (size_t i = 0; i < count; i++) {
      const Mount *parent = mounts.empty() ? nullptr : &mounts[below(mounts.size())];
      mounts.push_back({(10 + i) * scale, parent == nullptr ? 10 * scale * below(2) : parent->id, path_beneath(parent)});
    }
    for (size_t spoil = below(4); spoil > 0; spoil--) {
      Mount &mount = mounts[below(count)];
      switch (below(4)) {
        case 0:
          mount.parent_id = (10 + below(count)) * scale;
          break;
        case 1:
          mount.parent_id = 100 + below(2);
          break;
        case 2:
          mount.id = (10 + below(count)) * scale;
          break;
        default:
          mount.path = paths[below(path_count)];
          break;
      }
    }
    if (below(2) == 0) {
      std::shuffle(mounts.begin(), mounts.end(), random_);
    }
    return mounts;
  }

 private:
  std::string path_beneath(const Mount *parent) {
    if (parent == nullptr) {
      return "/";
    }
    for (;;) {
      const std::string path = paths[below(path_count)];
      if (path == parent->path || path.starts_with(parent->path == "/" ? "/" : parent->path + "/")) {
        return path;
      }
    }
  }

  std::mt19937 random_;
};

std::string text_of(const std::vector<Mount> &mounts) {
  std::string text;
  for (const Mount &mount : mounts) {
    text += mount_line(mount.id, mount.parent_id, mount.path);
  }
  return text;
}

std::vector<ReferenceNode> nodes_of(const Tree &tree) {
  constexpr const char *reasons[] = {"visible", "stacked", "under sibling", "orphan", "duplicate", "inherited"};
  std::vector<ReferenceNode> out;
  for (size_t i = 0; i < tree.count(); i++) {
    const mountplan::tree::Node &node = tree.nodes[i];
    out.push_back({node.mount, node.depth, reasons[node.reason], node.covered != 0});
  }
  return out;
}

// The links say the same as order and depth.
void expect_consistent_links(const Tree &tree) {
  for (uint32_t i = 0; i < tree.count(); i++) {
    const mountplan::tree::Node &node = tree.nodes[i];
    ASSERT_EQ(node.parent == none, node.depth == 0);
    const bool has_child = i + 1 < tree.count() && tree.nodes[i + 1].depth == node.depth + 1;
    ASSERT_EQ(node.first_child, has_child ? i + 1 : none);
    ASSERT_TRUE(!has_child || tree.nodes[i + 1].parent == i);
    uint32_t next = i + 1;
    while (next < tree.count() && tree.nodes[next].depth > node.depth) {
      next++;
    }
    const bool has_sibling = next < tree.count() && tree.nodes[next].depth == node.depth;
    ASSERT_EQ(node.next_sibling, has_sibling ? next : none);
    ASSERT_TRUE(!has_sibling || tree.nodes[next].parent == node.parent);
  }
}

}  // namespace

TEST(Random, ForestsAreThoseOfTheReference) {
  Generator generator(20260101);
  for (int round = 0; round < 8000; round++) {
    const std::vector<Mount> mounts = generator.table();
    const std::string text = text_of(mounts);
    Parsed parsed(text);
    ASSERT_EQ(parsed.result, 0);
    Memory memory;
    Tree tree(memory);
    ASSERT_EQ(mountplan::tree::unfold(parsed.table, nullptr, 0, tree, parsed.failure), 0);
    ASSERT_TRUE(nodes_of(tree) == Reference(mounts).forest()) << text;
    ASSERT_NO_FATAL_FAILURE(expect_consistent_links(tree)) << text;
  }
}

TEST(Random, SubtreesAreThoseOfTheReference) {
  Generator generator(20260102);
  for (int round = 0; round < 8000; round++) {
    const std::vector<Mount> mounts = generator.table();
    const std::string text = text_of(mounts);
    const std::string target = paths[generator.below(7)];
    const bool owner = generator.below(2) == 0;
    Parsed parsed(text);
    Memory memory;
    Tree tree(memory);
    Failure failure;
    const int result = mountplan::tree::unfold(parsed.table, target.c_str(), owner ? MPLAN_UNFOLD_OWNER : 0, tree, failure);
    const Reference reference(mounts);
    const auto expected = reference.below(target, owner);
    ASSERT_EQ(result, expected ? 0 : -ESTALE) << target << "\n" << text;
    if (expected) {
      ASSERT_TRUE(nodes_of(tree) == *expected) << target << "\n" << text;
      ASSERT_NO_FATAL_FAILURE(expect_consistent_links(tree)) << text;
    } else {
      const bool covered = std::string_view(failure.detail).find("covered by mount ") != std::string_view::npos;
      ASSERT_EQ(covered, reference.mentions(target)) << failure.detail << "\n" << text;
      ASSERT_FALSE(covered && std::string_view(failure.detail).ends_with("mount ")) << text;
    }
  }
}
