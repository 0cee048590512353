// SPDX-License-Identifier: MIT
// The adders: each checks its arguments, makes copies in the arena and, last of all, pushes the op.
#include <mountplan/plan.h>

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

// An op on its way into the plan. The steps are chained with &&; the first that fails has filled the failure.
class Draft {
 public:
  Draft(Plan &plan, uint32_t kind, const char *source, const char *target, Failure &failure) : plan_(plan), failure_(failure) {
    Op as_given;
    as_given.kind = kind;
    as_given.source = source;
    as_given.target = target;
    name_op(failure, plan.ops.size(), as_given);
    op_.kind = kind;
  }

  bool once() {
    for (const Op &op : plan_.ops) {
      if (op.kind == op_.kind) {
        Detail detail;
        detail.text(kind_name(op_.kind)).text(" is not repeatable");
        base::fail(failure_, base::Kind::state, EALREADY, detail.c_str());
        return false;
      }
    }
    return true;
  }
  bool flags(uint64_t flags) {
    op_.flags = flags;
    op_.attrs_default = default_attributes(op_.kind, flags);
    return check_flags(op_.kind, flags, failure_) == 0;
  }
  bool mode(uint32_t mode) {
    op_.mode = mode;
    return check_mode(mode, failure_) == 0;
  }
  bool size(uint64_t size) {
    op_.size = size;
    return check_count("size", size, failure_) == 0;
  }
  bool target(const char *target) { return path::check_target("target", target, plan_.arena, op_.target, failure_) == 0; }
  bool source_in_root(const char *source) { return path::check_target("source", source, plan_.arena, op_.source, failure_) == 0; }
  bool source(const char *parameter, const char *text) {
    return path::check_text(parameter, text, failure_) == 0 && keep(text, op_.source);
  }
  bool prefix(const char *prefix) { return path::check_component("prefix", prefix, failure_) == 0 && keep(prefix, op_.prefix); }
  bool fd(const char *parameter, int fd) {
    op_.source_fd = fd;
    return check_fd(parameter, fd, failure_) == 0;
  }
  bool data(const void *data, size_t length) {
    if (data == nullptr && length != 0) {
      Detail detail;
      refuse(failure_, EINVAL, detail.text("data is NULL but len is ").number(length));
      return false;
    }
    op_.size = length;
    if (length == 0) {
      return true;
    }
    void *copy = plan_.arena.allocate(length);
    if (copy == nullptr) {
      base::fail_memory(failure_);
      return false;
    }
    op_.data = memcpy(copy, data, length);
    return true;
  }

  int add() {
    bool owns_fd = op_.source_fd >= 0;
    if (owns_fd && !plan_.fds.push(op_.source_fd)) {
      return base::fail_memory(failure_);
    }
    if (!plan_.ops.push(op_)) {
      if (owns_fd) {
        plan_.fds.pop();
      }
      return base::fail_memory(failure_);
    }
    return static_cast<int>(plan_.ops.size() - 1);
  }
  int add_if(bool fine) { return fine ? add() : -failure_.error; }

 private:
  bool keep(const char *text, const char *&out) {
    out = plan_.arena.copy(text);
    if (out == nullptr) {
      base::fail_memory(failure_);
    }
    return out != nullptr;
  }

  Plan &plan_;
  Failure &failure_;
  Op op_;
};

}  // namespace

int set_flags(Plan &plan, uint64_t flags, Failure &failure) {
  failure.stage = base::Stage::validate;
  int result = check_bits("flags", flags, MPLAN_PLAN_CREATE, failure);
  if (result == 0) {
    plan.flags = flags;
  }
  return result;
}

int set_parent_mode(Plan &plan, uint32_t mode, Failure &failure) {
  failure.stage = base::Stage::validate;
  int result = check_mode(mode, failure);
  if (result == 0) {
    plan.parent_mode = mode;
  }
  return result;
}

int add_at(Plan &plan, uint32_t kind, const char *target, uint64_t flags, Failure &failure) {
  Draft draft(plan, kind, nullptr, target, failure);
  return draft.add_if(draft.target(target) && draft.flags(flags));
}

int add_with_mode(Plan &plan, uint32_t kind, const char *target, uint32_t mode, uint64_t flags, Failure &failure) {
  Draft draft(plan, kind, nullptr, target, failure);
  return draft.add_if(draft.target(target) && draft.mode(mode) && draft.flags(flags));
}

int add_bind(Plan &plan, const char *source, const char *target, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_BIND, source, target, failure);
  return draft.add_if(draft.source("source", source) && draft.target(target) && draft.flags(flags));
}

int add_bind_fd(Plan &plan, int fd, const char *target, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_BIND, nullptr, target, failure);
  if (!draft.fd("source_fd", fd) || !draft.target(target) || !draft.flags(flags)) {
    return -failure.error;
  }
  if ((flags & MPLAN_BIND_ENSURE) != 0) {
    return base::fail_argument(failure, EINVAL, "ENSURE does not go with a descriptor as the source");
  }
  return draft.add();
}

int add_tmpfs(Plan &plan, const char *target, uint64_t size, uint32_t mode, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_TMPFS, nullptr, target, failure);
  return draft.add_if(draft.target(target) && draft.size(size) && draft.mode(mode) && draft.flags(flags));
}

int add_file(Plan &plan, const char *target, const void *data, size_t length, uint32_t mode, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_FILE, nullptr, target, failure);
  return draft.add_if(draft.target(target) && draft.mode(mode) && draft.flags(flags) && draft.data(data, length));
}

int add_file_fd(Plan &plan, int fd, const char *target, uint32_t mode, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_FILE, nullptr, target, failure);
  return draft.add_if(draft.fd("fd", fd) && draft.target(target) && draft.mode(mode) && draft.flags(flags));
}

int add_symlink(Plan &plan, const char *text, const char *target, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_SYMLINK, text, target, failure);
  return draft.add_if(draft.source("text", text) && draft.target(target) && draft.flags(flags));
}

int add_move(Plan &plan, const char *source, const char *target, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_MOVE, source, target, failure);
  return draft.add_if(draft.source_in_root(source) && draft.target(target) && draft.flags(flags));
}

int add_root(Plan &plan, const char *source, uint64_t flags, Failure &failure) {
  Draft draft(plan, MPLAN_OP_ROOT, source, "/", failure);
  return draft.add_if(draft.once() && draft.source("source", source) && draft.target("/") && draft.flags(flags));
}

int add_etc(Plan &plan, const char *source, const char *prefix, uint64_t flags, Failure &failure) {
  const char *host = source != nullptr ? source : "/etc";
  Draft draft(plan, MPLAN_OP_ETC, host, "/etc", failure);
  return draft.add_if(draft.once() && draft.source("source", host) && draft.target("/etc") && draft.prefix(prefix) && draft.flags(flags));
}

}  // namespace mountplan::plan
