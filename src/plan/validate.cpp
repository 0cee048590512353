// SPDX-License-Identifier: MIT
// Whether a plan makes sense as a whole. Pure: paths are compared as text, by component; no file is looked at.
#include <mountplan/plan.h>

#include <cerrno>

#include "path/target.hpp"
#include "plan/check.hpp"
#include "plan/kind.hpp"
#include "plan/nesting.hpp"
#include "plan/parent_mode.hpp"
#include "plan/plan.hpp"

namespace mountplan::plan {

using base::Detail;
using base::Failure;

namespace {

int contradiction(Failure &failure, const Plan &plan, const Op &op, const Detail &detail) {
  name_op(failure, static_cast<size_t>(&op - plan.ops.data()), op);
  return base::fail(failure, base::Kind::validation, EINVAL, detail.c_str());
}

int contradiction(Failure &failure, const Plan &plan, const Op &op, const char *text) {
  Detail detail;
  return contradiction(failure, plan, op, detail.text(text));
}

int check_root(const Plan &plan, const Op &op, Failure &failure) {
  if (!same_path(op.target, "/")) {
    return 0;
  }
  Detail detail;
  switch (kind_facts(op.kind).at_root) {
    case AtRoot::refused:
      return contradiction(failure, plan, op, detail.text(kind_name(op.kind)).text(" can not be at /"));
    case AtRoot::first:
      return &op == plan.ops.data() ? 0 : contradiction(failure, plan, op, "an op at / must come first: it would cover what op 0 made");
    case AtRoot::free:
      break;
  }
  return 0;
}

// What the form of the overlay needs and what it can not have.
int check_overlay_form(const Plan &plan, const Op &op, Failure &failure) {
  if (op.layer_count == 0) {
    return contradiction(failure, plan, op, "an overlay needs a lower layer");
  }
  bool upper = op.upper != nullptr && op.work != nullptr;
  if ((op.flags & MPLAN_OVERLAY_READONLY) != 0) {
    return upper ? contradiction(failure, plan, op, "a read-only overlay has no upper directory") : 0;
  }
  if ((op.flags & MPLAN_OVERLAY_EPHEMERAL) != 0) {
    return upper ? contradiction(failure, plan, op, "an ephemeral overlay makes its own upper directory") : 0;
  }
  return upper ? 0
               : contradiction(failure, plan, op, "an overlay that is neither read-only nor ephemeral needs an upper and a work directory");
}

// The kernel takes some of these and corrupts the layers.
int check_overlay_paths(const Plan &plan, const Op &op, Failure &failure) {
  const Layer *layers = plan.layers.data() + op.first_layer;
  for (size_t i = 0; i < op.layer_count; i++) {
    for (size_t before = 0; layers[i].path != nullptr && before < i; before++) {
      if (layers[before].path != nullptr && same_path(layers[i].path, layers[before].path)) {
        Detail detail;
        detail.text("layers ").number(before).text(" and ").number(i).text(" are both ").path(layers[i].path);
        return contradiction(failure, plan, op, detail);
      }
    }
  }
  if (op.upper == nullptr || op.work == nullptr) {
    return 0;
  }
  for (size_t i = 0; i < op.layer_count; i++) {
    if (layers[i].path != nullptr && lies_inside(op.upper, layers[i].path)) {
      Detail detail;
      detail.text("upper ").path(op.upper).text(" lies inside layer ").number(i).text(" ").path(layers[i].path);
      return contradiction(failure, plan, op, detail);
    }
  }
  if (lies_inside(op.upper, op.work) || lies_inside(op.work, op.upper)) {
    Detail detail;
    detail.text("upper ").path(op.upper).text(" and work ").path(op.work).text(" are not apart from each other");
    return contradiction(failure, plan, op, detail);
  }
  return 0;
}

// Two overlays that write to one directory.
int check_overlay_apart(const Plan &plan, const Op &op, Failure &failure) {
  if (op.upper == nullptr) {
    return 0;
  }
  for (const Op *other = plan.ops.data(); other != &op; other++) {
    if (other->upper == nullptr) {
      continue;
    }
    for (const char *mine : {op.upper, op.work}) {
      for (const char *theirs : {other->upper, other->work}) {
        if (same_path(mine, theirs)) {
          Detail detail;
          detail.text(mine == op.upper ? "upper " : "work ").path(mine).text(" is written by op ");
          return contradiction(failure, plan, op, detail.number(static_cast<uint64_t>(other - plan.ops.data())).text(" too"));
        }
      }
    }
  }
  return 0;
}

// Does the op mount something on a directory that the path is in?
bool covers(const Op &op, std::string_view path) {
  switch (op.kind) {
    case MPLAN_OP_BIND:
    case MPLAN_OP_TMPFS:
    case MPLAN_OP_PROC:
    case MPLAN_OP_SYSFS:
    case MPLAN_OP_DEVPTS:
    case MPLAN_OP_MQUEUE:
    case MPLAN_OP_BPF:
    case MPLAN_OP_RAMFS:
    case MPLAN_OP_DEV:
    case MPLAN_OP_OVERLAY:
    case MPLAN_OP_MOVE:
      return lies_inside(path, op.target) && !same_path(path, op.target);
    case MPLAN_OP_ROOT: {
      std::string_view entry = path::take_component(path);
      return !path.empty() && !left_out_of_root(entry);  // what is below one of the entries that it binds
    }
    default:
      return false;
  }
}

// A mask that a later mount covers hides nothing, and a remount makes nothing read-only: neither fails.
int check_in_force(const Plan &plan, const Op &op, Failure &failure) {
  for (const Op *later = &op + 1; later != plan.ops.end(); later++) {
    if (covers(*later, op.target)) {
      Detail detail;
      detail.text("op ").number(static_cast<uint64_t>(later - plan.ops.data())).text(" ").text(kind_name(later->kind)).text(" ");
      return contradiction(failure, plan, op, detail.path(later->target).text(" would cover it, so it must come after that"));
    }
  }
  return 0;
}

int check_op(const Plan &plan, const Op &op, Failure &failure) {
  if (int result = check_root(plan, op, failure); result < 0) {
    return result;
  }
  switch (op.kind) {
    case MPLAN_OP_OVERLAY:
      if (int result = check_overlay_form(plan, op, failure); result < 0) {
        return result;
      }
      if (int result = check_overlay_paths(plan, op, failure); result < 0) {
        return result;
      }
      return check_overlay_apart(plan, op, failure);
    case MPLAN_OP_SYMLINK:
      if ((op.flags & MPLAN_SYMLINK_DEREFERENCE) != 0 && op.source[0] != '/') {
        Detail detail;
        return contradiction(failure, plan, op, detail.text("text ").path(op.source).text(" is not absolute, which DEREFERENCE needs"));
      }
      return 0;
    case MPLAN_OP_MOVE:
      if (lies_inside(op.target, op.source)) {
        Detail detail;
        return contradiction(failure, plan, op, detail.path(op.source).text(" can not be moved into itself"));
      }
      return 0;
    case MPLAN_OP_MASK:
    case MPLAN_OP_REMOUNT:
      return check_in_force(plan, op, failure);
    default:
      return 0;
  }
}

}  // namespace

uint32_t parent_mode_of(const Plan &plan, const Op &op) {
  if (plan.parent_mode != parent_mode_unset) {
    return op.kind == MPLAN_OP_TMPFS || op.kind == MPLAN_OP_DIR ? plan.parent_mode & parent_mode(op.mode) : plan.parent_mode;
  }
  switch (op.kind) {
    case MPLAN_OP_BIND:
    case MPLAN_OP_OVERLAY:
      return 0700;
    case MPLAN_OP_TMPFS:
      return parent_mode(op.mode);
    default:
      return 0755;
  }
}

int validate(const Plan &plan, Failure &failure) {
  for (const Op &op : plan.ops) {
    if (int result = check_op(plan, op, failure); result < 0) {
      return result;
    }
  }
  return 0;
}

}  // namespace mountplan::plan
