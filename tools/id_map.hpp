// SPDX-License-Identifier: MIT
// --idmap: the ids of a mount, in the words of mount(8)'s X-mount.idmap.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mountplan::tool {

struct IdRange {
  uint32_t on_disk;
  uint32_t shown;
  uint32_t count;
};

struct IdMap {
  std::string path;  // of a user namespace (/proc/PID/ns/user); or empty, and the ranges count
  std::vector<IdRange> users;
  std::vector<IdRange> groups;
};

// "u:0:1000:1 g:0:1000:1", b: for both, or an absolute path. Throws UsageError.
IdMap parse_id_map(const std::string &text);

// A descriptor of a user namespace with this map, close-on-exec, the caller's. A process that is gone when this returns makes it.
// Throws std::runtime_error where the system refuses.
int open_id_map(const IdMap &map);

}  // namespace mountplan::tool
