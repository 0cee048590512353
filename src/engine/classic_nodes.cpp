// SPDX-License-Identifier: MIT
#include "engine/classic_nodes.hpp"

#include <cerrno>

#include "engine/mounts.hpp"
#include "path/clean.hpp"

namespace mountplan::engine {

namespace {

// The visible node in which the path of a covered one ends: its cover, or something on it.
size_t find_cover(const Nodes &nodes, size_t covered) {
  std::string_view path = nodes.table.mount_point(nodes.tree.nodes[covered].mount);
  size_t best = 0;
  size_t length = 0;
  for (size_t i = 1; i < nodes.tree.count(); i++) {
    std::string_view point = nodes.table.mount_point(nodes.tree.nodes[i].mount);
    if (nodes.tree.nodes[i].covered == 0 && point.size() > length && path::has_prefix(path, point)) {
      best = i;
      length = point.size();
    }
  }
  return best;
}

int move(Run &run, int mount, int target) {
  FdPath from(mount);
  FdPath to(target);
  return run.kernel.mount(from.text, to.text, nullptr, kernel::ms_move, nullptr);
}

int lift_node(Run &run, const Nodes &nodes, size_t node, Lifted &lifted, bool &again) {
  if (lifted.count == Lifted::most) {
    return base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP,
                      "the classic backend can not set the attributes of what more than 128 mounts cover");
  }
  if (run.scratch < 0) {
    // Making it may read the table anew, over this one.
    again = true;
    return need_scratch(run);
  }
  ScopedFd cover(run, open_node(run, nodes, node));
  struct statx stat;
  if (int result = cover.get() < 0 ? cover.get() : stat_fd(run, cover.get(), stat); result < 0) {
    return result;
  }
  char name[24];
  ScopedFd entry(run, scratch_entry(run, type_of(stat) == S_IFDIR, name));
  if (entry.get() < 0) {
    return entry.get();
  }
  int result = move(run, cover.get(), entry.get());
  if (result == -EINVAL) {
    return 0;  // locked
  }
  if (result < 0) {
    return failed(run, result, "mount", relative_path(nodes, node));
  }
  int place = lookup(run, nodes.top, relative_path(nodes, node), O_PATH | O_NOFOLLOW);
  if (place < 0) {
    return failed(run, place, "openat2", relative_path(nodes, node));
  }
  lifted.covers[lifted.count++] = {cover.release(), place};
  again = true;
  return 0;
}

}  // namespace

const char *relative_path(const Nodes &nodes, size_t node) {
  std::string_view top = nodes.table.mount_point(nodes.tree.nodes[0].mount);
  const char *relative = nodes.table.string(entry_of(nodes, node).mount_point) + (top == "/" ? 0 : top.size());
  while (*relative == '/') {
    relative++;
  }
  return relative;
}

int open_node(Run &run, const Nodes &nodes, size_t node) {
  if (node == 0) {
    int fd = run.kernel.duplicate(nodes.top);
    return fd < 0 ? failed(run, fd, "fcntl") : fd;
  }
  const char *relative = relative_path(nodes, node);
  int fd = lookup(run, nodes.top, relative, O_PATH | O_NOFOLLOW);
  if (fd < 0) {
    return failed(run, fd, "openat2", relative);
  }
  uint64_t found = 0;
  int result = table_id(run, fd, found);
  if (result >= 0 && found != entry_of(nodes, node).id) {
    base::Writer(run.failure.path, sizeof run.failure.path).text(relative);
    result = base::fail(run.failure, base::Kind::state, ESTALE, "another mount is there than the table said");
  }
  if (result < 0) {
    close_fd(run, fd);
    return result;
  }
  return fd;
}

int take_out_scratch(Run &run, table::Table &table, uint64_t &id) {
  id = 0;
  if (run.scratch < 0) {
    return 0;
  }
  if (int result = table_id(run, run.scratch, id); result < 0) {
    return result;
  }
  if (uint32_t entry = table.find(id); entry != table::none) {
    table.entries[entry].parent_id = id;  // mounted on itself: on nothing else
  }
  return 0;
}

int lift(Run &run, const Nodes &nodes, Lifted &lifted, bool &again) {
  for (size_t i = 1; i < nodes.tree.count() && !again; i++) {
    const tree::Node &node = nodes.tree.nodes[i];
    if (node.covered == 0 || node.reason == MPLAN_NODE_DUPLICATE) {
      continue;
    }
    size_t cover = find_cover(nodes, i);
    int result = cover == 0 ? 0 : lift_node(run, nodes, cover, lifted, again);
    if (result < 0) {
      return result;
    }
  }
  return 0;
}

int put_back(Run &run, Lifted &lifted, bool move_back) {
  int result = 0;
  while (lifted.count > 0) {
    Lifted::Cover &cover = lifted.covers[--lifted.count];
    if (move_back && result >= 0) {
      result = move(run, cover.mount, cover.place);
      result = result < 0 ? failed(run, result, "mount") : 0;
    }
    close_fd(run, cover.mount);
    close_fd(run, cover.place);
  }
  return result;
}

}  // namespace mountplan::engine
