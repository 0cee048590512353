// SPDX-License-Identifier: MIT
#include "engine/attributes.hpp"

#include <mountplan/attributes.h>

#include "plan/kind.hpp"

namespace mountplan::engine {

namespace {

struct Row {
  uint64_t attribute;
  uint64_t mount_attr;
  unsigned long mount_flag;
  unsigned long statfs_flag;
};

// relatime has no bit of its own in mount_setattr(2): it is the access time mode 0. strictatime has none in statfs(2): it is what is left.
constexpr Row rows[] = {
    {MPLAN_ATTR_RDONLY, kernel::attr_rdonly, kernel::ms_rdonly, 1},
    {MPLAN_ATTR_NOSUID, kernel::attr_nosuid, kernel::ms_nosuid, 2},
    {MPLAN_ATTR_NODEV, kernel::attr_nodev, kernel::ms_nodev, 4},
    {MPLAN_ATTR_NOEXEC, kernel::attr_noexec, kernel::ms_noexec, 8},
    {MPLAN_ATTR_NOSYMFOLLOW, kernel::attr_nosymfollow, kernel::ms_nosymfollow, 0x2000},
    {MPLAN_ATTR_NOATIME, kernel::attr_noatime, kernel::ms_noatime, 1024},
    {MPLAN_ATTR_NODIRATIME, kernel::attr_nodiratime, kernel::ms_nodiratime, 2048},
    {MPLAN_ATTR_RELATIME, kernel::attr_relatime, kernel::ms_relatime, 4096},
    {MPLAN_ATTR_STRICTATIME, kernel::attr_strictatime, kernel::ms_strictatime, 0},
};

}  // namespace

uint64_t to_mount_attr(uint64_t attributes) {
  uint64_t result = 0;
  for (const Row &row : rows) {
    result |= (attributes & row.attribute) != 0 ? row.mount_attr : 0;
  }
  return result;
}

uint64_t mount_attr_clear(uint64_t attributes) { return (attributes & plan::access_time_attributes) != 0 ? kernel::attr_atime_mask : 0; }

unsigned long to_mount_flags(uint64_t attributes) {
  unsigned long result = 0;
  for (const Row &row : rows) {
    result |= (attributes & row.attribute) != 0 ? row.mount_flag : 0;
  }
  return result;
}

uint64_t from_statfs(unsigned long flags) {
  uint64_t result = 0;
  for (const Row &row : rows) {
    result |= (flags & row.statfs_flag) != 0 ? row.attribute : 0;
  }
  return (result & (MPLAN_ATTR_NOATIME | MPLAN_ATTR_RELATIME)) == 0 ? result | MPLAN_ATTR_STRICTATIME : result;
}

unsigned long to_propagation(uint64_t type) {
  switch (type) {
    case MPLAN_PROPAGATION_PRIVATE:
      return kernel::ms_private;
    case MPLAN_PROPAGATION_SLAVE:
      return kernel::ms_slave;
    case MPLAN_PROPAGATION_SHARED:
      return kernel::ms_shared;
    default:
      return kernel::ms_unbindable;
  }
}

}  // namespace mountplan::engine
