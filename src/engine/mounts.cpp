// SPDX-License-Identifier: MIT
#include "engine/mounts.hpp"

#include <cerrno>
#include <cstring>

#include "table/options.hpp"
#include "table/read.hpp"
#include "table/read_statmount.hpp"

namespace mountplan::engine {

namespace {

constexpr int stat_flags = kernel::at_empty_path | kernel::at_symlink_nofollow | kernel::at_no_automount;

bool by_statmount(Run &run) {
  if (run.statmount == Run::Known::no_idea) {
    run.statmount = kernel::can_stat_mounts(run.kernel) ? Run::Known::yes : Run::Known::no;
  }
  return run.statmount == Run::Known::yes;
}

}  // namespace

int table_id(Run &run, int fd, uint64_t &id) {
  struct statx stat;
  int result = run.kernel.statx(fd, "", stat_flags, STATX_MNT_ID, &stat);
  if (result < 0) {
    return failed(run, result, "statx");
  }
  if ((stat.stx_mask & STATX_MNT_ID) != 0) {
    id = stat.stx_mnt_id;
    return 0;
  }
  // Before Linux 5.8 only the text of fdinfo tells.
  char name[24];
  base::Writer(name, sizeof name).text("fdinfo/").number(fd);
  ScopedFd info(run, open_of_thread(run, name));
  if (info.get() < 0) {
    return info.get();
  }
  char text[1024];
  long length = run.kernel.read(info.get(), text, sizeof text - 1);
  if (length < 0) {
    return failed(run, static_cast<int>(length), "read", name);
  }
  text[length] = '\0';
  const char *at = strstr(text, "mnt_id:");
  if (at == nullptr) {
    return base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP, "the kernel does not tell the id of a mount");
  }
  id = 0;
  for (at += strcspn(at, "0123456789"); *at >= '0' && *at <= '9'; at++) {
    id = id * 10 + static_cast<uint64_t>(*at - '0');
  }
  return 0;
}

int mount_id(Run &run, int fd, uint64_t &id) {
  if (!by_statmount(run)) {
    return table_id(run, fd, id);
  }
  struct statx stat;
  int result = run.kernel.statx(fd, "", stat_flags, kernel::statx_unique_id, &stat);
  if (result < 0) {
    return failed(run, result, "statx");
  }
  if ((stat.stx_mask & kernel::statx_unique_id) == 0) {
    return base::fail(run.failure, base::Kind::unsupported, EOPNOTSUPP, "the kernel does not tell the id of a mount");
  }
  id = stat.stx_mnt_id;
  return 0;
}

int read_own_table(Run &run, table::Table &table) {
  ScopedFd text(run, open_of_thread(run, "mountinfo"));
  return text.get() < 0 ? text.get() : table::read_fd(run.kernel, text.get(), table::Limits{}, table, run.failure);
}

Mounts::Mounts(Run &run) : run_(run), memory_(run.program.table_memory, run.program.table_size), table_(memory_) {}

int Mounts::open() {
  if (by_statmount(run_)) {
    return 0;
  }
  return read_own_table(run_, table_);
}

int Mounts::get(uint64_t id, MountFacts &out, bool strings) {
  if (!by_statmount(run_)) {
    const uint32_t found = table_.find(id);
    if (found == table::none) {
      return -ENOENT;
    }
    const table::Entry &entry = table_.entries[found];
    const std::string_view options = table_.string(entry.options);
    out = {.id = entry.id,
           .parent = entry.parent_id,
           .attributes = table::attributes(options),
           .propagation = table::peers(table_.string(entry.optional)).propagation,
           .idmapped = options.find("idmapped") != std::string_view::npos,
           .type = table_.string(entry.type),
           .point = table_.string(entry.mount_point)};
    return 0;
  }
  auto *stat = reinterpret_cast<kernel::StatMount *>(answer_);
  const uint64_t needed = kernel::statmount_mount | (strings ? kernel::statmount_type : 0);
  int result = kernel::stat_mount(run_.kernel, id, needed | (strings ? kernel::statmount_point : 0), stat, sizeof answer_);
  if (result == -EOVERFLOW) {
    result = kernel::stat_mount(run_.kernel, id, needed, stat, sizeof answer_);
  }
  if (result == -ENOENT) {
    return result;
  }
  if (result < 0) {
    return failed(run_, result, "statmount");
  }
  if ((stat->mask & needed) != needed) {
    return base::fail(run_.failure, base::Kind::unsupported, EOPNOTSUPP, "the kernel does not tell what a mount is like");
  }
  out = {.id = stat->id,
         .parent = stat->parent_id,
         .attributes = table::attributes_of(stat->attributes),
         .propagation = table::propagation_of(stat->propagation),
         .idmapped = (stat->attributes & kernel::attr_idmap) != 0,
         .type = strings ? kernel::text_of(*stat, stat->type) : "",
         .point = (stat->mask & kernel::statmount_point) != 0 ? kernel::text_of(*stat, stat->point) : ""};
  return 0;
}

int Mounts::list(uint64_t below, uint64_t after, size_t &count, bool &more) {
  if (!by_statmount(run_)) {
    next_ = after == 0 ? 0 : next_;
    for (count = 0; count < chunk && next_ < table_.count(); next_++) {
      ids_[count++] = table_.entries[next_].id;
    }
    more = next_ < table_.count();
    return 0;
  }
  const long got = kernel::list_mounts(run_.kernel, below == 0 ? kernel::listmount_all : below, after, ids_, chunk);
  if (got < 0) {
    return failed(run_, static_cast<int>(got), "listmount");
  }
  count = static_cast<size_t>(got);
  more = count == chunk;
  return 0;
}

}  // namespace mountplan::engine
