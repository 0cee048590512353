// SPDX-License-Identifier: MIT
// The program: what prepare makes of a plan. A flat list of steps, and all the memory and descriptors that running it takes.
#pragma once

#include <sys/types.h>

#include "base/arena.hpp"
#include "base/vec.hpp"
#include "engine/backend.hpp"
#include "engine/engine.hpp"
#include "plan/op.hpp"

namespace mountplan::engine {

constexpr int no_fd = -1;
constexpr size_t dev_fd_count = 7;  // six devices and the console
constexpr size_t dev_mounts = 12;   // the most that dev makes: itself, those, pts, mqueue, shm

// One op, or one of the ops that a helper (root, etc) stands for.
struct Step {
  plan::Op op;         // strings in Program::arena, descriptors in Program::plan_fds
  int32_t index = -1;  // of the op in the plan
  uint32_t parent_mode = 0755;
  bool from_helper = false;    // made by root or etc, which stands here as the plan has it
  bool finds_listing = false;  // the first bind of the directory that the helper listed
  uint32_t helper_kind = 0;
  const char *helper_source = nullptr;
  const char *given_source = nullptr;  // of a symlink whose text became what the host's link contains
  const char *helper_target = nullptr;

  // What the host phase found.
  bool skipped = false;  // an optional source that is missing
  int source = no_fd;
  uint32_t source_type = 0;  // S_IFMT bits
  int *fds = nullptr;        // overlay: layers, upper, work; dev: devices
  size_t fd_count = 0;
  plan::Layer *layers = nullptr;
  Option *options = nullptr;  // overlay: room for one per layer and ten more
  unsigned scratch_name = 0;  // file: its name in scratch until it is placed

  int mount = no_fd;                // what build made, until it is placed
  const char *made_type = nullptr;  // file system type where build made a new one; NULL for a clone
  bool made_tree = false;           // a clone with what is mounted below
};

// Something to take back when a later step fails.
struct Undo {
  enum class What : uint8_t { unlink, remove_directory, detach, restore_mode, restore_attributes, move_back, nothing };
  What what = What::unlink;
  bool outside_root = false;   // made for a source, before there was a root
  int fd = no_fd;              // parent directory; or the mount; or the file; with `nothing`, what has to stay until the end
  int fd2 = no_fd;             // move_back: the directory of the place it came from, which is `name`
  const char *name = nullptr;  // component; not NUL-terminated: name_length bytes
  size_t name_length = 0;
  uint64_t device = 0;
  uint64_t inode = 0;
  uint64_t value = 0;  // old mode, or attributes that were added
};

// What is known of a mount of the result, for verify().
struct Note {
  const char *target = nullptr;  // in the new root; NULL for a change of a mount that is there
  const char *name = nullptr;    // of an entry in it
  const char *type = nullptr;
  uint64_t id = 0;
  uint64_t parent = 0;  // once it is known
  uint64_t attributes = 0;
  uint64_t propagation = 0;
  int32_t step = -1;
  uint32_t order = 0;  // counted from 1
  bool recursive = false;
  bool partial = false;  // recursive, but mounts below may have been skipped
  bool idmapped = false;
  bool placed = false;
  bool moved = false;
  bool gone = false;  // detached by a later op
  bool seen = false;
};

// A path that was made in a tree of the caller: the first `length` bytes of `path`.
struct Created {
  const char *path = nullptr;
  size_t length = 0;
};

// Where the root is built, and how it is entered. A spawn chooses; everything else is `pivot`.
enum class Commit : uint8_t {
  pivot,      // in a mount namespace of the process's own, whose root the new one takes the place of
  own,        // likewise, but the new root becomes a namespace itself, which the process goes over to
  from_host,  // likewise, and the process is still in its parent's namespace: nothing of that may be changed
  hand_over,  // from_host, in a process that gives the finished tree to the one that will enter it
};

struct Program {
  base::Arena arena;
  base::Vec<Step> steps;
  base::Vec<int> plan_fds;          // duplicates of the plan's descriptors
  base::Vec<Undo> undo;             // reserved by prepare for the worst case; with what ENSURE made already in it
  base::Vec<Created> created;       // likewise
  base::Vec<uint64_t> own_devices;  // st_dev of the file systems this program made; likewise
  base::Vec<Note> notes;            // with VERIFY; likewise
  uint64_t flags = 0;               // MPLAN_PREPARE_
  uint64_t plan_flags = 0;          // MPLAN_PLAN_
  uint32_t backend = 0;             // MPLAN_BACKEND_
  int place = no_fd;                // directory the plan is applied to
  int root_step = -1;               // the step whose mount is the root itself (an op at /)
  bool attach_first = false;        // some step needs the root attached before it is finished
  bool joins_layers = false;        // overlay: this kernel takes its layers as one string only
  bool applied = false;
  Commit commit = Commit::pivot;
  Receiver receiver;             // with Commit::hand_over
  int32_t current = -1;          // op that is being carried out, kernel::quiet while probing
  int32_t *watched = nullptr;    // during prepare: the caller's copy of `current`
  void *table_memory = nullptr;  // reserved address space for reading the mount table
  size_t table_size = 0;

  kernel::Kernel opener = kernel::live;  // the kernel that the descriptors below belong to

  ~Program();
};

}  // namespace mountplan::engine
