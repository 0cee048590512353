// SPDX-License-Identifier: MIT
#include "spawn/idmap.hpp"

#include <linux/capability.h>

#include <cerrno>
#include <cstring>

#include "base/writer.hpp"
#include "spawn/helper.hpp"
#include "spawn/procfile.hpp"

namespace mountplan::spawn {

namespace {

constexpr size_t longest_number = 11;  // ten digits and what follows

struct MapFile {
  const char *name;
  const char *helper;
};
constexpr MapFile uid_file = {"uid_map", "/usr/bin/newuidmap"};
constexpr MapFile gid_file = {"gid_map", "/usr/bin/newgidmap"};

bool is_own_id_only(const base::Vec<IdRange> &map, uint32_t own) { return map.size() == 1 && map[0].count == 1 && map[0].outside == own; }

// The arguments of the helper: its path, the process, and three numbers for each range.
int run_map_helper(const kernel::Kernel &kernel, const MapFile &file, const base::Vec<IdRange> &map, int pid, base::Failure &failure) {
  base::Arena arena;
  base::Vec<const char *> argv;
  auto add = [&](uint64_t number) {
    auto *text = static_cast<char *>(arena.allocate(longest_number));
    if (text == nullptr) {
      return false;
    }
    base::Writer(text, longest_number).unsigned_number(number);
    return argv.push(text);
  };
  bool complete = argv.push(file.helper) && add(static_cast<uint64_t>(pid));
  for (const IdRange &range : map) {
    complete = complete && add(range.inside) && add(range.outside) && add(range.count);
  }
  if (!complete || !argv.push(nullptr)) {
    return fail_memory(failure);
  }
  return run_helper(kernel, argv.data(), failure);
}

int write_map(const kernel::Kernel &kernel, const MapFile &file, const base::Vec<IdRange> &map, uint32_t own, int pid,
              base::Failure &failure) {
  base::Arena arena;
  size_t size = map.size() * 3 * longest_number + 1;
  auto *text = static_cast<char *>(arena.allocate(size));
  if (text == nullptr) {
    return fail_memory(failure);
  }
  base::Writer writer(text, size);
  for (const IdRange &range : map) {
    writer.unsigned_number(range.inside).text(" ").unsigned_number(range.outside).text(" ").unsigned_number(range.count).text("\n");
  }
  int result = write_proc_file(kernel, pid, file.name, std::string_view(text, writer.length()), failure);
  bool refused = result == -EPERM && strcmp(failure.call, "write") == 0;
  return refused && !is_own_id_only(map, own) ? run_map_helper(kernel, file, map, pid, failure) : result;
}

bool may_set_groups_of_parent(const kernel::Kernel &kernel) {
  kernel::Capabilities capabilities;
  return kernel::get_capabilities(kernel, capabilities) == 0 && (capabilities.effective >> CAP_SETGID & 1) != 0;
}

}  // namespace

int write_id_maps(const kernel::Kernel &kernel, const Launch &launch, int pid, base::Failure &failure) {
  int result = write_map(kernel, uid_file, launch.uid_map, launch.caller.uid, pid, failure);
  if (result == 0 && is_own_id_only(launch.gid_map, launch.caller.gid) && !may_set_groups_of_parent(kernel)) {
    result = write_proc_file(kernel, pid, "setgroups", "deny", failure);
  }
  if (result == 0) {
    result = write_map(kernel, gid_file, launch.gid_map, launch.caller.gid, pid, failure);
  }
  if (result < 0) {
    return result;
  }
  char setgroups[16];
  long got = read_proc_file(kernel, pid, "setgroups", setgroups, sizeof setgroups, failure);
  if (got < 0) {
    return static_cast<int>(got);
  }
  return strncmp(setgroups, "allow", 5) == 0 ? 1 : 0;
}

}  // namespace mountplan::spawn
