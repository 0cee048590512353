// SPDX-License-Identifier: MIT
// The modifiers: each finds its op, sees whether it fits the kind, and changes it in one step after all checks.
#include <mountplan/plan.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "path/target.hpp"
#include "plan/build.hpp"
#include "plan/check.hpp"
#include "plan/kind.hpp"

namespace mountplan::plan {

using base::Detail;
using base::Failure;

namespace {

constexpr size_t most_layers = 500;  // OVL_MAX_STACK of the kernel

Op *find(Plan &plan, int index, Failure &failure) {
  failure.stage = base::Stage::validate;
  if (index < 0 || static_cast<size_t>(index) >= plan.ops.size()) {
    Detail detail;
    if (index < 0) {
      detail.text("op is negative");
    } else {
      detail.text("there is no op ").number(static_cast<uint64_t>(index)).text(" in a plan of ").number(plan.ops.size());
    }
    refuse(failure, ERANGE, detail);
    return nullptr;
  }
  Op &op = plan.ops[static_cast<size_t>(index)];
  name_op(failure, static_cast<size_t>(index), op);
  return &op;
}

int misfit(Failure &failure, const Op &op, const char *why) {
  Detail detail;
  return refuse(failure, EOPNOTSUPP, detail.text("op is ").text(kind_name(op.kind)).text(", which ").text(why));
}

// An op of this kind, or NULL.
Op *find_kind(Plan &plan, int index, uint32_t kind, const char *why_not, Failure &failure) {
  Op *op = find(plan, index, failure);
  if (op != nullptr && op->kind != kind) {
    misfit(failure, *op, why_not);
    return nullptr;
  }
  return op;
}

const char *keep(Plan &plan, const char *text, Failure &failure) {
  const char *copy = plan.arena.copy(text);
  if (copy == nullptr) {
    base::fail_memory(failure);
  }
  return copy;
}

// Puts a layer behind the op's own, in front of those of other ops.
bool insert_layer(Plan &plan, Op &op, const Layer &layer) {
  if (!plan.layers.push(layer)) {
    return false;
  }
  size_t last = plan.layers.size() - 1;
  size_t place = op.layer_count == 0 ? last : op.first_layer + op.layer_count;
  if (place != last) {
    memmove(static_cast<void *>(&plan.layers[place + 1]), &plan.layers[place], (last - place) * sizeof(Layer));
    plan.layers[place] = layer;
    for (Op &other : plan.ops) {
      if (other.layer_count > 0 && other.first_layer >= place) {
        other.first_layer++;
      }
    }
  }
  op.first_layer = place - op.layer_count;
  op.layer_count++;
  return true;
}

// Whether a layer of this sort may come next.
int check_next_layer(const Plan &plan, const Op &op, bool data_only, Failure &failure) {
  Detail detail;
  if (op.layer_count == most_layers) {
    return refuse(failure, EINVAL, detail.text("op has ").number(most_layers).text(" lower layers, the most an overlay can have"));
  }
  if (data_only) {
    return op.layer_count > 0 ? 0 : base::fail_argument(failure, EINVAL, "a data-only layer needs another lower layer above it");
  }
  bool after_data = op.layer_count > 0 && plan.layers[op.first_layer + op.layer_count - 1].data_only;
  return after_data ? base::fail_argument(failure, EINVAL, "only data-only layers can come after a data-only layer") : 0;
}

Op *find_overlay(Plan &plan, int index, bool data_only, Failure &failure) {
  Op *op = find_kind(plan, index, MPLAN_OP_OVERLAY, "has no layers", failure);
  return op != nullptr && check_next_layer(plan, *op, data_only, failure) == 0 ? op : nullptr;
}

}  // namespace

int add_layer(Plan &plan, int index, const char *source, bool data_only, Failure &failure) {
  Op *op = find_overlay(plan, index, data_only, failure);
  if (op == nullptr || path::check_text("source", source, failure) < 0) {
    return -failure.error;
  }
  const char *copy = keep(plan, source, failure);
  if (copy == nullptr || !insert_layer(plan, *op, Layer{.path = copy, .data_only = data_only})) {
    return base::fail_memory(failure);
  }
  return 0;
}

int add_layer_fd(Plan &plan, int index, int fd, Failure &failure) {
  Op *op = find_overlay(plan, index, false, failure);
  if (op == nullptr || check_fd("source_fd", fd, failure) < 0) {
    return -failure.error;
  }
  if (!plan.fds.push(fd)) {
    return base::fail_memory(failure);
  }
  if (!insert_layer(plan, *op, Layer{.fd = fd})) {
    plan.fds.pop();
    return base::fail_memory(failure);
  }
  return 0;
}

int set_upper(Plan &plan, int index, const char *upper, const char *work, Failure &failure) {
  Op *op = find_kind(plan, index, MPLAN_OP_OVERLAY, "has no upper directory", failure);
  if (op == nullptr || path::check_text("upper", upper, failure) < 0 || path::check_text("work", work, failure) < 0) {
    return -failure.error;
  }
  const char *upper_copy = keep(plan, upper, failure);
  const char *work_copy = keep(plan, work, failure);
  if (upper_copy == nullptr || work_copy == nullptr) {
    return -failure.error;
  }
  op->upper = upper_copy;
  op->work = work_copy;
  return 0;
}

int set_attributes(Plan &plan, int index, uint64_t set, uint64_t clear, Failure &failure) {
  Op *op = find(plan, index, failure);
  if (op == nullptr) {
    return -failure.error;
  }
  const KindFacts &facts = kind_facts(op->kind);
  if (!facts.makes_or_changes_mount) {
    return misfit(failure, *op, "takes no attributes");
  }
  if ((op->flags & facts.plain_flag) != 0) {
    return misfit(failure, *op, "makes no mount with these flags and takes no attributes");
  }
  if (check_bits("set", set, all_attributes, failure) < 0 || check_bits("clear", clear, all_attributes, failure) < 0) {
    return -failure.error;
  }
  Detail detail;
  if (uint64_t both = set & clear; both != 0) {
    return refuse(failure, EINVAL, detail.text(attribute_name(both & (~both + 1))).text(" is in set and in clear"));
  }
  if (facts.keeps_nosuid && (clear & MPLAN_ATTR_NOSUID) != 0) {
    return refuse(failure, EINVAL, detail.text("nosuid can not be cleared on ").text(facts.name));
  }
  if (uint64_t modes = set & access_time_attributes; modes != 0 && !std::has_single_bit(modes)) {
    uint64_t first = modes & (~modes + 1);
    uint64_t others = modes & ~first;
    detail.text(attribute_name(first)).text(" and ").text(attribute_name(others & (~others + 1))).text(" exclude each other");
    return refuse(failure, EINVAL, detail);
  }
  op->attrs_extra = set;
  op->attrs_clear = clear;
  return 0;
}

int set_symlinks(Plan &plan, int index, uint32_t policy, Failure &failure) {
  Op *op = find(plan, index, failure);
  if (op == nullptr) {
    return -failure.error;
  }
  if (policy > MPLAN_SYMLINK_MOUNT_ON) {
    Detail detail;
    return refuse(failure, EINVAL, detail.text("policy ").number(policy).text(" is none of the MPLAN_SYMLINK_ policies"));
  }
  const KindFacts &facts = kind_facts(op->kind);
  bool mounts = (op->flags & facts.plain_flag) == 0;
  if (policy == MPLAN_SYMLINK_FOLLOW && facts.symlinks == Symlinks::refuse) {
    return misfit(failure, *op, "can not follow a symbolic link at its target");
  }
  if (policy == MPLAN_SYMLINK_MOUNT_ON && (facts.symlinks != Symlinks::mount_on || !mounts)) {
    return misfit(failure, *op, "can not be mounted on a symbolic link");
  }
  op->symlinks = policy;
  return 0;
}

int set_source_path(Plan &plan, int index, const char *given, Failure &failure) {
  Op *op = find_kind(plan, index, MPLAN_OP_BIND, "has no source descriptor", failure);
  if (op == nullptr) {
    return -failure.error;
  }
  if (op->source_fd < 0) {
    return misfit(failure, *op, "has no source descriptor here");
  }
  if (path::check_beneath("path", given, failure) < 0) {
    return -failure.error;
  }
  const char *copy = keep(plan, given, failure);
  if (copy == nullptr) {
    return -failure.error;
  }
  op->source_path = copy;
  return 0;
}

int set_idmap(Plan &plan, int index, int fd, int &replaced, Failure &failure) {
  replaced = -1;
  Op *op = find_kind(plan, index, MPLAN_OP_BIND, "takes no id map", failure);
  if (op == nullptr || check_fd("userns_fd", fd, failure) < 0) {
    return -failure.error;
  }
  if (op->idmap_fd < 0) {
    if (!plan.fds.push(fd)) {
      return base::fail_memory(failure);
    }
  } else {
    for (int &owned : plan.fds) {
      if (owned == op->idmap_fd) {
        owned = fd;
      }
    }
    replaced = op->idmap_fd;
  }
  op->idmap_fd = fd;
  return 0;
}

int set_inodes(Plan &plan, int index, uint64_t inodes, Failure &failure) {
  Op *op = find_kind(plan, index, MPLAN_OP_TMPFS, "has no limit of inodes", failure);
  if (op == nullptr || check_count("inodes", inodes, failure) < 0) {
    return -failure.error;
  }
  op->inodes = inodes;
  return 0;
}

}  // namespace mountplan::plan
