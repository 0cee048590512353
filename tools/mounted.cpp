// SPDX-License-Identifier: MIT
#include "mounted.hpp"

#include <climits>
#include <cstdlib>
#include <stdexcept>

#include "library.hpp"

namespace mountplan::tool {

void refuse_mounted_below(const std::string &path) {
  char real[PATH_MAX];
  if (realpath(path.c_str(), real) == nullptr) {
    return;  // the bind itself tells what is wrong with it
  }
  std::string above = std::string(real) == "/" ? "/" : std::string(real) + '/';
  Owned<mplan_table> table;
  if (mplan_table_read_self(0, Out(table), nullptr) < 0) {
    throw std::runtime_error("cannot read the mount table, which shows whether something is mounted below " + path);
  }
  for (size_t i = 0; i < mplan_table_count(table.get()); i++) {
    mplan_mount mount{};
    if (mplan_table_get(table.get(), i, &mount, sizeof mount) == 0 && mount.mount_point != nullptr) {
      std::string point = mount.mount_point;
      if (point.starts_with(above) && point != above) {
        throw std::runtime_error(point + " is mounted below " + path +
                                 " and would come along, which the flag alone (a bind that is not rbind, in an OCI file) says it must not");
      }
    }
  }
}

}  // namespace mountplan::tool
