// SPDX-License-Identifier: MIT
// The mount table, and the tree it unfolds to: mountplan/table.h, mountplan/tree.h.
#ifndef MOUNTPLAN_TABLE_HPP
#define MOUNTPLAN_TABLE_HPP

#include <mountplan/table.h>
#include <mountplan/tree.h>

#include <mountplan/object.hpp>
#include <optional>
#include <vector>

namespace mountplan {

class Tree;

// A range of mplan_mount. It never changes, and may be read by any number of threads.
class Table : public Entries<mplan_table, mplan_table_unref, mplan_table_count, read_entry<mplan_table, mplan_mount, mplan_table_get>> {
 public:
  using Entries::Entries;
  static Table read_self(uint64_t flags = 0) { return Table(make(mplan_table_read_self, flags)); }
  static Table read_pid(int32_t pid, uint64_t flags = 0) { return Table(make(mplan_table_read_pid, pid, flags)); }
  static Table read_fd(int fd) { return Table(make(mplan_table_read_fd, fd, uint64_t{0})); }
  static Table parse(std::string_view text) { return Table(make(mplan_table_parse, text.data(), text.size(), uint64_t{0})); }

  // Another owner of the same table.
  Table share() const noexcept { return Table(mplan_table_ref(get())); }

  uint64_t flags() const noexcept { return mplan_table_flags(get()); }

  // Index of the mount with this id.
  std::optional<size_t> find_id(uint64_t id) const noexcept {
    const int64_t found = mplan_table_find_id(get(), id);
    return found < 0 ? std::nullopt : std::optional(static_cast<size_t>(found));
  }

  // Options of mount `i` that are in no attribute bit.
  std::vector<std::string> unknown_options(size_t i) const { return words(mplan_table_unknown_option, i); }
  // Per-superblock options of mount `i`, unescaped.
  std::vector<std::string> super_options(size_t i) const { return words(mplan_table_super_option, i); }

  // At and below `target`; of the whole table when it is nullptr.
  inline Tree unfold(const String &target = nullptr, uint64_t flags = 0) const;

 private:
  template <typename Function>
  std::vector<std::string> words(Function function, size_t i) const {
    std::vector<std::string> found;
    std::string word;
    while (read_string([&](char *out, size_t size) { return function(get(), i, found.size(), out, size); }, word)) {
      found.push_back(word);
    }
    return found;
  }
};

// A range of mplan_node, in pre-order. It keeps its table alive.
class Tree : public Entries<mplan_tree, mplan_tree_free, mplan_tree_count, read_entry<mplan_tree, mplan_node, mplan_tree_get>> {
 public:
  using Entries::Entries;

  // The mount at a node of this tree.
  mplan_mount mount(const mplan_node &node) const {
    return read_entry<mplan_table, mplan_mount, mplan_table_get>(mplan_tree_table(get()), node.mount);
  }

 private:
  friend class Table;
  Tree(const Table &table, const String &target, uint64_t flags) : Entries(make(mplan_tree_unfold, table.get(), target.c_str(), flags)) {}
};

inline Tree Table::unfold(const String &target, uint64_t flags) const { return Tree(*this, target, flags); }

}  // namespace mountplan

#endif
