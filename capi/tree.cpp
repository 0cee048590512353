// SPDX-License-Identifier: MIT
// mountplan/tree.h
#include <mountplan/tree.h>

#include <cerrno>

#include "base/object.hpp"
#include "capi/handle.hpp"
#include "capi/table_handle.hpp"
#include "tree/tree.hpp"

struct mplan_tree {
  mplan_table *table;
  mountplan::table::Memory memory;
  mountplan::tree::Tree tree{memory};

  explicit mplan_tree(mplan_table *from) : table(mplan_table_ref(from)) {}
  ~mplan_tree() { mplan_table_unref(table); }
};

namespace {

int unfold(mplan_table *table, const char *target, uint64_t flags, mplan_tree **out, mountplan::base::Failure &failure) {
  if (table == nullptr || out == nullptr) {
    return mountplan::base::fail_argument(failure, EINVAL, table == nullptr ? "table must not be NULL" : "out must not be NULL");
  }
  mountplan::base::Owned<mplan_tree> tree(mountplan::base::make<mplan_tree>(table));
  if (!tree) {
    return mountplan::base::fail_memory(failure);
  }
  const int result = mountplan::tree::unfold(table->table, target, flags, tree->tree, failure);
  if (result == 0) {
    *out = tree.release();
  }
  return result;
}

int64_t index_out(uint32_t index) { return index == mountplan::tree::none ? -1 : static_cast<int64_t>(index); }

}  // namespace

int mplan_tree_unfold(mplan_table *table, const char *target, uint64_t flags, mplan_tree **out, mplan_error **err) {
  mountplan::base::Failure failure;
  return unfold(table, target, flags, out, failure) == 0 ? 0 : mountplan::capi::report(failure, err);
}

void mplan_tree_free(mplan_tree *tree) { mountplan::base::destroy(tree); }

size_t mplan_tree_count(const mplan_tree *tree) { return tree == nullptr ? 0 : tree->tree.count(); }

int mplan_tree_get(const mplan_tree *tree, size_t i, struct mplan_node *out, size_t size) {
  if (tree == nullptr || out == nullptr) {
    return -EINVAL;
  }
  if (i >= tree->tree.count()) {
    return -ERANGE;
  }
  const mountplan::tree::Node &inner = tree->tree.nodes[i];
  const struct mplan_node node = {
      .mount = inner.mount,
      .parent = index_out(inner.parent),
      .first_child = index_out(inner.first_child),
      .next_sibling = index_out(inner.next_sibling),
      .depth = inner.depth,
      .reason = inner.reason,
      .covered = inner.covered,
      .reserved = 0,
  };
  return mountplan::capi::struct_out(node, out, size);
}

const mplan_table *mplan_tree_table(const mplan_tree *tree) { return tree == nullptr ? nullptr : tree->table; }
