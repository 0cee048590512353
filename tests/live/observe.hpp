// SPDX-License-Identifier: MIT
// Looking at what is mounted, open and on disk, by the simplest code that can do it: nothing of the library is used, so that the
// library can be measured against it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace live {

// A line of mountinfo, proc_pid_mountinfo(5), unescaped.
struct Mount {
  uint64_t id;
  uint64_t parent;
  std::string device;  // "0:42"
  std::string root;
  std::string point;
  std::string options;
  std::string optional;
  std::string type;
  std::string source;
  std::string super_options;

  // Whether a per-mount option is among `options`: has("ro").
  bool has(std::string_view option) const;
};
std::ostream &operator<<(std::ostream &out, const Mount &mount);

// The mounts of this process, in the kernel's order.
std::vector<Mount> mounts();
// The mounts whose mount point is `path` or below it.
std::vector<Mount> mounts_below(const std::string &path);
// The topmost mount with exactly this mount point.
std::optional<Mount> mount_at(const std::string &path);

// Open descriptors of this process and what they are of.
std::map<int, std::string> open_fds();

// Every file below `path`, mounts included: "d 0755 0 usr/bin", "l 0777 0 bin -> usr/bin" (type, mode, owner, relative path), sorted.
std::vector<std::string> files(const std::string &path);

// The state an all-or-nothing failure must leave as it was: mounts, descriptors, working directory and root.
struct Snapshot {
  std::string mountinfo;
  std::map<int, std::string> fds;
  std::string cwd;
  std::string root;
  bool operator==(const Snapshot &) const = default;
};
std::ostream &operator<<(std::ostream &out, const Snapshot &snapshot);
Snapshot host_snapshot();

}  // namespace live
