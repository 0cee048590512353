// SPDX-License-Identifier: MIT
// The recording kernel: answers every call the engine makes, and changes nothing. What a program makes (directories, files, links, mounts)
// is remembered in a small tree of nodes; what it looks up on the host is looked up on the host, read-only. So the engine runs on it as it
// would on the real one, and fails where it would: explain is that run, and tests need no privilege.
//
// It allocates, so it is not for the child after fork. A clone of a host tree shows what is mounted below as it is, without being mounts of
// the model; with the classic backend their remounts are therefore not among the steps.
#pragma once

#include "base/arena.hpp"
#include "base/vec.hpp"
#include "kernel/kernel.hpp"

namespace mountplan::kernel {

constexpr uint32_t nothing = UINT32_MAX;

struct ModelNode {
  uint32_t parent = nothing;
  const char *name = "";
  uint32_t type = 0;  // S_IFMT bits
  uint32_t mode = 0;
  uint32_t device = 0;         // 0: that of the host's file
  const char *text = nullptr;  // of a link
  int real = -1;               // O_PATH descriptor of the host's file
  bool owns_real = false;
  bool removed = false;
  uint32_t first_layer = 0;  // overlay root: range in Model::layers
  uint32_t layer_count = 0;
};

struct ModelMount {
  uint32_t root = nothing;    // node
  uint32_t parent = nothing;  // mount it is attached in; nothing: attached nowhere
  uint32_t on = nothing;      // node it is attached on
  uint64_t attributes = 0;    // MOUNT_ATTR_ bits
  const char *type = "";
  const char *source = "";
  bool gone = false;
};

struct ModelFd {
  enum class What : uint8_t { closed, path, context, text, namespace_of };  // namespace_of: `mount` is its root
  What what = What::closed;
  uint32_t mount = nothing;
  uint32_t node = nothing;
  int real = -1;  // for reading directories and data
  bool owns_real = false;
  const char *type = nullptr;  // context: file system type
  const char *source = "";
  uint32_t mode = 0;
  uint32_t first_layer = 0;
  uint32_t layer_count = 0;
  const char *text = nullptr;  // text: what is read, the rest of it
};

struct Place {
  uint32_t mount;
  uint32_t node;
};

class Model {
 public:
  // Descriptors of the model begin here, so that they are told apart from real ones that the caller hands in.
  static constexpr int first_fd = 1000;

  Model() = default;
  Model(const Model &) = delete;
  Model &operator=(const Model &) = delete;
  ~Model();

  // Looks at the host's root. False when that can not be opened or memory is out.
  bool begin();
  Kernel kernel();

  // Does the kernel that is stood for have this call? begin() asks the one that runs here.
  bool has_fchmodat2 = true;

  // Did an answer go wrong for want of memory? Then nothing that was said since is to be relied on.
  bool out_of_memory() const { return out_of_memory_; }

  // For tests: the path of a place as seen from the model's root, into `out`.
  void path_of(Place place, char *out, size_t size) const;

  long invoke(Call call, const long args[6]);

 private:
  // Text that lives as long as the model; NULL when memory is out.
  char *copy(std::string_view text);

  // Nodes and mounts (model.cpp).
  uint32_t add_node(const ModelNode &node);
  uint32_t add_mount(const ModelMount &mount);
  uint32_t find_child(uint32_t node, const char *name, size_t length);
  uint32_t look_on_host(uint32_t node, int dir, const char *name);
  Place top(Place place) const;
  int step_into(Place &at, const char *name, size_t length, Place bound);
  int resolve(Place start, Place bound, const char *path, bool follow_last, Place &out, bool refuse_links = false);
  int start_of(long dir, const char *path, Place &start);
  int locate(long dir, const char *path, bool follow_last, Place &out);
  int locate_path(const char *path, Place &out);
  int locate_descriptor(const char *number, Place &out);
  int parent_of_new(long dir, const char *path, Place &parent, const char *&name);
  bool is_read_only(Place place) const;

  // Descriptors.
  int add_fd(const ModelFd &fd);
  ModelFd *get(long fd);
  int adopt(long fd);

  // Calls (model_calls.cpp).
  long open(long dir, const char *path, uint64_t flags, uint32_t mode, uint64_t resolve_flags);
  long make(long dir, const char *path, uint32_t type, uint32_t mode, const char *text);
  long stat(long dir, const char *path, long flags, long mask, long out);
  long make_namespace(Place root);
  long fstatfs(long fd, long out);
  long read_link(long dir, const char *path, char *out, size_t size);
  void add_layer(ModelFd &context, uint32_t node);
  void add_layers(ModelFd &context, const char *paths);
  long new_mount(ModelFd &context);
  long attach(uint32_t mount, Place target);
  void detach(uint32_t mount);
  long mount_call(const long args[6]);
  long read(long fd, char *out, size_t size);
  const char *mount_table();

  base::Arena arena_;
  base::Vec<ModelNode> nodes_;
  base::Vec<ModelMount> mounts_;
  base::Vec<ModelFd> fds_;
  base::Vec<int> layers_;
  Place root_{0, 0};
  Place cwd_{0, 0};
  uint32_t descriptors_ = nothing;  // the node of /proc/thread-self/fd
  uint32_t next_device_ = 1;
  uint32_t umask_ = 022;
  bool out_of_memory_ = false;
};

}  // namespace mountplan::kernel
