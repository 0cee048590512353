// SPDX-License-Identifier: MIT
// Everything the child needs between clone and exec, worked out by the parent, so that the child allocates nothing.
#pragma once

#include "base/arena.hpp"
#include "base/failure.hpp"
#include "base/vec.hpp"
#include "engine/engine.hpp"
#include "kernel/process.hpp"
#include "spawn/spec.hpp"

namespace mountplan::spawn {

struct Launch {
  base::Arena arena;

  const char *const *argv = nullptr;
  const char *const *env = nullptr;
  base::Vec<const char *> environment;  // the caller's, where the spec has none
  base::Vec<const char *> candidates;   // paths to try in order, NULL behind the last
  const char *cwd = "/";
  const char *hostname = nullptr;
  base::Vec<FdPlace> fds;

  unsigned long clone_flags = 0;
  bool new_user_namespace = false;
  bool new_net_namespace = false;
  bool reaper = false;  // process 1 is ours and the program its child
  uint64_t flags = 0;   // MPLAN_SPAWN_

  base::Vec<IdRange> uid_map;  // of a new user namespace
  base::Vec<IdRange> gid_map;
  Ids caller;            // effective, outside
  Ids setup_ids;         // what the root is built as, in a new user namespace
  bool set_ids = false;  // the program's differ from what the child is by then, or may
  Ids ids;               // of the program
  bool limit_capabilities = false;
  uint64_t capabilities = 0;  // to keep

  engine::Program *program = nullptr;
  uint64_t namespaces = 0;  // MPLAN_NAMESPACE_
  bool worker = false;      // another process builds the root and hands it over, see worker.hpp
  bool trace = false;       // the parent wants to hear of each step

  // Set when the child is about to be made.
  kernel::SignalSet signal_mask = 0;  // of the calling thread
  int report_read = -1;               // messages to the parent
  int report_write = -1;
  int go_read = -1;  // a byte from the parent: go on
  int go_write = -1;
  int status_read = -1;  // how the program ended, from the reaper
  int status_write = -1;
  int tree_read = -1;  // the finished root, from the worker
  int tree_write = -1;
};

// Says how the root is entered: sets the program's commit, the worker and the flags of clone(2). Without a new mount namespace for the
// child the mounts of the host are not copied, which is what takes time where there are many.
void choose_commit(const kernel::Kernel &kernel, Launch &launch);

// Fills all but the engine's program and what is set later. The spec must outlive the launch.
int plan_launch(const Spec &spec, const kernel::Kernel &kernel, Launch &launch, base::Failure &failure);

}  // namespace mountplan::spawn
