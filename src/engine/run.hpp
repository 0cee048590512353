// SPDX-License-Identifier: MIT
// The state of one run, and the pieces ops are made of. Everything here is async-signal-safe and allocates nothing: what is
// kept goes into what prepare reserved.
#pragma once

#include <mountplan/apply.h>
#include <sys/stat.h>

#include <climits>

#include "base/writer.hpp"
#include "engine/backend.hpp"
#include "engine/program.hpp"

namespace mountplan::engine {

struct Run {
  const kernel::Kernel &kernel;
  Program &program;
  base::Failure &failure;
  const Backend *backend = nullptr;
  int root = no_fd;               // the tree the ops land in
  int place = no_fd;              // where the root is, or will be, attached
  bool root_attached = false;     // our own root is attached at `place` (with mount(2) from the start): to be detached on failure
  bool root_hidden = false;       // it is unbindable for now, so that no bind of a tree that holds `place` takes it along
  int scratch = no_fd;            // tmpfs for what needs a name for a moment
  int cover = no_fd;              // in place: an unbindable tmpfs below scratch, for the same reason
  bool making_scratch = false;    // classic: the next mount is scratch itself
  unsigned next_name = 0;         // in scratch
  int empty_mask = no_fd;         // the one empty read-only directory that masks share
  bool settled = false;           // what can not be taken back was done: the last op in place, or entering the root
  int descriptors = no_fd;        // /proc/thread-self/fd, which has been looked at
  int working_directory = no_fd;  // where the thread was before it left
  bool left_working_directory = false;
  bool among_descriptors = false;                                              // the working directory is `descriptors` now
  enum class Known : uint8_t { no_idea, yes, no } statmount = Known::no_idea;  // are the mounts asked for by statmount(2)?

  bool has(uint64_t prepare_flag) const { return (program.flags & prepare_flag) != 0; }
};

// --- fds -------------------------------------------------------------------------------------------------------------

// Closes and forgets. Nothing to do for no_fd.
void close_fd(Run &run, int &fd);

// A descriptor that is closed at the end of the scope.
class ScopedFd {
 public:
  ScopedFd(Run &run, int fd) : run_(run), fd_(fd) {}
  ScopedFd(const ScopedFd &) = delete;
  ScopedFd &operator=(const ScopedFd &) = delete;
  ~ScopedFd() { close_fd(run_, fd_); }
  int get() const { return fd_; }
  int release() {
    int fd = fd_;
    fd_ = no_fd;
    return fd;
  }

 private:
  Run &run_;
  int fd_;
};

// --- descriptors for calls that take paths (procfs.cpp) ---------------------------------------------------------------

// Opens /proc/thread-self/fd, once. Fails where /proc is no procfs, as check_procfs() does, which opens nothing.
int need_procfs(Run &run);
int check_procfs(Run &run);
// Makes it the working directory, where "N" is descriptor N. The fd and classic backends build everything from there.
int enter_descriptors(Run &run);
// "N". Good after enter_descriptors(), or together with run.descriptors.
struct FdPath {
  explicit FdPath(int fd);
  char text[12];
};
// What the kernel says of this thread: "mountinfo", "fdinfo/3". Returns a descriptor for reading.
int open_of_thread(Run &run, const char *name);
// The path that an open descriptor has now.
int read_descriptor_path(Run &run, int fd, char *out, size_t size);
// Before the working directory is changed: from then on it is this thread's alone.
int leave_working_directory(Run &run);
void return_to_working_directory(Run &run);

// type, mode, device, inode, attributes of an open descriptor (O_PATH too).
int stat_fd(Run &run, int fd, struct statx &out);
inline uint32_t type_of(const struct statx &stat) { return stat.stx_mode & S_IFMT; }
inline uint64_t device_of(const struct statx &stat) { return (uint64_t{stat.stx_dev_major} << 32) | stat.stx_dev_minor; }
const char *type_name(uint32_t type);

// The propagation of one mount.
int set_propagation(Run &run, int mount, uint64_t type, bool recursive);

// --- look-up inside the new root --------------------------------------------------------------------------------------

// Opens `path` (relative; "" is base) as if `base` were the root directory: neither `..` nor an absolute link leaves it, magic
// links are refused. openat2(2), or the walker where that is missing or denied. Returns a descriptor or -errno; reports nothing.
int lookup(Run &run, int base, const char *path, int flags);
int walk(const kernel::Kernel &kernel, int base, const char *path, int flags);  // flags: O_PATH at least

// The directory that holds `path` (absolute, cleaned, not "/"), missing ones made with `mode`, and the last component.
struct Parent {
  int fd;  // equal to base when the parent is base itself; else to be closed
  const char *name;
};
int open_parent(Run &run, int base, const char *path, uint32_t mode, Parent &out);
void close_parent(Run &run, int base, Parent &parent);

// The mount point for something of this type (S_IFDIR or not), made when it is missing. Returns a descriptor.
int open_target(Run &run, const Step &step, int base, const char *path, bool directory, uint32_t parent_mode);
// Is it what the root directory of the new root is?
int is_the_root(Run &run, const struct statx &stat, bool &same);
// Where a followed link may lead: not to the root itself, which would be covered with all that is in it.
int check_not_root(Run &run, const Step &step, const struct statx &target);
// Something that must be there; `policy` is one of MPLAN_SYMLINK_. Returns a descriptor, or -errno with the failure filled.
int open_existing(Run &run, const char *path, uint32_t policy, int base);

// --- making things -----------------------------------------------------------------------------------------------------

// Does it lie on a file system that this program made?
bool is_own(const Run &run, const struct statx &stat);
// May something be made in this directory? In file systems of this program always; in trees of the caller only with CREATE.
int may_create(Run &run, int dir, bool &foreign);
int make_directory(Run &run, int dir, const char *name, uint32_t mode, const char *path, size_t path_length);
// An empty file, open for writing. `foreign`: in a tree of the caller.
int create_file(Run &run, int dir, const char *name, uint32_t mode, const char *path, bool &foreign);
int make_file(Run &run, int dir, const char *name, uint32_t mode, const char *path);  // empty; returns O_PATH descriptor
int set_mode(Run &run, int fd, uint32_t mode);
// What was made in a tree of the caller is told to the caller, and taken back on failure. `made` is a descriptor of it, or the error of
// opening it: then it goes at once. `dir` holds it; its name is the last component of the first `length` bytes of `path`, which stays.
int remember_made(Run &run, int dir, const char *path, size_t length, bool directory, int made);
// A link that was just made at `path` in a tree of the caller: to be told, and taken back on failure.
int remember_link(Run &run, int dir, const char *path);
int adopt_device(Run &run, int mount);  // from now on the file system of this mount is ours

// --- scratch: a tmpfs that never shows -----------------------------------------------------------------------------------

int need_scratch(Run &run);
// A new entry in scratch: directory or empty file. name: at least 24 bytes, receives its name. Returns an O_PATH descriptor.
int scratch_entry(Run &run, bool directory, char *name);
int drop_scratch(Run &run);
// Puts a mount that is attached nowhere on scratch, where this kernel can clone it.
int stage(Run &run, int mount);
int write_all(Run &run, int fd, const void *data, size_t size);

// --- the end ----------------------------------------------------------------------------------------------------------

// With PIVOT: from here on `/` is the new root. verify() is called while there is a way back.
int enter(Run &run);
// Is this process in a mount namespace that is not its own? With PIVOT.
inline bool in_namespace_of_parent(const Run &run) {
  return run.program.commit == Commit::from_host || run.program.commit == Commit::hand_over;
}

// --- undo ------------------------------------------------------------------------------------------------------------

void remember_undo(Run &run, const Undo &undo);
// While everything is attached: lets roll_back() take away what it must.
void prepare_roll_back(Run &run);
// Returns how many changes could not be taken back.
size_t roll_back(Run &run);

// --- ops ---------------------------------------------------------------------------------------------------------------

// The three moments of an op. Any may be NULL. resolve: host phase, changes nothing. build: makes step.mount, attached nowhere (or staged).
// place: puts it, or makes what the op makes, in the tree at run.root.
struct Actions {
  int (*resolve)(Run &run, Step &step);
  int (*build)(Run &run, Step &step);
  int (*place)(Run &run, Step &step);
};
const Actions &actions_of(uint32_t op_kind);
// In place: is there a way back from it?
bool can_be_taken_back(const plan::Op &op);

int resolve_bind(Run &run, Step &step);
int build_bind(Run &run, Step &step);
int place_mount(Run &run, Step &step);
struct Expected;
// In place, the mount is remembered for undo and `mount` becomes no_fd.
int attach(Run &run, const Step &step, int &mount, int target, const Expected &expected);
int build_file_system(Run &run, Step &step);
int create_file_system(Run &run, Step &step, const char *type, const char *source, const Option *options, size_t count);
// A new devpts belongs to user 0 of the namespace it is made for.
int give_terminals(Run &run, int mount);
int resolve_proc(Run &run, Step &step);
int build_proc(Run &run, Step &step);
int build_sysfs(Run &run, Step &step);
int place_proc(Run &run, Step &step);
// Is nothing hidden of the proc or sysfs at /proc or /sys? Where it can not be told, it is.
bool shows_all(Run &run, const char *point);
int resolve_dev(Run &run, Step &step);
int build_dev(Run &run, Step &step);
int resolve_overlay(Run &run, Step &step);
int build_overlay(Run &run, Step &step);
// Is this not the first user namespace?
int in_user_namespace(Run &run, bool &inside);
int place_directory(Run &run, Step &step);
int place_symlink(Run &run, Step &step);
int place_chmod(Run &run, Step &step);
int build_file(Run &run, Step &step);
int place_file(Run &run, Step &step);
int resolve_mask(Run &run, Step &step);
int place_mask(Run &run, Step &step);
int place_remount(Run &run, Step &step);
int place_propagation(Run &run, Step &step);
int place_move(Run &run, Step &step);
int place_unmount(Run &run, Step &step);

// A clone of what `source` has open. One that was handed in may be from another mount namespace: it is found again here by its path, and
// compared.
int clone_source(Run &run, int source, bool recursive, bool handed_in);
// Opens a path of the host, symbolic links followed.
int open_host(Run &run, const char *path, int flags);

// Fills kind SYSCALL and returns the error.
inline int failed(Run &run, int result, const char *call, const char *path = nullptr) {
  return base::fail_call(run.failure, result, call, path);
}

// There is another way: what failed is forgotten, but not at which stage we are.
inline void forget_failure(Run &run) {
  base::Stage stage = run.failure.stage;
  run.failure = base::Failure();
  run.failure.stage = stage;
}

}  // namespace mountplan::engine
