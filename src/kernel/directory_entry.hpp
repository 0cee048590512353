// SPDX-License-Identifier: MIT
// What getdents64(2) gives: struct linux_dirent64, which libc's headers do not have.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mountplan::kernel {

// The fields before the name, which begins `name_offset` bytes after the entry's start and ends with a NUL.
struct DirectoryEntry {
  uint64_t inode;
  int64_t offset;
  uint16_t length;  // of the whole entry
  uint8_t type;
};
constexpr size_t name_offset = offsetof(DirectoryEntry, type) + 1;

}  // namespace mountplan::kernel
