// SPDX-License-Identifier: MIT
// The mounts of this namespace as they are now, one by one: statmount(2), or the text of the table where that is missing. Allocates
// nothing: for the text prepare reserved memory.
#pragma once

#include <cerrno>

#include "engine/run.hpp"
#include "kernel/statmount.hpp"
#include "table/table.hpp"

namespace mountplan::engine {

// Strings are valid until the next question.
struct MountFacts {
  uint64_t id = 0;
  uint64_t parent = 0;       // its own id where it has none
  uint64_t attributes = 0;   // MPLAN_ATTR_
  uint64_t propagation = 0;  // MPLAN_PROPAGATION_
  bool idmapped = false;
  const char *type = "";
  const char *point = "";  // as seen from the root directory; empty where it is longer than a path can be
};

// The id by which mounts are told apart in this run, of what the descriptor has open: the one that is never reused where statmount(2)
// knows it, else that of the table.
int mount_id(Run &run, int fd, uint64_t &id);
// The id that the table has, whatever else there is.
int table_id(Run &run, int fd, uint64_t &id);
// The table of this thread's mount namespace, as text has it.
int read_own_table(Run &run, table::Table &table);

class Mounts {
 public:
  explicit Mounts(Run &run);
  Mounts(const Mounts &) = delete;
  Mounts &operator=(const Mounts &) = delete;

  int open();
  // -ENOENT, without a failure, where there is no such mount. Without `strings`, type and point may be empty: the kernel takes a
  // page of memory for each mount it writes strings of.
  int get(uint64_t id, MountFacts &out, bool strings = true);

  // Calls visit(facts) for every mount below the one with this id (0: for all mounts), in the order of ids, until it returns < 0. The text
  // gives others too: whoever asks must follow the parents up. A mount that vanishes meanwhile is left out.
  // strings(id) says whether to ask for the strings of a mount.
  template <typename Visit>
  int each(uint64_t below, Visit visit) {
    return each(below, visit, [](uint64_t) { return true; });
  }
  template <typename Visit, typename Strings>
  int each(uint64_t below, Visit visit, Strings strings) {
    uint64_t after = 0;
    for (bool more = true; more;) {
      size_t count = 0;
      if (int result = list(below, after, count, more); result < 0) {
        return result;
      }
      for (size_t i = 0; i < count; i++) {
        after = ids_[i];
        MountFacts facts;
        int result = get(after, facts, strings(after));
        if (result == -ENOENT) {
          continue;
        }
        result = result < 0 ? result : visit(facts);
        if (result < 0) {
          return result;
        }
      }
    }
    return 0;
  }

 private:
  static constexpr size_t chunk = 256;

  int list(uint64_t below, uint64_t after, size_t &count, bool &more);

  Run &run_;
  table::Memory memory_;
  table::Table table_;
  uint64_t ids_[chunk];
  size_t next_ = 0;  // text: the entry to go on with
  alignas(8) char answer_[sizeof(kernel::StatMount) + PATH_MAX + 256];
};

}  // namespace mountplan::engine
