// SPDX-License-Identifier: MIT
// open_tree(OPEN_TREE_NAMESPACE) and setns(2). The namespace is a copy: what the plan asked for is checked on the original, and the copy
// is checked to be like it. A copy leaves out unbindable mounts and pinned mount namespaces.
#include "engine/commit_namespace.hpp"

#include <mountplan/apply.h>
#include <mountplan/plan.h>
#include <mountplan/spawn.h>

#include <cerrno>

#include "engine/check.hpp"
#include "engine/mounts.hpp"
#include "engine/verify.hpp"
#include "kernel/features.hpp"

namespace mountplan::engine {

namespace {

constexpr unsigned make_flags = kernel::open_tree_namespace | kernel::open_tree_cloexec | kernel::at_empty_path;

// A copy that lacks mounts of the plan would not be what was asked for.
bool survives_copying(const plan::Op &op) { return op.kind != MPLAN_OP_PROPAGATION || (op.flags & MPLAN_PROPAGATION_UNBINDABLE) == 0; }

bool suits(const Program &program, const kernel::Kernel &kernel) {
  bool free_choice = program.backend == MPLAN_BACKEND_AUTO;
  if ((!free_choice && program.backend != MPLAN_BACKEND_DETACHED) || kernel::namespaces_lack(kernel) != 0) {
    return false;
  }
  for (const Step &step : program.steps) {
    if (!survives_copying(step.op)) {
      return false;
    }
  }
  return !free_choice || kernel::best_backend(kernel) == MPLAN_BACKEND_DETACHED;
}

bool has_statmount(const Program &program, const kernel::Kernel &kernel) {
  return (program.flags & MPLAN_PREPARE_VERIFY) == 0 || kernel::can_stat_mounts(kernel);  // there is no /proc where it is verified
}

// What a process with less privilege would be refused, or would make otherwise, it has to do itself.
bool can_be_made_for(const Step &step, uint64_t kinds) {
  if (step.op.idmap_fd >= 0) {
    return false;
  }
  switch (step.op.kind) {
    case MPLAN_OP_OVERLAY:
      return (step.op.flags & MPLAN_OVERLAY_READONLY) != 0 && step.op.layer_count == 1;  // a bind
    case MPLAN_OP_PROC:
      return (kinds & MPLAN_NAMESPACE_PID) != 0;
    case MPLAN_OP_SYSFS:
      return (kinds & MPLAN_NAMESPACE_NET) != 0;
    case MPLAN_OP_MQUEUE:
      return (kinds & MPLAN_NAMESPACE_IPC) != 0;
    case MPLAN_OP_DEV:
      return (step.op.flags & MPLAN_DEV_MQUEUE) == 0 || (kinds & MPLAN_NAMESPACE_IPC) != 0;
    case MPLAN_OP_BPF:
      return false;
    default:
      return true;
  }
}

// The start may begin again, by pivot_root(2).
int refused(Run &run, int result) {
  run.failure.refused = 1;
  return result;
}

// Where open_tree(2) refuses a tree, or another namespace is one too many, pivot_root(2) may still do.
bool is_refusal(int error) { return error == -EINVAL || error == -EPERM || error == -ENOSYS || error == -ENOSPC; }

int refused_or_failed(Run &run, int error, const char *call) {
  failed(run, error, call);
  return is_refusal(error) ? refused(run, error) : error;
}

void add(Tally &tally, const kernel::StatMount &stat) {
  uint64_t hash = 0xcbf29ce484222325;
  for (uint64_t word : {stat.attributes, stat.propagation, uint64_t{stat.major} << 32 | stat.minor}) {
    hash = (hash ^ word) * 0x9e3779b97f4a7c15;
    hash ^= hash >> 29;
  }
  tally.mounts++;
  tally.sum += hash;
}

bool is_noted(const Run &run, uint64_t id) {
  for (const Note &note : run.program.notes) {
    if (note.id == id && note.placed) {
      return true;
    }
  }
  return false;
}

enum class Side : uint8_t { original, copy };

// Files of mount namespaces are left out of a copy, as they are of the namespace an unshare(2) makes; which of the namespace files those
// are does not show. So none that came along with a bind counts, and with one that the plan asks for by itself no namespace is made.
int add_mount(Run &run, uint64_t id, Side side, Tally &tally) {
  alignas(8) kernel::StatMount stat;
  int result = kernel::stat_mount(run.kernel, id, kernel::statmount_mount | kernel::statmount_super, &stat, sizeof stat);
  if (result < 0) {
    return result == -ENOENT ? 0 : failed(run, result, "statmount");
  }
  if (stat.magic != kernel::nsfs_magic) {
    add(tally, stat);
    return 0;
  }
  bool asked_for = side == Side::original && is_noted(run, id);
  return asked_for ? refused(run, base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP, "the plan binds the file of a namespace"))
                   : 0;
}

int take_tally(Run &run, int root, Side side, Tally &tally) {
  uint64_t top = 0;
  if (int result = mount_id(run, root, top); result < 0) {
    return result;
  }
  if (int result = add_mount(run, top, side, tally); result < 0) {
    return result;
  }
  constexpr size_t chunk = 256;
  uint64_t ids[chunk];
  uint64_t after = 0;
  for (bool more = true; more;) {
    const long count = kernel::list_mounts(run.kernel, top, after, ids, chunk);
    if (count < 0) {
      return failed(run, static_cast<int>(count), "listmount");
    }
    for (long i = 0; i < count; i++) {
      after = ids[i];
      if (int result = add_mount(run, after, side, tally); result < 0) {
        return result;
      }
    }
    more = count == chunk;
  }
  return 0;
}

int check_entered(Run &run, const Tally &tally) {
  struct statx wanted;
  struct statx found;
  ScopedFd root(run, open_host(run, "/", O_PATH | O_DIRECTORY));
  if (root.get() < 0) {
    return failed(run, root.get(), "openat", "/");
  }
  int result = stat_fd(run, run.root, wanted);
  result = result < 0 ? result : stat_fd(run, root.get(), found);
  if (result < 0) {
    return result;
  }
  if (wanted.stx_ino != found.stx_ino || device_of(wanted) != device_of(found)) {
    return base::fail(run.failure, base::Kind::safety, EXDEV, "after setns the root is not the one that was built");
  }
  close_fd(run, run.root);
  run.root = root.release();
  if (result = verify_entered(run); result < 0 || tally.mounts == 0) {
    return result;
  }
  Quiet quiet(run.program);
  Tally copy;
  if (result = take_tally(run, run.root, Side::copy, copy); result < 0) {
    return result;
  }
  if (copy.mounts == tally.mounts && copy.sum == tally.sum) {
    return 0;
  }
  return refused(
      run, base::fail(run.failure, base::Kind::safety, EXDEV, "verify: the mounts of the new namespace are not those that were built"));
}

bool can_make_all_for(Run &run, uint64_t kinds, bool has_root) {
  for (const Step &step : run.program.steps) {
    const bool terminals = step.op.kind == MPLAN_OP_DEV || step.op.kind == MPLAN_OP_DEVPTS;
    if (!can_be_made_for(step, kinds) || (terminals && !has_root)) {
      return false;
    }
    // A new one would show what is covered here: the kernel refuses that to the child, but not to who is privileged over the covers.
    if ((step.op.kind == MPLAN_OP_PROC && !shows_all(run, "/proc")) || (step.op.kind == MPLAN_OP_SYSFS && !shows_all(run, "/sys"))) {
      return false;
    }
  }
  return true;
}

}  // namespace

void commit_by_pivot(Program &program, uint32_t backend) {
  program.commit = Commit::pivot;
  program.backend = backend;
}

void commit_in_own(Program &program) { program.commit = Commit::own; }

void check_commit(Run &run) {
  if (run.program.commit == Commit::own && (!suits(run.program, run.kernel) || !has_statmount(run.program, run.kernel))) {
    run.program.commit = Commit::pivot;
  }
}

bool commit_from_host(Program &program, const kernel::Kernel &kernel) {
  if (program.attach_first || !suits(program, kernel) || !has_statmount(program, kernel)) {
    return false;
  }
  program.commit = Commit::from_host;
  program.backend = MPLAN_BACKEND_DETACHED;
  return true;
}

bool can_hand_over(Program &program, uint64_t kinds, bool has_root, const kernel::Kernel &kernel) {
  if (program.attach_first || !suits(program, kernel) || !has_statmount(program, kernel)) {
    return false;
  }
  base::Failure ignored;
  Run run{.kernel = kernel, .program = program, .failure = ignored};
  const bool can = can_make_all_for(run, kinds, has_root);
  close_fd(run, run.descriptors);  // which looking at mounts may have opened
  return can;
}

void commit_for(Program &program, const Receiver &receiver) {
  program.commit = Commit::hand_over;
  program.backend = MPLAN_BACKEND_DETACHED;
  program.receiver = receiver;
}

int make_namespace(Run &run, int &made) {
  made = run.kernel.open_tree(run.root, "", make_flags | kernel::at_recursive);
  if (made < 0 && run.program.commit == Commit::own && is_refusal(made)) {
    made = no_fd;
    return 0;
  }
  return made >= 0 ? 0 : refused_or_failed(run, made, "open_tree");
}

int verify_aside(Run &run, Tally &tally) {
  if (!run.has(MPLAN_PREPARE_VERIFY)) {
    return 0;
  }
  Quiet quiet(run.program);
  const bool is_aside = !run.root_attached;
  if (is_aside) {
    // A namespace of the bare root directory, in which the tree can be attached and so be looked at.
    ScopedFd aside(run, run.kernel.open_tree(run.root, "", make_flags));
    if (aside.get() < 0) {
      return refused_or_failed(run, aside.get(), "open_tree");
    }
    auto result = static_cast<int>(run.kernel.call(kernel::Call::setns, aside.get(), kernel::new_mount_namespace));
    if (result < 0) {
      return refused_or_failed(run, result, "setns");
    }
    run.among_descriptors = run.left_working_directory = false;  // both are elsewhere now, for good
    ScopedFd top(run, open_host(run, "/", O_PATH | O_DIRECTORY));
    if (top.get() < 0) {
      return failed(run, top.get(), "openat", "/");
    }
    if (result = run.backend->attach(run, run.root, top.get()); result < 0) {
      return result == -ELOOP ? refused(run, result) : result;  // a pinned mount namespace, older than this one, came along with a bind
    }
    run.root_attached = true;
  }
  int result = verify(run);
  result = result < 0 ? result : take_tally(run, run.root, Side::original, tally);
  run.root_attached = run.root_attached && (result >= 0 || !is_aside);  // what is aside goes with its namespace
  return result;
}

int enter_namespace(Run &run, int made, const Tally &tally) {
  auto result = static_cast<int>(run.kernel.call(kernel::Call::setns, made, kernel::new_mount_namespace));
  if (result < 0) {
    return refused_or_failed(run, result, "setns");
  }
  run.root_attached = false;  // it stays behind, in a namespace that nobody is in any more
  run.settled = true;
  run.among_descriptors = run.left_working_directory = false;
  return check_entered(run, tally);
}

int hand_over(Run &run) {
  // Taken now: what has been attached, as it is to be verified, can not be made a namespace by a process that is elsewhere.
  ScopedFd tree(run, run.backend->clone(run, run.root, true));
  if (tree.get() < 0) {
    return tree.get();
  }
  Tally tally;
  if (int result = verify_aside(run, tally); result < 0) {
    return result;
  }
  const Receiver &receiver = run.program.receiver;
  return receiver.take(receiver.data, tree.get(), tally, run.failure);
}

int enter_tree(Program &program, const kernel::Kernel &kernel, int tree, const Tally &tally, base::Failure &failure) {
  failure = base::Failure();
  failure.stage = base::Stage::commit;
  Run run{.kernel = kernel, .program = program, .failure = failure};
  run.root = tree;
  ScopedFd made(run, run.kernel.open_tree(tree, "", make_flags | kernel::at_recursive));
  if (made.get() < 0) {
    int result = failed(run, made.get(), "open_tree");
    return is_refusal(result) ? refused(run, result) : result;
  }
  int result = enter_namespace(run, made.get(), tally);
  close_fd(run, run.root);
  if (result == 0) {
    failure = base::Failure();
  }
  return result;
}

}  // namespace mountplan::engine
