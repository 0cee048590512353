// SPDX-License-Identifier: MIT
// From links and marks to nodes in pre-order, and from the whole forest to the part that was asked for.
#include <cerrno>
#include <cstring>

#include "base/writer.hpp"
#include "path/clean.hpp"
#include "tree/cover.hpp"
#include "tree/links.hpp"
#include "tree/tree.hpp"

namespace mountplan::tree {

namespace {

// What a node is, given whether its parent's mount point can be reached. A mount on its parent's root is reached there even
// though the parent itself is hidden by it; any other child of such a parent is under that sibling.
void settle(const table::Table &table, Node &node, bool parent_reachable) {
  const bool live = (node.marks & mark_duplicate) == 0;
  node.reachable = live && parent_reachable && (node.marks & mark_under_sibling) == 0;
  node.covered = node.reachable == 0 || (node.marks & mark_stacked) != 0;
  if (!live) {
    node.reason = MPLAN_NODE_DUPLICATE;
  } else if ((node.marks & mark_under_sibling) != 0) {
    node.reason = MPLAN_NODE_UNDER_SIBLING;
  } else if ((node.marks & mark_stacked) != 0) {
    node.reason = MPLAN_NODE_STACKED;
  } else if (node.reachable == 0) {
    node.reason = MPLAN_NODE_INHERITED;
  } else if ((node.marks & mark_cycle) != 0 || ((node.marks & mark_missing_parent) != 0 && table.mount_point(node.mount) != "/")) {
    // The parent of a namespace's root is never listed; that makes no orphan of it.
    node.reason = MPLAN_NODE_ORPHAN;
  } else {
    node.reason = MPLAN_NODE_VISIBLE;
  }
}

// Writes one node per entry. A step goes to the first child, or to the next sibling of the nearest node above that has one.
void walk(const table::Table &table, const Links &links, table::Array<Node> &nodes) {
  uint32_t entry = links.first_root;
  uint32_t parent = none;
  uint32_t count = 0;
  while (entry != none) {
    const uint32_t at = count++;
    Node &node = nodes[at];
    node = Node{entry, parent, none, none, parent == none ? 0 : nodes[parent].depth + 1, 0, 0, 0, links.marks[entry]};
    settle(table, node, parent == none || nodes[parent].reachable != 0);
    if (links.first_child[entry] != none) {
      node.first_child = count;
      parent = at;
      entry = links.first_child[entry];
      continue;
    }
    uint32_t last = at;
    while (last != none && links.next[nodes[last].mount] == none) {
      last = nodes[last].parent;
    }
    if (last == none) {
      break;
    }
    nodes[last].next_sibling = count;
    parent = nodes[last].parent;
    entry = links.next[nodes[last].mount];
  }
}

int forest(const table::Table &table, Tree &tree, base::Failure &failure) {
  // The nodes stay, so they come first; what is needed only here goes back to the memory in reverse order.
  if (!tree.nodes.resize(table.count())) {
    return base::fail_memory(failure);
  }
  Links links(tree.nodes.memory());
  if (!link(table, links) || !mark_covered(table, links)) {
    return base::fail_memory(failure);
  }
  walk(table, links, tree.nodes);
  return 0;
}

// Keeps the subtree at node `top`, which is a range.
void keep_subtree(Tree &tree, uint32_t top) {
  const auto total = static_cast<uint32_t>(tree.count());
  uint32_t end = top + 1;
  while (end < total && tree.nodes[end].depth > tree.nodes[top].depth) {
    end++;
  }
  const uint32_t depth = tree.nodes[top].depth;
  for (uint32_t i = top; i < end; i++) {
    Node node = tree.nodes[i];
    node.parent = i == top ? none : node.parent - top;
    node.next_sibling = i == top || node.next_sibling == none ? none : node.next_sibling - top;
    node.first_child = node.first_child == none ? none : node.first_child - top;
    node.depth -= depth;
    tree.nodes[i - top] = node;
  }
  tree.nodes.shrink(end - top);
}

int fail_stale(base::Failure &failure) {
  failure.kind = base::Kind::state;
  failure.error = ESTALE;
  return -ESTALE;
}

int fail_missing(base::Failure &failure, std::string_view target) {
  base::Writer(failure.detail, sizeof failure.detail).text("mount point ").text(target).text(" never appeared in mountinfo");
  return fail_stale(failure);
}

// The node that hides `node`: on its root, or a sibling of it or of a mount above.
uint32_t covering(const table::Table &table, const Tree &tree, uint32_t node) {
  while (tree.nodes[node].reachable == 0 && (tree.nodes[node].marks & mark_under_sibling) == 0) {
    node = tree.nodes[node].parent;
  }
  const Node &hidden = tree.nodes[node];
  const bool stacked = hidden.reachable != 0;
  const std::string_view path = table.mount_point(hidden.mount);
  for (uint32_t i = 0; i < tree.count(); i++) {
    const Node &other = tree.nodes[i];
    if ((other.marks & (mark_duplicate | mark_under_sibling)) != 0 || i == node) {
      continue;
    }
    if (stacked ? other.parent == node && table.mount_point(other.mount) == path
                : other.parent == hidden.parent && table.entries[other.mount].parent_id == table.entries[hidden.mount].parent_id &&
                      hides(table, other.mount, hidden.mount)) {
      return i;
    }
  }
  return none;
}

int fail_covered(const table::Table &table, const Tree &tree, uint32_t node, std::string_view target, base::Failure &failure) {
  base::Writer detail(failure.detail, sizeof failure.detail);
  detail.text(target).text(" is not a mount point, covered by mount ");
  const uint32_t by = covering(table, tree, node);
  if (by != none) {
    detail.unsigned_number(table.entries[tree.nodes[by].mount].id).text(" at ").text(table.mount_point(tree.nodes[by].mount));
  }
  return fail_stale(failure);
}

// The visible mount at `target`; with `owner` the visible one with the longest path that leads there. Of several, which only a
// table without common root has, the later line. `hidden` is a mount at the target that is not visible.
uint32_t select(const table::Table &table, const Tree &tree, std::string_view target, bool owner, uint32_t &hidden) {
  uint32_t found = none;
  hidden = none;
  for (uint32_t i = 0; i < tree.count(); i++) {
    const Node &node = tree.nodes[i];
    const std::string_view path = table.mount_point(node.mount);
    if (path.size() > target.size() || (!owner && path.size() != target.size()) || !path::has_prefix(target, path)) {
      continue;
    }
    if (node.covered != 0) {
      if (path.size() == target.size() && node.reason != MPLAN_NODE_DUPLICATE) {
        hidden = i;
      }
      continue;
    }
    const Node *best = found == none ? nullptr : &tree.nodes[found];
    const size_t best_size = best == nullptr ? 0 : table.mount_point(best->mount).size();
    if (best == nullptr || path.size() > best_size || (path.size() == best_size && node.mount > best->mount)) {
      found = i;
    }
  }
  return found;
}

// The top of the forest's part that `target` asks for, or -errno.
int64_t find_target(const table::Table &table, const Tree &tree, const char *target, bool owner, base::Failure &failure) {
  const size_t size = strlen(target);
  table::Array<char> clean(tree.nodes.memory());  // on top of the nodes, gone before they shrink
  if (!clean.resize(size + 2)) {
    return base::fail_memory(failure);
  }
  const std::string_view path(clean.data(), path::clean(std::string_view(target, size), clean.data()));
  uint32_t hidden;
  const uint32_t top = select(table, tree, path, owner, hidden);
  if (top == none) {
    return hidden == none ? fail_missing(failure, path) : fail_covered(table, tree, hidden, path, failure);
  }
  return top;
}

}  // namespace

int unfold(const table::Table &table, const char *target, uint64_t flags, Tree &tree, base::Failure &failure) {
  if ((flags & ~uint64_t{MPLAN_UNFOLD_OWNER}) != 0) {
    base::Writer(failure.detail, sizeof failure.detail).text("unknown flag ").hex(flags & ~uint64_t{MPLAN_UNFOLD_OWNER});
    failure.kind = base::Kind::argument;
    failure.error = EINVAL;
    return -EINVAL;
  }
  if (target != nullptr && target[0] != '/') {
    return base::fail_argument(failure, EINVAL, "target must be an absolute path");
  }
  if (int result = forest(table, tree, failure); result < 0 || target == nullptr) {
    return result;
  }
  const int64_t top = find_target(table, tree, target, (flags & MPLAN_UNFOLD_OWNER) != 0, failure);
  if (top < 0) {
    return static_cast<int>(top);
  }
  keep_subtree(tree, static_cast<uint32_t>(top));
  return 0;
}

int unfold_mount(const table::Table &table, uint64_t id, Tree &tree, base::Failure &failure) {
  if (int result = forest(table, tree, failure); result < 0) {
    return result;
  }
  const uint32_t entry = table.find(id);
  uint32_t top = 0;
  while (top < tree.count() && tree.nodes[top].mount != entry) {
    top++;
  }
  if (entry == none || top == tree.count()) {
    base::Writer(failure.detail, sizeof failure.detail).text("mount ").unsigned_number(id).text(" is not in the table");
    return fail_stale(failure);
  }
  keep_subtree(tree, top);
  tree.nodes[0].marks &= static_cast<uint8_t>(~mark_under_sibling);
  for (uint32_t i = 0; i < tree.count(); i++) {
    Node &node = tree.nodes[i];
    settle(table, node, node.parent == none || tree.nodes[node.parent].reachable != 0);
  }
  return 0;
}

}  // namespace mountplan::tree
