// SPDX-License-Identifier: MIT
// A table of up to twelve mounts whose ids, parents and paths are chosen by the input: duplicates, orphans, cycles, stacks, siblings that
// hide each other. What the library unfolds must be what the rules say when they are followed naively (unit/reference.hpp), also from
// memory that is as small as promised.
#include <mountplan/tree.h>

#include <cerrno>

#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"
#include "table/read.hpp"
#include "tree/tree.hpp"
#include "unit/mount_text.hpp"
#include "unit/reference.hpp"

using namespace mountplan::fuzz;
using mountplan::base::Failure;
using mountplan::table::Memory;
using mountplan::table::Table;
using mountplan::test::Mount;
using mountplan::test::Reference;
using mountplan::test::ReferenceNode;
using mountplan::tree::none;
using mountplan::tree::Tree;
namespace table = mountplan::table;
namespace tree = mountplan::tree;

namespace {

constexpr size_t most_mounts = 12;
constexpr const char *components[] = {"a", "b", "ab", "a-b", "abcdefgh", "abcdefghi", "abcdefghij", "/deleted"};
constexpr const char *unclean[] = {".", "..", "", "..."};

std::string path_from(Bytes &in) {
  std::string path;
  for (size_t depth = in.below(4); depth > 0; depth--) {
    path += std::string("/") + components[in.below(std::size(components))];
  }
  return path.empty() ? "/" : path;
}

// A target as a caller may write it, and what it is when cleaned.
std::string target_from(Bytes &in, std::string &cleaned) {
  std::string typed;
  std::vector<std::string> kept;
  for (size_t depth = in.below(6); depth > 0; depth--) {
    size_t which = in.below(12);
    std::string component = which < 8 ? components[which] : unclean[which - 8];
    typed += "/" + component;
    component.erase(0, component.starts_with('/') ? 1 : 0);
    if (component == "..") {
      kept.resize(kept.size() - (kept.empty() ? 0 : 1));
    } else if (!component.empty() && component != ".") {
      kept.push_back(component);
    }
  }
  for (const std::string &component : kept) {
    cleaned += "/" + component;
  }
  cleaned = cleaned.empty() ? "/" : cleaned;
  return typed.empty() ? "/" : typed;
}

std::vector<ReferenceNode> nodes_of(const Tree &from) {
  constexpr const char *reasons[] = {"visible", "stacked", "under sibling", "orphan", "duplicate", "inherited"};
  std::vector<ReferenceNode> out;
  for (size_t i = 0; i < from.count(); i++) {
    const tree::Node &node = from.nodes[i];
    check(node.reason < std::size(reasons), "the reason is known");
    out.push_back({node.mount, node.depth, reasons[node.reason], node.covered != 0});
  }
  return out;
}

// The links say the same as order and depth.
void check_links(const Tree &from) {
  for (uint32_t i = 0; i < from.count(); i++) {
    const tree::Node &node = from.nodes[i];
    auto depth_at = [&](uint32_t at) { return at < from.count() ? int64_t{from.nodes[at].depth} : -1; };
    check((node.parent == none) == (node.depth == 0), "only roots have no parent");
    check(node.parent == none || (node.parent < i && from.nodes[node.parent].depth + 1 == node.depth), "the parent is one level up");
    check_same(node.first_child, depth_at(i + 1) > node.depth ? i + 1 : none, "first child");
    uint32_t next = i + 1;
    while (depth_at(next) > node.depth) {
      next++;
    }
    check_same(node.next_sibling, depth_at(next) == node.depth ? next : none, "next sibling");
  }
}

void check_subtree(const Table &from, const Reference &reference, const std::string &typed, const std::string &target, bool owner) {
  Memory memory;
  Tree found(memory);
  Failure failure;
  int result = tree::unfold(from, typed.c_str(), owner ? MPLAN_UNFOLD_OWNER : 0, found, failure);
  auto expected = reference.below(target, owner);
  check_same(result, expected ? 0 : -ESTALE, "whether there is a mount");
  if (expected) {
    check(nodes_of(found) == *expected, "the nodes below a target");
    check_links(found);
    return;
  }
  std::string_view detail = failure.detail;
  check(reference.mentions(target) == (detail.find("covered by mount ") != std::string_view::npos),
        "a covered mount is told from a missing one");
  check(!detail.ends_with("mount "), "the covering mount is named");
}

void check_from_mount(const Table &from, const Reference &reference, uint64_t id) {
  Memory memory;
  Tree found(memory);
  Failure failure;
  int result = tree::unfold_mount(from, id, found, failure);
  auto expected = reference.from(id);
  check_same(result, expected ? 0 : -ESTALE, "whether there is a mount with the id");
  if (expected) {
    check(nodes_of(found) == *expected, "the nodes below a mount");
    check_links(found);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  Bytes in(data, size);
  bool owner = in.one_in(2);
  uint64_t scale = in.one_in(4) ? 1000003 * uint64_t{1000003} : 1;
  std::string target;
  std::string typed = target_from(in, target);
  uint64_t wanted = in.below(16) * scale;
  std::vector<Mount> mounts;
  std::string text;
  while (!in.empty() && mounts.size() < most_mounts) {
    uint64_t id = in.below(16) * scale;
    uint64_t parent = in.below(16) * scale;
    mounts.push_back({id, parent, path_from(in)});
    text += mountplan::test::mount_line(id, parent, mounts.back().path);
  }
  const Reference reference(mounts);

  alignas(16) static char region[table::region_size(most_mounts * 256, most_mounts)];
  Memory promised(region, table::region_size(text.size(), mounts.size()));
  Table from(promised);
  Failure failure;
  check_same(table::parse(text, {}, from, failure), 0, "the table is parsed");
  {
    Tree forest(promised);
    check_same(tree::unfold(from, nullptr, 0, forest, failure), 0, "the table is unfolded");
    check(nodes_of(forest) == reference.forest(), "the forest");
    check_links(forest);
  }
  check_subtree(from, reference, typed, target, owner);
  check_from_mount(from, reference, wanted);
  return 0;
}
