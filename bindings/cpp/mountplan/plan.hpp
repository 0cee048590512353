// SPDX-License-Identifier: MIT
// Building, reading, explaining and preparing a plan: mountplan/plan.h, which is the reference for every op.
#ifndef MOUNTPLAN_PLAN_HPP
#define MOUNTPLAN_PLAN_HPP

#include <mountplan/plan.h>

#include <mountplan/apply.hpp>

namespace mountplan {

// An op of a plan, to say more of it; valid as long as the plan. Each function returns the op, so that calls can be chained.
class Op {
 public:
  int index() const noexcept { return index_; }

  Op &set_attrs(uint64_t set, uint64_t clear = 0) { return modify(mplan_op_set_attrs, set, clear); }
  Op &set_symlinks(uint32_t policy) { return modify(mplan_op_set_symlinks, policy); }
  Op &set_source_path(const String &path) { return modify(mplan_op_set_source_path, path.c_str()); }
  Op &set_idmap(int userns_fd) { return modify(mplan_op_set_idmap, userns_fd); }
  Op &set_inodes(uint64_t inodes) { return modify(mplan_op_set_inodes, inodes); }
  Op &add_layer(const String &source) { return modify(mplan_op_add_layer, source.c_str()); }
  Op &add_layer_fd(int source_fd) { return modify(mplan_op_add_layer_fd, source_fd); }
  Op &add_data_layer(const String &source) { return modify(mplan_op_add_data_layer, source.c_str()); }
  Op &set_upper(const String &upper, const String &work) { return modify(mplan_op_set_upper, upper.c_str(), work.c_str()); }

 private:
  friend class Plan;
  Op(mplan_plan *plan, int index) noexcept : plan_(plan), index_(index) {}

  template <typename Function, typename... Arguments>
  Op &modify(Function function, Arguments... arguments) {
    call(function, plan_, index_, arguments...);
    return *this;
  }

  mplan_plan *plan_;
  int index_;
};

// An ordered list of ops, which building does not carry out; as a range, the mplan_op that were added.
class Plan : public Entries<mplan_plan, mplan_plan_free, mplan_plan_count, read_entry<mplan_plan, mplan_op, mplan_plan_get>> {
 public:
  using Entries::Entries;
  Plan() : Entries(make(mplan_plan_new)) {}

  Plan &set_flags(uint64_t flags) { return call(mplan_plan_set_flags, get(), flags), *this; }
  Plan &set_parent_mode(uint32_t mode) { return call(mplan_plan_set_parent_mode, get(), mode), *this; }

  Op bind(const String &source, const String &target, uint64_t flags = 0) {
    return add(mplan_plan_bind, source.c_str(), target.c_str(), flags);
  }
  Op bind_fd(int source_fd, const String &target, uint64_t flags = 0) { return add(mplan_plan_bind_fd, source_fd, target.c_str(), flags); }
  Op remount(const String &target, uint64_t flags = 0) { return add(mplan_plan_remount, target.c_str(), flags); }
  Op tmpfs(const String &target, uint64_t size = 0, uint32_t mode = 0755, uint64_t flags = 0) {
    return add(mplan_plan_tmpfs, target.c_str(), size, mode, flags);
  }
  Op proc(const String &target, uint64_t flags = 0) { return add(mplan_plan_proc, target.c_str(), flags); }
  Op sysfs(const String &target, uint64_t flags = 0) { return add(mplan_plan_sysfs, target.c_str(), flags); }
  Op devpts(const String &target, uint64_t flags = 0) { return add(mplan_plan_devpts, target.c_str(), flags); }
  Op mqueue(const String &target, uint64_t flags = 0) { return add(mplan_plan_mqueue, target.c_str(), flags); }
  Op bpf(const String &target, uint64_t flags = 0) { return add(mplan_plan_bpf, target.c_str(), flags); }
  Op ramfs(const String &target, uint64_t flags = 0) { return add(mplan_plan_ramfs, target.c_str(), flags); }
  Op dev(const String &target, uint64_t flags = 0) { return add(mplan_plan_dev, target.c_str(), flags); }
  Op overlay(const String &target, uint64_t flags = 0) { return add(mplan_plan_overlay, target.c_str(), flags); }
  Op dir(const String &target, uint32_t mode = 0755, uint64_t flags = 0) { return add(mplan_plan_dir, target.c_str(), mode, flags); }
  Op file(const String &target, std::string_view content, uint32_t mode = 0444, uint64_t flags = 0) {
    return add(mplan_plan_file, target.c_str(), content.data(), content.size(), mode, flags);
  }
  Op file_fd(int fd, const String &target, uint32_t mode = 0444, uint64_t flags = 0) {
    return add(mplan_plan_file_fd, fd, target.c_str(), mode, flags);
  }
  Op symlink(const String &text, const String &target, uint64_t flags = 0) {
    return add(mplan_plan_symlink, text.c_str(), target.c_str(), flags);
  }
  Op chmod(const String &target, uint32_t mode, uint64_t flags = 0) { return add(mplan_plan_chmod, target.c_str(), mode, flags); }
  Op mask(const String &target, uint64_t flags = 0) { return add(mplan_plan_mask, target.c_str(), flags); }
  Op propagation(const String &target, uint64_t flags) { return add(mplan_plan_propagation, target.c_str(), flags); }
  Op move(const String &source, const String &target, uint64_t flags = 0) {
    return add(mplan_plan_move, source.c_str(), target.c_str(), flags);
  }
  Op unmount(const String &target, uint64_t flags = 0) { return add(mplan_plan_unmount, target.c_str(), flags); }
  Op root(const String &source, uint64_t flags = 0) { return add(mplan_plan_root, source.c_str(), flags); }
  // source: nullptr is /etc.
  Op etc(const String &source, const String &prefix, uint64_t flags = 0) {
    return add(mplan_plan_etc, source.c_str(), prefix.c_str(), flags);
  }

  // Lower layer of an overlay, top first; empty where it is a descriptor or there is no such layer.
  std::string_view layer(size_t op, size_t layer) const noexcept { return text(mplan_plan_layer(get(), op, layer)); }

  void validate() const { call(mplan_plan_validate, get()); }

  Trace explain(const Options &options = {}) const { return Trace(Arguments(options).make<mplan_trace>(mplan_explain, get())); }
  Prepared prepare(const Options &options) const { return Prepared(get(), options); }
  // Prepares and applies.
  void apply(const Options &options) const { prepare(options).apply(); }

 private:
  template <typename Function, typename... Arguments>
  Op add(Function function, Arguments... arguments) {
    return Op(get(), call(function, get(), arguments...));
  }
};

}  // namespace mountplan

#endif
