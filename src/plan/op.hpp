// SPDX-License-Identifier: MIT
// One op of a plan, as data. Strings live in the plan's arena, descriptors belong to the plan.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mountplan::plan {

// A lower layer of an overlay: a path, or a descriptor when path is NULL.
struct Layer {
  const char *path = nullptr;
  int fd = -1;
  bool data_only = false;
};

struct Op {
  uint32_t kind = 0;                  // MPLAN_OP_
  uint64_t flags = 0;                 // as given to the adder
  const char *target = "/";           // absolute, cleaned
  const char *source = nullptr;       // host path; link text; for move, a path in the new root; for etc, the host's etc
  int source_fd = -1;                 // bind_fd, file_fd
  const char *source_path = nullptr;  // beneath source_fd
  const char *prefix = nullptr;       // etc
  bool recursive = true;              // bind: what is mounted below comes along; false only for mplan_mount_bind()
  uint32_t mode = 0;
  uint64_t size = 0;           // tmpfs: bytes; file: length of data
  uint64_t inodes = 0;         // tmpfs
  const void *data = nullptr;  // file content
  uint64_t attrs_default = 0;  // MPLAN_ATTR_ bits the kind and flags of the op ask for
  uint64_t attrs_extra = 0;    // mplan_op_set_attrs
  uint64_t attrs_clear = 0;
  uint32_t symlinks = 0;  // MPLAN_SYMLINK_ policy
  int idmap_fd = -1;
  const char *upper = nullptr;  // overlay
  const char *work = nullptr;
  size_t first_layer = 0;  // overlay: range in Plan::layers; layers of one op are contiguous
  size_t layer_count = 0;

  uint64_t attributes() const { return (attrs_default & ~attrs_clear) | attrs_extra; }
};

// "bind" for MPLAN_OP_BIND; NULL for an unknown kind.
const char *kind_name(uint32_t kind);

}  // namespace mountplan::plan
