// SPDX-License-Identifier: MIT
// Building a plan: the adders and modifiers of the public header, arguments checked. Each returns the op's index (adders) or 0
// (modifiers), or -errno with `failure` filled, naming the op; then ops, layers and fds of the plan are as before.
//
// An `fd` parameter is the plan's own descriptor, already duplicated, or the -errno of the attempt, which is told in the failure.
// It belongs to the plan from success on; on failure the caller closes it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/failure.hpp"
#include "plan/plan.hpp"

namespace mountplan::plan {

int set_flags(Plan &plan, uint64_t flags, base::Failure &failure);
int set_parent_mode(Plan &plan, uint32_t mode, base::Failure &failure);

// Kinds that have a target and flags and nothing else: remount, proc, sysfs, devpts, mqueue, bpf, ramfs, dev, overlay, mask,
// propagation, unmount.
int add_at(Plan &plan, uint32_t kind, const char *target, uint64_t flags, base::Failure &failure);
// Kinds that have a permission besides: dir, chmod.
int add_with_mode(Plan &plan, uint32_t kind, const char *target, uint32_t mode, uint64_t flags, base::Failure &failure);
int add_bind(Plan &plan, const char *source, const char *target, uint64_t flags, base::Failure &failure);
int add_bind_fd(Plan &plan, int fd, const char *target, uint64_t flags, base::Failure &failure);
int add_tmpfs(Plan &plan, const char *target, uint64_t size, uint32_t mode, uint64_t flags, base::Failure &failure);
int add_file(Plan &plan, const char *target, const void *data, size_t length, uint32_t mode, uint64_t flags, base::Failure &failure);
int add_file_fd(Plan &plan, int fd, const char *target, uint32_t mode, uint64_t flags, base::Failure &failure);
int add_symlink(Plan &plan, const char *text, const char *target, uint64_t flags, base::Failure &failure);
int add_move(Plan &plan, const char *source, const char *target, uint64_t flags, base::Failure &failure);
int add_root(Plan &plan, const char *source, uint64_t flags, base::Failure &failure);
int add_etc(Plan &plan, const char *source, const char *prefix, uint64_t flags, base::Failure &failure);

int add_layer(Plan &plan, int op, const char *source, bool data_only, base::Failure &failure);
int add_layer_fd(Plan &plan, int op, int fd, base::Failure &failure);
int set_upper(Plan &plan, int op, const char *upper, const char *work, base::Failure &failure);
int set_attributes(Plan &plan, int op, uint64_t set, uint64_t clear, base::Failure &failure);
int set_symlinks(Plan &plan, int op, uint32_t policy, base::Failure &failure);
int set_source_path(Plan &plan, int op, const char *path, base::Failure &failure);
// `replaced` receives the descriptor of an earlier call, which the caller closes, or -1.
int set_idmap(Plan &plan, int op, int fd, int &replaced, base::Failure &failure);
int set_inodes(Plan &plan, int op, uint64_t inodes, base::Failure &failure);

}  // namespace mountplan::plan
