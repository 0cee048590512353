// SPDX-License-Identifier: MIT
// What the backends do differently: how a mount is made, changed and attached. Everything else is the same code.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mountplan::engine {

struct Run;

// One option of a new file system: a flag, a string, or something open.
struct Option {
  const char *key = nullptr;
  const char *value = nullptr;  // NULL with fd -1: a flag
  int fd = -1;
};

struct FileSystem {
  const char *type;
  const char *source;  // what the table shows
  const Option *options = nullptr;
  size_t option_count = 0;
  uint64_t attributes = 0;  // MPLAN_ATTR_
};

struct Change {
  uint64_t set = 0;          // MPLAN_ATTR_ bits to add
  uint64_t propagation = 0;  // one MPLAN_PROPAGATION_ type; 0 leaves it
  int idmap_fd = -1;
  bool recursive = false;
  uint64_t trouble = 0;  // MPLAN_REMOUNT_ policy
};

struct Backend {
  uint32_t id;  // MPLAN_BACKEND_
  // Does the root have to be attached before the first mount lands in it?
  bool root_first;
  // Does scratch have to be attached, on top of the place? Before Linux 6.15 what is attached nowhere can not be cloned, nor hold a layer.
  bool scratch_on_place;

  // Both return a descriptor of the root of a private mount that shows nowhere, with the failure filled on error.
  int (*clone)(Run &run, int source, bool recursive);
  int (*create)(Run &run, const FileSystem &file_system);
  int (*change)(Run &run, int mount, const Change &change);
  // Puts the mount on the target, which is open; `mount` stays a descriptor of its root.
  int (*attach)(Run &run, int mount, int target);
};

extern const Backend backend_detached;
extern const Backend backend_fd;
extern const Backend backend_classic;
const Backend *backend_by_id(uint32_t id);

// Detaches a mount and what is below it, by descriptor. Without a procfs at /proc the working directory, which all threads share, is
// another for a moment, and what is mounted on files can not be detached.
int detach_mount(Run &run, int mount);
// One mount gets exactly these attributes, whatever it has. With the classic backend a procfs at /proc is wanted as above.
int set_attributes(Run &run, int mount, uint64_t wanted);

}  // namespace mountplan::engine
