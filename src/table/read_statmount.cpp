// SPDX-License-Identifier: MIT
// listmount(2) gives all ids at once; what belongs to each is asked for one by one, so the namespace may change meanwhile. Ids are never
// reused: a mount that is gone by then is left out, and a second list tells whether any came or went.
#include "table/read_statmount.hpp"

#include <mountplan/attributes.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "base/writer.hpp"
#include "kernel/statmount.hpp"
#include "table/read.hpp"

namespace mountplan::table {

namespace {

constexpr uint64_t always = kernel::statmount_super | kernel::statmount_mount | kernel::statmount_propagate_from | kernel::statmount_root |
                            kernel::statmount_point | kernel::statmount_type;
// Left out by the kernel where there is nothing to say; that it knows them is told apart from that.
constexpr uint64_t sometimes = kernel::statmount_options | kernel::statmount_subtype | kernel::statmount_source;
constexpr uint64_t wanted = always | sometimes | kernel::statmount_supported;

constexpr size_t first_ids = 512;
constexpr size_t first_answer = 8192;

constexpr uint64_t kernel_idmap = kernel::attr_idmap;

struct Word {
  uint64_t bit;
  const char *text;
};
// In the order in which mountinfo has them.
constexpr Word option_words[] = {
    {MPLAN_ATTR_NOSUID, ",nosuid"},           {MPLAN_ATTR_NODEV, ",nodev"},           {MPLAN_ATTR_NOEXEC, ",noexec"},
    {MPLAN_ATTR_NOATIME, ",noatime"},         {MPLAN_ATTR_NODIRATIME, ",nodiratime"}, {MPLAN_ATTR_RELATIME, ",relatime"},
    {MPLAN_ATTR_NOSYMFOLLOW, ",nosymfollow"},
};
constexpr Word super_words[] = {
    {kernel::super_synchronous, ",sync"},
    {kernel::super_dirsync, ",dirsync"},
    {kernel::super_lazytime, ",lazytime"},
};

class Reader {
 public:
  Reader(const kernel::Kernel &kernel, const Limits &limits, Table &table, base::Failure &failure)
      : kernel_(kernel), limits_(limits), table_(table), failure_(failure), answer_(table.text.memory()) {}

  int run() {
    for (unsigned again = 0;; again++) {
      if (int result = read_once(); result < 0) {
        return result;
      }
      int same = unchanged();
      if (same < 0) {
        return same;
      }
      if (same != 0) {
        break;
      }
      if (again == max_reread) {
        table_.flags |= MPLAN_TABLE_UNSTABLE;
        break;
      }
    }
    table_.entries.shrink(count_);
    table_.unique_ids.shrink(count_);
    table_.text.shrink(table_.length);
    return build_index(table_) ? 0 : base::fail_memory(failure_);
  }

 private:
  int read_once() {
    table_.length = 0;
    count_ = 0;
    known_ = 0;
    if (int result = list(); result < 0) {
      return result;
    }
    if (!table_.entries.resize(listed_) || !answer_.resize(answer_.size() == 0 ? first_answer : answer_.size())) {
      return base::fail_memory(failure_);
    }
    for (size_t i = 0; i < listed_; i++) {
      const uint64_t id = table_.unique_ids[i];
      const int result = ask(id);
      if (result == -ENOENT) {
        continue;
      }
      if (result < 0) {
        return result;
      }
      table_.unique_ids[count_] = id;
      if (int filled = fill(table_.entries[count_]); filled < 0) {
        return filled;
      }
      count_++;
    }
    // Linux 6.13 came with the last of them, so one that is seen stands for all.
    if (count_ > 0 && (known_ & kernel::statmount_source) == 0) {
      return base::fail(failure_, base::Kind::unsupported, EOPNOTSUPP, "statmount(2) of this kernel does not tell every field of a mount");
    }
    return 0;
  }

  // The ids of all mounts, into the table.
  int list() {
    Array<uint64_t> &ids = table_.unique_ids;
    listed_ = 0;
    if (ids.size() == 0 && !ids.resize(first_ids)) {
      return base::fail_memory(failure_);
    }
    for (;;) {
      const size_t room = ids.size() - listed_;
      const long got = kernel::list_mounts(kernel_, kernel::listmount_all, listed_ == 0 ? 0 : ids[listed_ - 1], ids.data() + listed_, room);
      if (got < 0) {
        return base::fail_call(failure_, static_cast<int>(got), "listmount");
      }
      listed_ += static_cast<size_t>(got);
      if (listed_ > limits_.mounts) {
        return base::fail(failure_, base::Kind::parse, EOVERFLOW, "the mount table has more mounts than the limit");
      }
      if (static_cast<size_t>(got) < room) {
        return 0;
      }
      if (!ids.resize(ids.size() * 2)) {
        return base::fail_memory(failure_);
      }
    }
  }

  // 1 where a second list has exactly the mounts that were read, 0 where not.
  int unchanged() {
    uint64_t ids[256];
    constexpr size_t room = sizeof ids / sizeof ids[0];
    size_t seen = 0;
    for (;;) {
      const long got = kernel::list_mounts(kernel_, kernel::listmount_all, seen == 0 ? 0 : table_.unique_ids[seen - 1], ids, room);
      if (got < 0) {
        return base::fail_call(failure_, static_cast<int>(got), "listmount");
      }
      const auto count = static_cast<size_t>(got);
      if (count > count_ - seen || !std::equal(ids, ids + count, table_.unique_ids.data() + seen)) {
        return 0;
      }
      seen += count;
      if (count < room) {
        return seen == count_ ? 1 : 0;
      }
    }
  }

  // What belongs to one mount, into answer_. -ENOENT is no failure.
  int ask(uint64_t id) {
    for (;;) {
      const int result = kernel::stat_mount(kernel_, id, wanted, stat(), answer_.size());
      if (result == -EOVERFLOW && answer_.size() < limits_.line) {
        if (!answer_.resize(answer_.size() * 4)) {
          return base::fail_memory(failure_);
        }
        continue;
      }
      if (result == -ENOENT) {
        return result;
      }
      if (result < 0) {
        return base::fail_call(failure_, result, "statmount");
      }
      if ((stat()->mask & always) != always) {
        return base::fail(failure_, base::Kind::unsupported, EOPNOTSUPP,
                          "statmount(2) of this kernel does not tell every field of a mount");
      }
      known_ |= stat()->mask | ((stat()->mask & kernel::statmount_supported) != 0 ? stat()->supported : 0);
      return 0;
    }
  }

  int fill(Entry &entry) {
    const kernel::StatMount &from = *stat();
    entry.id = from.id_old;
    entry.parent_id = from.parent_id_old;
    entry.major = from.major;
    entry.minor = from.minor;
    const std::string_view point = text(from.point, kernel::statmount_point);
    entry.mount_point_length = static_cast<uint32_t>(point.size());
    bool kept = begin(entry.root) && add(text(from.root, kernel::statmount_root)) && end();
    kept = kept && begin(entry.mount_point) && add(point) && end();
    kept = kept && begin(entry.options) && add_options(from) && end();
    kept = kept && begin(entry.optional) && add_optional(from) && end();
    kept = kept && begin(entry.type) && add(text(from.type, kernel::statmount_type)) && add_subtype(from) && end();
    kept = kept && begin(entry.source) && add(text(from.source, kernel::statmount_source)) && end();
    kept = kept && begin(entry.super_options) && add_super_options(from) && end();
    if (!kept) {
      return base::fail_memory(failure_);
    }
    if (table_.length > limits_.bytes) {
      return base::fail(failure_, base::Kind::parse, EFBIG, "the mount table is larger than the limit");
    }
    return 0;
  }

  bool add_options(const kernel::StatMount &from) {
    const uint64_t attributes = attributes_of(from.attributes);
    bool kept = add((attributes & MPLAN_ATTR_RDONLY) != 0 ? "ro" : "rw");
    for (const Word &word : option_words) {
      kept = kept && ((attributes & word.bit) == 0 || add(word.text));
    }
    return kept && ((from.attributes & kernel_idmap) == 0 || add(",idmapped"));
  }

  bool add_optional(const kernel::StatMount &from) {
    char fields[128];
    base::Writer out(fields, sizeof fields);
    const char *gap = "";
    if ((from.propagation & kernel::ms_shared) != 0) {
      out.text("shared:").unsigned_number(from.peer_group);
      gap = " ";
    }
    if ((from.propagation & kernel::ms_slave) != 0) {
      out.text(gap).text("master:").unsigned_number(from.master);
      gap = " ";
      if (from.propagate_from != 0 && from.propagate_from != from.master) {
        out.text(" propagate_from:").unsigned_number(from.propagate_from);
      }
    }
    if ((from.propagation & kernel::ms_unbindable) != 0) {
      out.text(gap).text("unbindable");
    }
    return add(fields);
  }

  bool add_subtype(const kernel::StatMount &from) {
    const std::string_view subtype = text(from.subtype, kernel::statmount_subtype);
    return subtype.empty() || (add(".") && add(subtype));
  }

  bool add_super_options(const kernel::StatMount &from) {
    bool kept = add((from.super_flags & kernel::super_readonly) != 0 ? "ro" : "rw");
    for (const Word &word : super_words) {
      kept = kept && ((from.super_flags & word.bit) == 0 || add(word.text));
    }
    const std::string_view options = text(from.super_options, kernel::statmount_options);
    return kept && (options.empty() || (add(",") && add(options)));
  }

  kernel::StatMount *stat() { return reinterpret_cast<kernel::StatMount *>(answer_.data()); }
  std::string_view text(kernel::Text offset, uint64_t bit) {
    return (stat()->mask & bit) == 0 ? std::string_view() : std::string_view(kernel::text_of(*stat(), offset));
  }

  bool begin(uint32_t &offset) {
    offset = static_cast<uint32_t>(table_.length);
    return true;
  }
  bool end() { return add(std::string_view("", 1)); }
  bool add(std::string_view part) {
    if (table_.text.size() - table_.length < part.size()) {
      const size_t more = std::max(std::max(table_.text.size(), size_t{16384}), part.size());
      if (!table_.text.resize(table_.text.size() + more)) {
        return false;
      }
    }
    if (!part.empty()) {
      memcpy(table_.text.data() + table_.length, part.data(), part.size());
    }
    table_.length += part.size();
    return true;
  }

  const kernel::Kernel &kernel_;
  const Limits &limits_;
  Table &table_;
  base::Failure &failure_;
  Array<char> answer_;
  size_t listed_ = 0;
  size_t count_ = 0;
  uint64_t known_ = 0;
};

}  // namespace

int read_statmount(const kernel::Kernel &kernel, const Limits &limits, Table &table, base::Failure &failure) {
  return Reader(kernel, limits, table, failure).run();
}

uint64_t attributes_of(uint64_t mount_attr) {
  struct Row {
    uint64_t kernels;
    uint64_t ours;
  };
  constexpr Row rows[] = {
      {kernel::attr_rdonly, MPLAN_ATTR_RDONLY},         {kernel::attr_nosuid, MPLAN_ATTR_NOSUID},
      {kernel::attr_nodev, MPLAN_ATTR_NODEV},           {kernel::attr_noexec, MPLAN_ATTR_NOEXEC},
      {kernel::attr_nodiratime, MPLAN_ATTR_NODIRATIME}, {kernel::attr_nosymfollow, MPLAN_ATTR_NOSYMFOLLOW},
  };
  uint64_t result = 0;
  for (const Row &row : rows) {
    result |= (mount_attr & row.kernels) != 0 ? row.ours : 0;
  }
  switch (mount_attr & kernel::attr_atime_mask) {
    case kernel::attr_noatime:
      return result | MPLAN_ATTR_NOATIME;
    case kernel::attr_strictatime:
      return result | MPLAN_ATTR_STRICTATIME;
    default:
      return result | MPLAN_ATTR_RELATIME;
  }
}

uint64_t propagation_of(uint64_t mount_flags) {
  uint64_t result = (mount_flags & kernel::ms_shared) != 0 ? uint64_t{MPLAN_PROPAGATION_SHARED} : 0;
  result |= (mount_flags & kernel::ms_slave) != 0 ? uint64_t{MPLAN_PROPAGATION_SLAVE} : 0;
  result |= (mount_flags & kernel::ms_unbindable) != 0 ? uint64_t{MPLAN_PROPAGATION_UNBINDABLE} : 0;
  return result == 0 ? uint64_t{MPLAN_PROPAGATION_PRIVATE} : result;
}

}  // namespace mountplan::table
