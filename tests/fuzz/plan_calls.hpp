// SPDX-License-Identifier: MIT
// From bytes to a plan: a sequence of calls of mplan_plan_*() and mplan_op_*() with any arguments. What is refused must leave the plan as
// it was, and what is accepted must be clean.
#pragma once

#include <fcntl.h>
#include <mountplan/mountplan.h>

#include <array>
#include <string>

#include "capi/handle.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"

namespace mountplan::fuzz {

// Everything of a plan that a refused call could change.
struct PlanState {
  explicit PlanState(const plan::Plan &plan)
      : flags(plan.flags),
        parent_mode(plan.parent_mode),
        ops(reinterpret_cast<const char *>(plan.ops.data()), plan.ops.size() * sizeof(plan::Op)),
        layers(reinterpret_cast<const char *>(plan.layers.data()), plan.layers.size() * sizeof(plan::Layer)),
        fds(reinterpret_cast<const char *>(plan.fds.data()), plan.fds.size() * sizeof(int)) {}
  bool operator==(const PlanState &) const = default;

  uint64_t flags;
  uint32_t parent_mode;
  std::string ops;
  std::string layers;
  std::string fds;
};

// Whether a path has the component `..`.
inline bool climbs(const std::string &path) { return ("/" + path + "/").find("/../") != std::string::npos; }

// A folder, a file, a folder that is not searched, and two that are none.
inline const std::array<int, 5> &descriptors() {
  static const std::array<int, 5> opened = {open(HOST "/root", O_PATH | O_CLOEXEC), open(HOST "/root/bin/tool", O_RDONLY | O_CLOEXEC),
                                            open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC), -1, 987};
  return opened;
}

class PlanCalls {
 public:
  explicit PlanCalls(Bytes &in) : in_(in) { check(mplan_plan_new(&plan_, nullptr) == 0, "a plan is made"); }
  PlanCalls(const PlanCalls &) = delete;
  PlanCalls &operator=(const PlanCalls &) = delete;
  ~PlanCalls() { mplan_plan_free(plan_); }
  mplan_plan *plan() const { return plan_; }

  void make_calls(size_t most) {
    for (size_t i = 0; i < most && !in_.empty(); i++) {
      PlanState before(plan_->plan);
      size_t count = mplan_plan_count(plan_);
      mplan_error *error = nullptr;
      bool adds = false;
      int result = call(adds, &error);
      if (result < 0) {
        check(PlanState(plan_->plan) == before, "a refused call changes nothing");
        check_same(mplan_error_errno(error), -result, "the errno of a refused call");
        check_same(mplan_error_stage(error), MPLAN_STAGE_VALIDATE, "the stage of a refused call");
        check(mplan_error_detail(error) != nullptr, "a refusal says why");
      } else {
        check_same(result, adds ? static_cast<int>(count) : 0, "what an accepted call returns");
        check_same(mplan_plan_count(plan_), count + (adds ? 1 : 0), "the number of ops");
        check(error == nullptr, "an accepted call makes no error");
      }
      mplan_error_free(error);
    }
    for (size_t i = 0; i < mplan_plan_count(plan_); i++) {
      check_clean(i);
    }
  }

 private:
  void check_clean(size_t i) const {
    mplan_op op;
    check_same(mplan_plan_get(plan_, i, &op, sizeof op), 0, "the op is there");
    std::string target = op.target;
    check(target.starts_with('/') && target.size() <= 4095 && !climbs(target), "a target is absolute and does not climb");
    check(target == "/" || (!target.ends_with('/') && (target + "/").find("//") == std::string::npos), "a target is clean");
    check((target + "/").find("/./") == std::string::npos, "a target has no . component");
  }

  std::string component() {
    static const std::string components[] = {"a",
                                             "b",
                                             "ab",
                                             "usr",
                                             "etc",
                                             "bin",
                                             "tool",
                                             "sbin",
                                             "proc",
                                             "dev",
                                             "note",
                                             "root",
                                             "..",
                                             ".",
                                             "",
                                             ".host",
                                             "mountplan-fuzz",
                                             "a b\\\n\"",
                                             std::string(255, 'n')};
    size_t which = in_.below(std::size(components) + 2);
    return which < std::size(components)    ? components[which]
           : which == std::size(components) ? std::string(250 + in_.below(10), 'l')
                                            : std::string(in_.text(in_.below(8)));
  }
  const char *text() {
    std::string &path = text_[next_++ % 2];
    path = in_.one_in(16) ? "" : "/";
    for (size_t depth = in_.below(5); depth > 0; depth--) {
      path += component() + (depth > 1 || in_.one_in(8) ? "/" : "");
    }
    if (in_.one_in(64)) {
      path.append(4000 + in_.byte(), '/');
    }
    return path.c_str();
  }
  const char *source() {
    static constexpr const char *sources[] = {HOST "/root",
                                              HOST "/etc",
                                              HOST "/root/bin",
                                              HOST "/root/bin/tool",
                                              HOST "/root/../etc",
                                              HOST "/missing",
                                              HOST "/made/up",
                                              HOST "/root/bin",
                                              HOST "/etc/mtab",
                                              "/proc",
                                              "/dev/null",
                                              "/dev",
                                              "/",
                                              "relative",
                                              "",
                                              nullptr};
    size_t which = in_.below(std::size(sources) + 2);
    return which < std::size(sources) ? sources[which] : text();
  }
  // For the helpers, which list it: one that is small, and the same the next time.
  const char *folder() {
    static constexpr const char *folders[] = {HOST "/root", HOST "/etc", HOST "/missing", HOST "/root/bin/tool", "relative", ""};
    return folders[in_.below(std::size(folders))];
  }
  int fd() { return descriptors()[in_.below(descriptors().size())]; }
  uint64_t flags() {
    switch (in_.below(4)) {
      case 0:
        return uint64_t{1} << in_.below(12);
      case 1:
        return in_.one_in(8) ? in_.number<uint64_t>() : in_.number<uint16_t>();
      default:
        return 0;
    }
  }
  uint64_t size() { return in_.one_in(8) ? in_.number<uint64_t>() : in_.byte(); }
  uint32_t mode() { return in_.one_in(8) ? in_.number<uint32_t>() : in_.number<uint16_t>() & 07777u; }
  int op() {
    return in_.one_in(16) ? in_.number<int32_t>() : static_cast<int>(mplan_plan_count(plan_)) - 1 - static_cast<int>(in_.below(4));
  }

  int call(bool &adds, mplan_error **e) {
    constexpr size_t modifiers = 12;
    size_t which = in_.below(40);
    adds = which >= modifiers;
    return adds ? add(which - modifiers, e) : modify(which, e);
  }

  int modify(size_t which, mplan_error **e) {
    int at = op();
    switch (which) {
      case 0:
        return mplan_op_set_attrs(plan_, at, flags(), flags(), e);
      case 1:
        return mplan_op_set_symlinks(plan_, at, in_.one_in(16) ? in_.number<uint32_t>() : static_cast<uint32_t>(in_.below(3)), e);
      case 2:
        return mplan_op_set_source_path(plan_, at, in_.one_in(2) ? "bin/tool" : source(), e);
      case 3:
        return mplan_op_set_idmap(plan_, at, fd(), e);
      case 4:
        return mplan_op_set_inodes(plan_, at, size(), e);
      case 5:
        return mplan_op_add_layer_fd(plan_, at, fd(), e);
      case 6:
        return mplan_op_add_data_layer(plan_, at, source(), e);
      case 7: {
        const char *upper = source();
        return mplan_op_set_upper(plan_, at, upper, source(), e);
      }
      case 8:
        return mplan_plan_set_flags(plan_, flags(), e);
      case 9:
        return mplan_plan_set_parent_mode(plan_, mode(), e);
      default:
        return mplan_op_add_layer(plan_, at, source(), e);
    }
  }

  int add(size_t which, mplan_error **e) {
    using AtTarget = int (*)(mplan_plan *, const char *, uint64_t, mplan_error **);
    static constexpr AtTarget at_target[] = {mplan_plan_remount, mplan_plan_proc,    mplan_plan_sysfs, mplan_plan_devpts,
                                             mplan_plan_mqueue,  mplan_plan_bpf,     mplan_plan_ramfs, mplan_plan_dev,
                                             mplan_plan_overlay, mplan_plan_overlay, mplan_plan_mask,  mplan_plan_unmount};
    if (which < std::size(at_target)) {
      const char *target = text();
      return at_target[which](plan_, target, flags(), e);
    }
    const char *target = in_.one_in(64) ? nullptr : text();
    switch (which - std::size(at_target)) {
      case 0:
        return mplan_plan_bind_fd(plan_, fd(), target, flags(), e);
      case 1:
        return mplan_plan_tmpfs(plan_, target, size(), mode(), flags(), e);
      case 2:
        return mplan_plan_dir(plan_, target, mode(), flags(), e);
      case 3: {
        std::string_view data = in_.text(in_.below(8));
        return mplan_plan_file(plan_, target, data.empty() ? nullptr : data.data(), data.size(), mode(), flags(), e);
      }
      case 4:
        return mplan_plan_file_fd(plan_, fd(), target, mode(), flags(), e);
      case 5:
        return mplan_plan_symlink(plan_, source(), target, flags(), e);
      case 6:
        return mplan_plan_symlink(plan_, "../../../../a", target, flags(), e);
      case 7:
        return mplan_plan_chmod(plan_, target, mode(), flags(), e);
      case 8:
        return mplan_plan_propagation(plan_, target, uint64_t{1} << in_.below(4) | (in_.one_in(2) ? flags() : 0), e);
      case 9:
        return mplan_plan_move(plan_, text(), target, flags(), e);
      case 10:
        return mplan_plan_root(plan_, folder(), flags(), e);
      case 11:
        return mplan_plan_etc(plan_, folder(), in_.one_in(4) ? target : "id", flags(), e);
      default:
        return mplan_plan_bind(plan_, source(), target, flags(), e);
    }
  }

  Bytes &in_;
  mplan_plan *plan_ = nullptr;
  std::string text_[2];  // arguments of one call
  size_t next_ = 0;
};

}  // namespace mountplan::fuzz
