// SPDX-License-Identifier: MIT
// mountplan/table.h
#include <mountplan/table.h>

#include <cerrno>

#include "base/object.hpp"
#include "base/writer.hpp"
#include "capi/handle.hpp"
#include "capi/table_handle.hpp"
#include "path/octal.hpp"
#include "table/options.hpp"
#include "table/parse.hpp"
#include "table/read.hpp"

using mountplan::base::Failure;
using mountplan::table::Entry;
using mountplan::table::Limits;
using mountplan::table::Table;

namespace {

constexpr uint64_t both_ways = MPLAN_TABLE_READ_STATMOUNT | MPLAN_TABLE_READ_MOUNTINFO;

int check(uint64_t flags, uint64_t known, mplan_table **out, Failure &failure) {
  if (out == nullptr) {
    return mountplan::base::fail_argument(failure, EINVAL, "out must not be NULL");
  }
  if ((flags & ~known) != 0) {
    char detail[64];
    mountplan::base::Writer(detail, sizeof detail).text("unknown flag ").hex(flags & ~known);
    return mountplan::base::fail_argument(failure, EINVAL, detail);
  }
  if (flags == both_ways) {
    return mountplan::base::fail_argument(failure, EINVAL, "READ_STATMOUNT and READ_MOUNTINFO exclude each other");
  }
  return 0;
}

// A new table filled by `fill(Table &, Failure &)`.
template <typename Fill>
int create(uint64_t flags, uint64_t known, mplan_table **out, mplan_error **err, Fill fill) {
  Failure failure;
  if (check(flags, known, out, failure) < 0) {
    return mountplan::capi::report(failure, err);
  }
  mountplan::base::Owned<mplan_table> table(mountplan::base::make<mplan_table>());
  if (!table) {
    mountplan::base::fail_memory(failure);
    return mountplan::capi::report(failure, err);
  }
  if (fill(table->table, failure) < 0) {
    return mountplan::capi::report(failure, err);
  }
  *out = table.release();
  return 0;
}

// As snprintf(3): what fits, a NUL, and the length of the whole.
int64_t copy_out(const char *text, size_t length, char *out, size_t size) {
  if (size > 0) {
    const size_t taken = length < size ? length : size - 1;
    memcpy(out, text, taken);
    out[taken] = '\0';
  }
  return static_cast<int64_t>(length);
}

int64_t check_word(const mplan_table *table, size_t i, const char *out, size_t size) {
  if (table == nullptr || (out == nullptr && size > 0)) {
    return -EINVAL;
  }
  return i < table->table.count() ? 0 : -ERANGE;
}

}  // namespace

int mplan_table_read_self(uint64_t flags, mplan_table **out, mplan_error **err) {
  return create(flags, both_ways, out, err, [flags](Table &table, Failure &failure) {
    return mountplan::table::read_self_by(mountplan::kernel::live, flags, Limits{}, table, failure);
  });
}

int mplan_table_read_pid(int32_t pid, uint64_t flags, mplan_table **out, mplan_error **err) {
  return create(flags, MPLAN_TABLE_READ_MOUNTINFO, out, err, [pid](Table &table, Failure &failure) {
    return mountplan::table::read_pid(mountplan::kernel::live, pid, Limits{}, table, failure);
  });
}

int mplan_table_read_fd(int fd, uint64_t flags, mplan_table **out, mplan_error **err) {
  return create(flags, 0, out, err, [fd](Table &table, Failure &failure) {
    return mountplan::table::read_fd(mountplan::kernel::live, fd, Limits{}, table, failure);
  });
}

int mplan_table_parse(const void *buf, size_t len, uint64_t flags, mplan_table **out, mplan_error **err) {
  return create(flags, 0, out, err, [buf, len](Table &table, Failure &failure) {
    if (buf == nullptr && len > 0) {
      return mountplan::base::fail_argument(failure, EINVAL, "buf must not be NULL");
    }
    return mountplan::table::parse(std::string_view(static_cast<const char *>(buf), len), Limits{}, table, failure);
  });
}

mplan_table *mplan_table_ref(mplan_table *table) {
  if (table != nullptr) {
    table->references.fetch_add(1, std::memory_order_relaxed);
  }
  return table;
}

void mplan_table_unref(mplan_table *table) {
  if (table != nullptr && table->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
    mountplan::base::destroy(table);
  }
}

size_t mplan_table_count(const mplan_table *table) { return table == nullptr ? 0 : table->table.count(); }

uint64_t mplan_table_flags(const mplan_table *table) { return table == nullptr ? 0 : table->table.flags; }

int mplan_table_get(const mplan_table *table, size_t i, struct mplan_mount *out, size_t size) {
  if (table == nullptr || out == nullptr) {
    return -EINVAL;
  }
  if (i >= table->table.count()) {
    return -ERANGE;
  }
  const Table &inner = table->table;
  const Entry &entry = inner.entries[i];
  const mountplan::table::Peers peers = mountplan::table::peers(inner.string(entry.optional));
  const struct mplan_mount mount = {
      .id = entry.id,
      .parent_id = entry.parent_id,
      .major = entry.major,
      .minor = entry.minor,
      .attributes = mountplan::table::attributes(inner.string(entry.options)),
      .propagation = peers.propagation,
      .shared = peers.shared,
      .master = peers.master,
      .propagate_from = peers.propagate_from,
      .root = inner.string(entry.root),
      .mount_point = inner.string(entry.mount_point),
      .options = inner.string(entry.options),
      .optional = inner.string(entry.optional),
      .type = inner.string(entry.type),
      .source = inner.string(entry.source),
      .super_options = inner.string(entry.super_options),
      .unique_id = inner.unique_ids.size() == 0 ? 0 : inner.unique_ids[i],
  };
  return mountplan::capi::struct_out(mount, out, size);
}

int64_t mplan_table_find_id(const mplan_table *table, uint64_t id) {
  if (table == nullptr) {
    return -EINVAL;
  }
  const uint32_t found = table->table.find(id);
  return found == mountplan::table::none ? -ENOENT : static_cast<int64_t>(found);
}

int64_t mplan_table_unknown_option(const mplan_table *table, size_t i, size_t word, char *out, size_t size) {
  if (int64_t result = check_word(table, i, out, size); result < 0) {
    return result;
  }
  std::string_view found;
  if (!mountplan::table::unknown_option(table->table.string(table->table.entries[i].options), word, found)) {
    return -ENOENT;
  }
  return copy_out(found.data(), found.size(), out, size);
}

int64_t mplan_table_super_option(const mplan_table *table, size_t i, size_t option, char *out, size_t size) {
  if (int64_t result = check_word(table, i, out, size); result < 0) {
    return result;
  }
  std::string_view found;
  if (!mountplan::table::comma_part(table->table.string(table->table.entries[i].super_options), option, found)) {
    return -ENOENT;
  }
  // The text is shared by all readers, so it is unescaped on the way out, piece by piece.
  size_t length = 0;
  size_t at = 0;
  while (at < found.size()) {
    char piece[4];
    const size_t take = found[at] == '\\' && found.size() - at >= sizeof piece ? sizeof piece : 1;
    memcpy(piece, found.data() + at, take);
    const bool escape = take == sizeof piece && mountplan::path::unescape(piece, take) == 1;
    if (size > 0 && length < size - 1) {
      out[length] = piece[0];
    }
    length++;
    at += escape ? sizeof piece : 1;
  }
  if (size > 0) {
    out[length < size ? length : size - 1] = '\0';
  }
  return static_cast<int64_t>(length);
}
