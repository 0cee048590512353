// SPDX-License-Identifier: MIT
// Which functions carry out which kind of op. The list of ops is this table.
#include <mountplan/plan.h>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

struct Row {
  uint32_t kind;
  Actions actions;
};

constexpr Row rows[] = {
    {MPLAN_OP_BIND, {resolve_bind, build_bind, place_mount}},
    {MPLAN_OP_REMOUNT, {nullptr, nullptr, place_remount}},
    {MPLAN_OP_TMPFS, {nullptr, build_file_system, place_mount}},
    {MPLAN_OP_PROC, {resolve_proc, build_proc, place_proc}},
    {MPLAN_OP_SYSFS, {nullptr, build_sysfs, place_proc}},
    {MPLAN_OP_DEVPTS, {nullptr, build_file_system, place_mount}},
    {MPLAN_OP_MQUEUE, {nullptr, build_file_system, place_mount}},
    {MPLAN_OP_BPF, {nullptr, build_file_system, place_mount}},
    {MPLAN_OP_RAMFS, {nullptr, build_file_system, place_mount}},
    {MPLAN_OP_DEV, {resolve_dev, build_dev, place_mount}},
    {MPLAN_OP_OVERLAY, {resolve_overlay, build_overlay, place_mount}},
    {MPLAN_OP_DIR, {nullptr, nullptr, place_directory}},
    {MPLAN_OP_FILE, {nullptr, build_file, place_file}},
    {MPLAN_OP_SYMLINK, {nullptr, nullptr, place_symlink}},
    {MPLAN_OP_CHMOD, {nullptr, nullptr, place_chmod}},
    {MPLAN_OP_MASK, {resolve_mask, nullptr, place_mask}},
    {MPLAN_OP_PROPAGATION, {nullptr, nullptr, place_propagation}},
    {MPLAN_OP_MOVE, {nullptr, nullptr, place_move}},
    {MPLAN_OP_UNMOUNT, {nullptr, nullptr, place_unmount}},
};
constexpr Actions nothing{nullptr, nullptr, nullptr};

}  // namespace

const Actions &actions_of(uint32_t op_kind) {
  for (const Row &row : rows) {
    if (row.kind == op_kind) {
      return row.actions;
    }
  }
  return nothing;  // root and etc were expanded by prepare
}

bool can_be_taken_back(const plan::Op &op) {
  switch (op.kind) {
    case MPLAN_OP_UNMOUNT:
    case MPLAN_OP_PROPAGATION:
      return false;
    case MPLAN_OP_REMOUNT:
      return (op.flags & MPLAN_BIND_RECURSIVE) == 0;
    default:
      return true;
  }
}

}  // namespace mountplan::engine
