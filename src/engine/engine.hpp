// SPDX-License-Identifier: MIT
// The engine: plan -> program (prepare), and running it on a kernel (apply). It never knows which kernel it runs on.
#pragma once

#include <cstdint>

#include "base/failure.hpp"
#include "kernel/kernel.hpp"
#include "plan/plan.hpp"

namespace mountplan::engine {

struct Options {
  uint64_t flags = 0;    // MPLAN_PREPARE_
  uint32_t backend = 0;  // MPLAN_BACKEND_
  int root_fd = -1;      // directory to apply to; borrowed until prepare returns
  const char *root = nullptr;
  int32_t *current = nullptr;  // follows the op that is being prepared, for kernel::Trace
};

struct Program;

// Sums up the mounts of a tree: where two differ in number, attributes, propagation or file systems, so do their tallies, all but surely.
struct Tally {
  uint64_t mounts = 0;  // 0: none was taken
  uint64_t sum = 0;
};

// The process that will enter what another one builds, see commit_for(): its namespaces, and who is root in them.
struct Receiver {
  int pid_namespace = -1;  // descriptor; proc is made for it
  uint32_t root_uid = 0;   // what user 0 in there is here
  uint32_t root_gid = 0;
  // Gives the tree over and waits until it was entered. 0, or -errno with the failure filled.
  int (*take)(void *data, int tree, const Tally &tally, base::Failure &failure) = nullptr;
  void *data = nullptr;
};

// Host phase. Allocates everything that apply will use. The program does not need the plan afterwards.
int prepare(const plan::Plan &plan, const Options &options, const kernel::Kernel &kernel, Program **out, base::Failure &failure);

void release(Program *program);

// How a program with PIVOT and DEFERRED may enter its root by making a namespace of it (Linux 7), to be said before apply. Where the kernel
// or the plan is against it those that return false have changed nothing. In a new mount namespace of the process that applies, which finds
// out by itself:
void commit_in_own(Program &program);
// Takes that back, and what follows; `backend` is what it was before.
void commit_by_pivot(Program &program, uint32_t backend);
// In a process that is in its parent's mount namespace and changes nothing there. It is privileged over that, and ends when apply fails.
bool commit_from_host(Program &program, const kernel::Kernel &kernel);
// As commit_from_host(), in a process that gives the tree to one with less privilege, to which `kinds` (MPLAN_NAMESPACE_) are new and which
// has a user 0 or not. commit_for() is for the process that builds, enter_tree() for the other one.
bool can_hand_over(Program &program, uint64_t kinds, bool has_root, const kernel::Kernel &kernel);
void commit_for(Program &program, const Receiver &receiver);
int enter_tree(Program &program, const kernel::Kernel &kernel, int tree, const Tally &tally, base::Failure &failure);

// Runs the program, once. Async-signal-safe, allocates nothing. On failure what was done is undone.
int apply(Program &program, const kernel::Kernel &kernel, base::Failure &failure);

// The op that is being carried out; -1 between ops. For kernel::Trace.
const int32_t *current_op(const Program &program);

// The backend that prepare (or, for a deferred program, apply) has chosen; MPLAN_BACKEND_AUTO until then.
uint32_t backend_of(const Program &program);

// Things made in trees of the caller: count and path (into `out`, cut when it does not fit).
size_t created_count(const Program &program);
void created_path(const Program &program, size_t i, char *out, size_t size);

// From now on the descriptors of the program are closed with this kernel.
void close_with(Program &program, const kernel::Kernel &kernel);

// A failure that came back from a child: is it one that this program can have made? Its pointers are replaced by the program's own.
bool check_failure(const Program &program, base::Failure &failure);

// Elevated privilege from a setuid or file-capability exec: the library refuses to work there.
int refuse_elevated(base::Failure &failure);

}  // namespace mountplan::engine
