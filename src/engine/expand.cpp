// SPDX-License-Identifier: MIT
#include "engine/expand.hpp"

#include <mountplan/plan.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "engine/run.hpp"
#include "kernel/directory_entry.hpp"
#include "plan/kind.hpp"

namespace mountplan::engine {

namespace {

struct Entry {
  const char *name;
  uint32_t type;  // S_IFMT bits
};

struct Listing {
  const kernel::Kernel &kernel;
  Program &program;
  base::Failure &failure;
  int dir = no_fd;     // the program's
  bool bound = false;  // a step binds something of it
  base::Vec<Entry> entries{};
};

// `type` is that of the directory entry, 0 where the file system does not keep it.
int add_entry(Listing &listing, const char *name, uint8_t type) {
  if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
    return 0;
  }
  if (type != 0) {
    constexpr unsigned format_shift = 12;  // DTTOIF
    Entry entry{listing.program.arena.copy(name), uint32_t{type} << format_shift};
    return entry.name != nullptr && listing.entries.push(entry) ? 0 : base::fail_memory(listing.failure);
  }
  struct statx stat;
  int result = listing.kernel.statx(listing.dir, name, kernel::at_symlink_nofollow | kernel::at_no_automount, STATX_TYPE, &stat);
  if (result == -ENOENT) {
    return 0;  // gone since it was listed
  }
  if (result < 0) {
    return base::fail_call(listing.failure, result, "statx", name);
  }
  Entry entry{listing.program.arena.copy(name), type_of(stat)};
  return entry.name != nullptr && listing.entries.push(entry) ? 0 : base::fail_memory(listing.failure);
}

int by_name(const void *a, const void *b) { return strcmp(static_cast<const Entry *>(a)->name, static_cast<const Entry *>(b)->name); }

// All entries of a host directory, by name, so that the same directory always gives the same steps. The directory stays open: what is bound
// later is what was listed here, whatever its path leads to by then.
int list(Listing &listing, const char *path) {
  int dir = listing.kernel.openat(kernel::at_cwd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0) {
    return base::fail_call(listing.failure, dir, "openat", path);
  }
  if (!listing.program.plan_fds.push(dir)) {
    listing.kernel.close(dir);
    return base::fail_memory(listing.failure);
  }
  listing.dir = dir;
  alignas(8) char block[8192];
  for (;;) {
    long length = listing.kernel.getdents64(listing.dir, block, sizeof block);
    if (length < 0) {
      return base::fail_call(listing.failure, static_cast<int>(length), "getdents64", path);
    }
    if (length == 0) {
      break;
    }
    for (long at = 0; at < length;) {
      kernel::DirectoryEntry entry;
      memcpy(&entry, block + at, kernel::name_offset);
      if (int result = add_entry(listing, block + at + kernel::name_offset, entry.type); result < 0) {
        return result;
      }
      at += entry.length;
    }
  }
  if (!listing.entries.empty()) {
    qsort(listing.entries.data(), listing.entries.size(), sizeof(Entry), by_name);
  }
  return 0;
}

// A step of this kind in the helper's name.
Step derived(const Step &helper, uint32_t kind, const char *source, const char *target) {
  Step step;
  step.index = helper.index;
  step.parent_mode = 0755;
  step.from_helper = true;
  step.helper_kind = helper.op.kind;
  step.helper_source = helper.op.source;
  step.helper_target = helper.op.target;
  step.op.kind = kind;
  step.op.source = source;
  step.op.target = target;
  return step;
}

// A bind of an entry of the listed directory, or with NULL of the directory itself.
Step derived_bind(Listing &listing, const Step &helper, const char *source, const char *entry, const char *target) {
  Step step = derived(helper, MPLAN_OP_BIND, source, target);
  step.op.flags = helper.op.flags | MPLAN_BIND_RECURSIVE;
  step.op.attrs_default = helper.op.attrs_default;
  step.op.attrs_extra = helper.op.attrs_extra;
  step.op.attrs_clear = helper.op.attrs_clear;
  step.op.source_fd = listing.dir;
  step.op.source_path = entry;
  step.finds_listing = !listing.bound;
  listing.bound = true;
  return step;
}

int append(Listing &listing, const Step &step) {
  if (step.op.source == nullptr && step.op.kind != MPLAN_OP_DIR) {
    return base::fail_memory(listing.failure);
  }
  return step.op.target != nullptr && listing.program.steps.push(step) ? 0 : base::fail_memory(listing.failure);
}

// DIR and NAME with one slash between.
char *join(base::Arena &arena, const char *dir, const char *name) {
  size_t length = strlen(dir);
  char *with_slash = length > 0 && dir[length - 1] == '/' ? arena.copy(dir) : arena.join(dir, "/");
  return with_slash == nullptr ? nullptr : arena.join(with_slash, name);
}

char *read_link(Listing &listing, const char *name) {
  char text[PATH_MAX];
  int length = listing.kernel.readlinkat(listing.dir, name, text, sizeof text - 1);
  if (length < 0) {
    base::fail_call(listing.failure, length, "readlinkat", name);
    return nullptr;
  }
  char *copy = listing.program.arena.copy(std::string_view(text, static_cast<size_t>(length)));
  if (copy == nullptr) {
    base::fail_memory(listing.failure);
  }
  return copy;
}

bool is_one_of(const char *name, const char *const *names, size_t count) {
  for (size_t i = 0; i < count; i++) {
    if (strcmp(name, names[i]) == 0) {
      return true;
    }
  }
  return false;
}

int expand_root(Listing &listing, const Step &helper) {
  base::Arena &arena = listing.program.arena;
  if (int result = list(listing, helper.op.source); result < 0) {
    return result;
  }
  for (const Entry &entry : listing.entries) {
    if (plan::left_out_of_root(entry.name)) {
      continue;
    }
    const char *target = arena.join("/", entry.name);
    Step step;
    if (entry.type == S_IFLNK) {
      const char *text = read_link(listing, entry.name);
      if (text == nullptr && listing.failure.error == ENOENT) {
        listing.failure = base::Failure();
        listing.failure.stage = base::Stage::prepare;
        continue;  // gone since it was listed
      }
      if (text == nullptr) {
        return -listing.failure.error;
      }
      step = derived(helper, MPLAN_OP_SYMLINK, text, target);
    } else {
      step = derived_bind(listing, helper, join(arena, helper.op.source, entry.name), entry.name, target);
    }
    if (int result = append(listing, step); result < 0) {
      return result;
    }
  }
  return 0;
}

int expand_etc(Listing &listing, const Step &helper) {
  static constexpr const char *left_out[] = {".host", "passwd", "group"};
  base::Arena &arena = listing.program.arena;
  const char *source = helper.op.source;
  if (int result = list(listing, source); result < 0) {
    return result;
  }
  Step directory = derived(helper, MPLAN_OP_DIR, nullptr, "/etc");
  directory.op.mode = 0755;
  if (int result = append(listing, directory); result < 0) {
    return result;
  }
  Step bind = derived_bind(listing, helper, source, nullptr, arena.join("/etc/.host/", helper.op.prefix));
  if (int result = append(listing, bind); result < 0) {
    return result;
  }
  const char *prefix = arena.join(".host/", helper.op.prefix);
  if (prefix == nullptr) {
    return base::fail_memory(listing.failure);
  }
  for (const Entry &entry : listing.entries) {
    if (is_one_of(entry.name, left_out, sizeof left_out / sizeof left_out[0])) {
      continue;
    }
    const char *text = strcmp(entry.name, "mtab") == 0 ? "/proc/mounts" : join(arena, prefix, entry.name);
    if (int result = append(listing, derived(helper, MPLAN_OP_SYMLINK, text, arena.join("/etc/", entry.name))); result < 0) {
      return result;
    }
  }
  return 0;
}

}  // namespace

int expand(const kernel::Kernel &kernel, Program &program, const Step &helper, base::Failure &failure) {
  Listing listing{kernel, program, failure};
  return helper.op.kind == MPLAN_OP_ROOT ? expand_root(listing, helper) : expand_etc(listing, helper);
}

int dereference(const kernel::Kernel &kernel, Program &program, Step &step, base::Failure &failure) {
  Listing listing{kernel, program, failure};  // without a directory: the path is absolute
  const char *text = read_link(listing, step.op.source);
  if (text == nullptr) {
    return -failure.error;
  }
  step.given_source = step.op.source;
  step.op.source = text;
  return 0;
}

}  // namespace mountplan::engine
