// SPDX-License-Identifier: MIT
// mountplan tree: the table unfolded. Nodes come in pre-order, so nothing here recurses, however deep the mounts are.
#include <cerrno>

#include "mounts.hpp"
#include "report.hpp"

namespace mountplan::tool {
namespace {

const char *reason_text(uint32_t reason) {
  switch (reason) {
    case MPLAN_NODE_VISIBLE:
      return "visible";
    case MPLAN_NODE_STACKED:
      return "stacked";
    case MPLAN_NODE_UNDER_SIBLING:
      return "under-sibling";
    case MPLAN_NODE_ORPHAN:
      return "orphan";
    case MPLAN_NODE_DUPLICATE:
      return "duplicate";
    case MPLAN_NODE_INHERITED:
      return "inherited";
    default:
      return "unknown";
  }
}

Owned<mplan_tree> unfold(mplan_table *table, const ViewOptions &options) {
  Owned<mplan_tree> tree;
  Owned<mplan_error> error;
  bool whole = options.target.empty();
  int result = mplan_tree_unfold(table, whole ? "/" : options.target.c_str(), 0, Out(tree), Out(error));
  if (whole && result == -ESTALE) {  // as in a chroot, which sees nothing but orphans
    result = mplan_tree_unfold(table, nullptr, 0, Out(tree), Out(error));
  }
  if (result < 0) {
    fail(error.get(), {}, exit_failure);
  }
  return tree;
}

std::vector<mplan_node> nodes_of(const mplan_tree *tree) {
  std::vector<mplan_node> nodes(mplan_tree_count(tree));
  for (size_t i = 0; i < nodes.size(); i++) {
    mplan_tree_get(tree, i, &nodes[i], sizeof nodes[i]);
  }
  return nodes;
}

void write_node(JsonWriter &json, const mplan_table *table, const mplan_node &node) {
  json.open_object();
  write_mount(json, table, node.mount);
  json.key("covered").boolean(node.covered != 0);
  json.key("reason").string(reason_text(node.reason));
}

std::string nested_json(const mplan_table *table, const std::vector<mplan_node> &nodes) {
  JsonWriter json;
  json.open_object().key("filesystems").open_array();
  for (size_t i = 0; i < nodes.size(); i++) {
    write_node(json, table, nodes[i]);
    size_t depth = nodes[i].depth;
    size_t next = i + 1 < nodes.size() ? nodes[i + 1].depth : 0;
    if (next > depth) {
      json.key("children").open_array();
      continue;
    }
    json.close_object();
    for (; depth > next; depth--) {
      json.close_array().close_object();
    }
  }
  json.close_array().close_object();
  return json.text() + '\n';
}

std::string flat_json(const mplan_table *table, const std::vector<mplan_node> &nodes, bool all) {
  JsonWriter json;
  json.open_object().key("filesystems").open_array();
  for (const mplan_node &node : nodes) {
    if (all || node.covered == 0) {
      write_node(json, table, node);
      json.close_object();
    }
  }
  json.close_array().close_object();
  return json.text() + '\n';
}

std::string text(const mplan_table *table, const std::vector<mplan_node> &nodes, const ViewOptions &options) {
  Style style = detect_style();
  // A visible mount may sit on a covered one (the top of a stack does): it moves up to the nearest ancestor that is shown.
  std::vector<size_t> shown;
  std::vector<size_t> depths;
  std::vector<size_t> below(nodes.size());  // depth at which the children of a node are drawn
  for (size_t i = 0; i < nodes.size(); i++) {
    size_t depth = nodes[i].parent < 0 ? 0 : below[static_cast<size_t>(nodes[i].parent)];
    bool show = options.all || nodes[i].covered == 0;
    below[i] = depth + (show ? 1 : 0);
    if (show) {
      shown.push_back(i);
      depths.push_back(options.flat ? 0 : depth);
    }
  }
  std::vector<std::string> branches = draw_branches(depths, style);
  std::vector<Row> rows;
  for (size_t i = 0; i < shown.size(); i++) {
    const mplan_node &node = nodes[shown[i]];
    std::string note = node.reason == MPLAN_NODE_VISIBLE ? "" : std::string(" (") + reason_text(node.reason) + ")";
    rows.push_back({mount_cells(table, node.mount, branches[i], note, style), node.covered != 0});
  }
  return align(mount_header, rows, style);
}

}  // namespace

int tree_command(const Words &words) {
  ViewOptions options = parse_view_options("tree", "Prints the mounts as a tree: who is mounted on whom, and what is covered.", words);
  Owned<mplan_table> table = read_table(options);
  Owned<mplan_tree> tree = unfold(table.get(), options);
  std::vector<mplan_node> nodes = nodes_of(tree.get());
  if (!options.json) {
    print_output(text(table.get(), nodes, options));
  } else if (options.flat) {
    print_output(flat_json(table.get(), nodes, options.all));
  } else {
    print_output(nested_json(table.get(), nodes));
  }
  return exit_success;
}

}  // namespace mountplan::tool
