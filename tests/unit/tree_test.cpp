// SPDX-License-Identifier: MIT
// Unfolding: who is visible, and why not.
#include "tree/tree.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "unit/mount_text.hpp"

using mountplan::base::Failure;
using mountplan::base::Kind;
using mountplan::table::Memory;
using mountplan::test::mount_line;
using mountplan::test::Parsed;
using mountplan::tree::Node;
using mountplan::tree::none;
using mountplan::tree::Tree;

namespace {

struct Unfolded {
  explicit Unfolded(std::string_view text, const char *target = nullptr, uint64_t flags = 0) : parsed(text) {
    EXPECT_EQ(parsed.result, 0) << parsed.failure.detail;
    result = mountplan::tree::unfold(parsed.table, target, flags, tree, failure);
  }

  uint64_t id(const Node &node) const { return parsed.table.entries[node.mount].id; }
  std::vector<uint64_t> ids() const {
    std::vector<uint64_t> out;
    for (size_t i = 0; i < tree.count(); i++) {
      out.push_back(id(tree.nodes[i]));
    }
    return out;
  }
  std::vector<uint64_t> visible() const {
    std::vector<uint64_t> out;
    for (size_t i = 0; i < tree.count(); i++) {
      if (tree.nodes[i].covered == 0) {
        out.push_back(id(tree.nodes[i]));
      }
    }
    return out;
  }
  // Of the last node with this id.
  unsigned reason(uint64_t wanted) const {
    unsigned out = 99;
    for (size_t i = 0; i < tree.count(); i++) {
      out = id(tree.nodes[i]) == wanted ? tree.nodes[i].reason : out;
    }
    return out;
  }

  Parsed parsed;
  Memory memory;
  Tree tree{memory};
  Failure failure;
  int result;
};

using Ids = std::vector<uint64_t>;

std::string text_of(const std::vector<std::string> &lines) {
  std::string text;
  for (const std::string &line : lines) {
    text += line;
  }
  return text;
}

}  // namespace

TEST(Unfold, GivesNodesInPreOrderWithSiblingsInTableOrder) {
  Unfolded all(mount_line(1, 0, "/") + mount_line(2, 1, "/b") + mount_line(3, 1, "/a") + mount_line(4, 2, "/b/c"), "/");
  ASSERT_EQ(all.result, 0);
  EXPECT_EQ(all.ids(), (Ids{1, 2, 4, 3}));
  EXPECT_EQ(all.tree.nodes[0].first_child, 1u);
  EXPECT_EQ(all.tree.nodes[1].next_sibling, 3u);
  EXPECT_EQ(all.tree.nodes[1].first_child, 2u);
  EXPECT_EQ(all.tree.nodes[2].parent, 1u);
  EXPECT_EQ(all.tree.nodes[2].depth, 2u);
  EXPECT_EQ(all.tree.nodes[3].next_sibling, none);
  EXPECT_EQ(all.tree.nodes[0].parent, none);
}

TEST(Unfold, GivesTheSubtreeAtATargetWithItsOwnIndices) {
  Unfolded sub(mount_line(1, 0, "/") + mount_line(2, 1, "/b") + mount_line(3, 1, "/a") + mount_line(4, 3, "/a/c") +
                   mount_line(5, 3, "/a/d") + mount_line(6, 1, "/z"),
               "/a");
  ASSERT_EQ(sub.result, 0);
  EXPECT_EQ(sub.ids(), (Ids{3, 4, 5}));
  EXPECT_EQ(sub.tree.nodes[0].parent, none);
  EXPECT_EQ(sub.tree.nodes[0].next_sibling, none);
  EXPECT_EQ(sub.tree.nodes[0].first_child, 1u);
  EXPECT_EQ(sub.tree.nodes[1].parent, 0u);
  EXPECT_EQ(sub.tree.nodes[1].next_sibling, 2u);
  EXPECT_EQ(sub.tree.nodes[1].depth, 1u);
}

TEST(Unfold, CleansTheTarget) { EXPECT_EQ(Unfolded(mount_line(1, 0, "/") + mount_line(2, 1, "/a"), "//x/../a/./").ids(), (Ids{2})); }

TEST(Unfold, DoesNotDependOnTheOrderOfLines) {
  std::vector<std::string> lines = {mount_line(1, 0, "/"), mount_line(2, 1, "/a"), mount_line(3, 2, "/a"), mount_line(4, 3, "/a/b"),
                                    mount_line(5, 1, "/ab")};
  std::sort(lines.begin(), lines.end());
  do {
    Unfolded unfolded(text_of(lines), "/");
    ASSERT_EQ(unfolded.result, 0);
    Ids visible = unfolded.visible();
    std::sort(visible.begin(), visible.end());
    ASSERT_EQ(visible, (Ids{1, 3, 4, 5}));
    ASSERT_EQ(unfolded.reason(2), unsigned{MPLAN_NODE_STACKED});
  } while (std::next_permutation(lines.begin(), lines.end()));
}

TEST(Unfold, TellsSiblingsApartByComponentInEveryOrder) {
  std::vector<std::string> paths = {"/m/a", "/m/ab", "/m/a b", "/m/a-b", "/m/a!"};
  std::sort(paths.begin(), paths.end());
  do {
    std::string text = mount_line(1, 0, "/");
    for (size_t i = 0; i < paths.size(); i++) {
      std::string escaped = paths[i];
      if (const size_t space = escaped.find(' '); space != std::string::npos) {
        escaped.replace(space, 1, "\\040");
      }
      text += mount_line(10 + i, 1, escaped);
    }
    ASSERT_EQ(Unfolded(text).visible().size(), 6u);
  } while (std::next_permutation(paths.begin(), paths.end()));
}

TEST(Unfold, CoversWhatLiesUnderASiblingInEveryOrder) {
  std::vector<std::string> lines = {mount_line(2, 1, "/m/a"), mount_line(3, 1, "/m/a/b"), mount_line(4, 1, "/m/a-c"),
                                    mount_line(5, 1, "/m/a/b/c"), mount_line(6, 1, "/m/a.d/x")};
  std::sort(lines.begin(), lines.end());
  do {
    Unfolded unfolded(mount_line(1, 0, "/") + text_of(lines));
    ASSERT_EQ(unfolded.reason(2), unsigned{MPLAN_NODE_VISIBLE});
    ASSERT_EQ(unfolded.reason(3), unsigned{MPLAN_NODE_UNDER_SIBLING});
    ASSERT_EQ(unfolded.reason(4), unsigned{MPLAN_NODE_VISIBLE});
    ASSERT_EQ(unfolded.reason(5), unsigned{MPLAN_NODE_UNDER_SIBLING});
    ASSERT_EQ(unfolded.reason(6), unsigned{MPLAN_NODE_VISIBLE});
  } while (std::next_permutation(lines.begin(), lines.end()));
}

TEST(Unfold, TakesTheTopOfAStackFromParentLinksNotFromTheLastLine) {
  // Given a mount placed beneath: the newest id is at the bottom.
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(2, 9, "/a") + mount_line(3, 2, "/a/b") + mount_line(9, 1, "/a"), "/a");
  EXPECT_EQ(unfolded.ids(), (Ids{2, 3}));
  EXPECT_EQ(unfolded.visible(), (Ids{2, 3}));
}

TEST(Unfold, HidesOtherChildrenOfAStackedMount) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 2, "/a/x") + mount_line(4, 3, "/a/x/y") +
                    mount_line(5, 2, "/a"));
  EXPECT_EQ(unfolded.visible(), (Ids{1, 5}));
  EXPECT_EQ(unfolded.reason(2), unsigned{MPLAN_NODE_STACKED});
  EXPECT_EQ(unfolded.reason(3), unsigned{MPLAN_NODE_UNDER_SIBLING});
  EXPECT_EQ(unfolded.reason(4), unsigned{MPLAN_NODE_INHERITED});
}

TEST(Unfold, LetsTheLaterOfTwoSiblingsAtOnePathWin) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(3, 1, "/a") + mount_line(2, 1, "/a"), "/a");
  EXPECT_EQ(unfolded.ids(), (Ids{2}));
}

TEST(Unfold, FollowsTheRootOfAnInitramfsThatIsItsOwnParent) {
  Unfolded unfolded(mount_line(1, 1, "/") + mount_line(28, 1, "/") + mount_line(29, 28, "/proc") + mount_line(30, 1, "/old"), "/");
  EXPECT_EQ(unfolded.ids(), (Ids{28, 29}));
  Unfolded all(mount_line(1, 1, "/") + mount_line(28, 1, "/") + mount_line(29, 28, "/proc") + mount_line(30, 1, "/old"));
  EXPECT_EQ(all.ids(), (Ids{1, 28, 29, 30}));
  EXPECT_EQ(all.visible(), (Ids{28, 29}));
}

TEST(Unfold, GivesAForestForATableOfOrphans) {
  Unfolded unfolded(mount_line(5, 2, "/a") + mount_line(6, 3, "/b") + mount_line(7, 5, "/a/c"));
  EXPECT_EQ(unfolded.ids(), (Ids{5, 7, 6}));
  EXPECT_EQ(unfolded.visible(), (Ids{5, 7, 6}));
  EXPECT_EQ(unfolded.reason(5), unsigned{MPLAN_NODE_ORPHAN});
  EXPECT_EQ(unfolded.reason(7), unsigned{MPLAN_NODE_VISIBLE});
  EXPECT_EQ(unfolded.tree.nodes[0].next_sibling, 2u);
  EXPECT_EQ(unfolded.tree.nodes[2].depth, 0u);
}

TEST(Unfold, CoversOrphansThatShareAMissingParent) {
  Unfolded unfolded(mount_line(5, 2, "/a/b") + mount_line(6, 2, "/a") + mount_line(7, 3, "/a/c"));
  EXPECT_EQ(unfolded.visible(), (Ids{6, 7}));
  EXPECT_EQ(unfolded.reason(5), unsigned{MPLAN_NODE_UNDER_SIBLING});
}

TEST(Unfold, TakesTheRootOfANamespaceForNoOrphan) { EXPECT_EQ(Unfolded(mount_line(28, 1, "/")).reason(28), unsigned{MPLAN_NODE_VISIBLE}); }

TEST(Unfold, BreaksACycleOfParentsAtItsFirstLine) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(7, 6, "/d") + mount_line(4, 6, "/a") + mount_line(5, 4, "/b") +
                    mount_line(6, 5, "/c"));
  EXPECT_EQ(unfolded.ids(), (Ids{1, 4, 5, 6, 7}));
  EXPECT_EQ(unfolded.reason(4), unsigned{MPLAN_NODE_ORPHAN});
}

TEST(Unfold, KeepsEarlierLinesOfAnIdAsDuplicates) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(2, 1, "/old") + mount_line(3, 2, "/new/c") + mount_line(2, 1, "/new"));
  EXPECT_EQ(unfolded.ids(), (Ids{1, 2, 2, 3}));
  EXPECT_EQ(unfolded.tree.nodes[1].reason, MPLAN_NODE_DUPLICATE);
  EXPECT_EQ(unfolded.tree.nodes[1].covered, 1);
  EXPECT_EQ(unfolded.tree.nodes[2].reason, MPLAN_NODE_VISIBLE);
  EXPECT_EQ(unfolded.tree.nodes[3].parent, 2u);
}

TEST(Unfold, LetsDuplicatesCoverNothing) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 1, "/a/b") + mount_line(2, 1, "/c"));
  EXPECT_EQ(unfolded.visible(), (Ids{1, 3, 2}));
}

TEST(Unfold, ComparesPathsAsTheKernelWroteThem) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a//deleted") + mount_line(3, 1, "/b");
  EXPECT_EQ(Unfolded(text).visible(), (Ids{1, 2, 3}));
  EXPECT_EQ(Unfolded(text, "/a/deleted").result, -ESTALE);
}

TEST(UnfoldTarget, ThatNeverAppearedIsStale) {
  Unfolded unfolded(mount_line(1, 0, "/"), "/nowhere/");
  EXPECT_EQ(unfolded.result, -ESTALE);
  EXPECT_EQ(unfolded.failure.kind, Kind::state);
  EXPECT_STREQ(unfolded.failure.detail, "mount point /nowhere never appeared in mountinfo");
}

TEST(UnfoldTarget, ThatASiblingHidesNamesTheSibling) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(2, 1, "/a/b") + mount_line(3, 2, "/a/b/c") + mount_line(4, 1, "/a"), "/a/b/c");
  EXPECT_EQ(unfolded.result, -ESTALE);
  EXPECT_EQ(unfolded.failure.kind, Kind::state);
  EXPECT_STREQ(unfolded.failure.detail, "/a/b/c is not a mount point, covered by mount 4 at /a");
}

TEST(UnfoldTarget, ThatASiblingOnAStackHidesNamesIt) {
  Unfolded unfolded(mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 2, "/a/b") + mount_line(4, 2, "/a"), "/a/b");
  EXPECT_STREQ(unfolded.failure.detail, "/a/b is not a mount point, covered by mount 4 at /a");
}

TEST(UnfoldTarget, ThatIsNotAbsoluteIsRefused) {
  EXPECT_EQ(Unfolded(mount_line(1, 0, "/"), "a").result, -EINVAL);
  EXPECT_EQ(Unfolded(mount_line(1, 0, "/"), "").result, -EINVAL);
}

TEST(UnfoldTarget, WithAnUnknownFlagIsRefused) {
  Unfolded unfolded(mount_line(1, 0, "/"), "/", 6);
  EXPECT_EQ(unfolded.result, -EINVAL);
  EXPECT_STREQ(unfolded.failure.detail, "unknown flag 0x6");
}

TEST(UnfoldOwner, IsTheVisibleMountThePathLiesOn) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 2, "/a/b") + mount_line(4, 2, "/a");
  EXPECT_EQ(Unfolded(text, "/a/b/c", MPLAN_UNFOLD_OWNER).ids(), (Ids{4}));
  EXPECT_EQ(Unfolded(text, "/a/b", MPLAN_UNFOLD_OWNER).ids(), (Ids{4}));
  EXPECT_EQ(Unfolded(text, "/ab", MPLAN_UNFOLD_OWNER).ids(), (Ids{1, 2, 3, 4}));
  EXPECT_EQ(Unfolded(text, "/a", MPLAN_UNFOLD_OWNER).ids(), (Ids{4}));
}

TEST(UnfoldOwner, IsStaleWhereNoMountLeadsThere) { EXPECT_EQ(Unfolded(mount_line(5, 2, "/a"), "/b", MPLAN_UNFOLD_OWNER).result, -ESTALE); }

TEST(Unfold, OfAnEmptyTableIsEmpty) {
  EXPECT_EQ(Unfolded("").ids(), Ids{});
  EXPECT_EQ(Unfolded("", "/").result, -ESTALE);
}

namespace {

std::vector<std::pair<uint64_t, unsigned>> below_mount(std::string_view text, uint64_t id) {
  Parsed parsed(text);
  Memory memory;
  Tree tree(memory);
  Failure failure;
  std::vector<std::pair<uint64_t, unsigned>> out;
  if (mountplan::tree::unfold_mount(parsed.table, id, tree, failure) < 0) {
    EXPECT_EQ(failure.error, ESTALE);
    return out;
  }
  for (size_t i = 0; i < tree.count(); i++) {
    out.emplace_back(parsed.table.entries[tree.nodes[i].mount].id, tree.nodes[i].reason);
  }
  return out;
}

using Reasons = std::vector<std::pair<uint64_t, unsigned>>;

}  // namespace

TEST(UnfoldMount, GivesWhatIsBelowAMountById) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 2, "/a/b") + mount_line(4, 2, "/a/b/c");
  EXPECT_EQ(below_mount(text, 2), (Reasons{{2, MPLAN_NODE_VISIBLE}, {3, MPLAN_NODE_VISIBLE}, {4, MPLAN_NODE_UNDER_SIBLING}}));
}

TEST(UnfoldMount, SeesWhatIsVisibleFromAMountThatItselfIsHidden) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a/b") + mount_line(3, 2, "/a/b/c") + mount_line(4, 1, "/a");
  EXPECT_EQ(below_mount(text, 2), (Reasons{{2, MPLAN_NODE_VISIBLE}, {3, MPLAN_NODE_VISIBLE}}));
}

TEST(UnfoldMount, SaysThatAMountSitsOnIt) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 2, "/a");
  EXPECT_EQ(below_mount(text, 2), (Reasons{{2, MPLAN_NODE_STACKED}, {3, MPLAN_NODE_VISIBLE}}));
}

TEST(UnfoldMount, IsStaleForAnUnknownId) { EXPECT_EQ(below_mount(mount_line(1, 0, "/"), 2), Reasons{}); }

TEST(TreeHandle, KeepsItsTableAlive) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a");
  mplan_table *table = nullptr;
  mplan_tree *tree = nullptr;
  ASSERT_EQ(mplan_table_parse(text.data(), text.size(), 0, &table, nullptr), 0);
  ASSERT_EQ(mplan_tree_unfold(table, "/a", 0, &tree, nullptr), 0);
  mplan_table_unref(table);
  struct mplan_node node;
  ASSERT_EQ(mplan_tree_get(tree, 0, &node, sizeof node), 0);
  struct mplan_mount mount;
  ASSERT_EQ(mplan_table_get(mplan_tree_table(tree), node.mount, &mount, sizeof mount), 0);
  EXPECT_STREQ(mount.mount_point, "/a");
  EXPECT_EQ(node.parent, -1);
  EXPECT_EQ(node.first_child, -1);
  EXPECT_EQ(mplan_tree_get(tree, 1, &node, sizeof node), -ERANGE);
  mplan_tree_free(tree);
}

TEST(TreeHandle, ReportsAStaleTarget) {
  const std::string text = mount_line(1, 0, "/");
  mplan_table *table = nullptr;
  mplan_tree *tree = nullptr;
  mplan_error *error = nullptr;
  ASSERT_EQ(mplan_table_parse(text.data(), text.size(), 0, &table, nullptr), 0);
  EXPECT_EQ(mplan_tree_unfold(table, "/x", 0, &tree, &error), -ESTALE);
  EXPECT_EQ(tree, nullptr);
  EXPECT_EQ(mplan_error_kind(error), MPLAN_ERROR_STATE);
  mplan_error_free(error);
  mplan_table_unref(table);
}
