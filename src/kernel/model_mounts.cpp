// SPDX-License-Identifier: MIT
// The model's mounts: new ones, where they go, and what the mount table would say of them.
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <cstring>

#include "base/writer.hpp"
#include "kernel/model.hpp"

namespace mountplan::kernel {

namespace {

const char *text_of(long argument) { return reinterpret_cast<const char *>(argument); }

uint64_t attributes_of_mount_flags(unsigned long flags) {
  return ((flags & ms_rdonly) != 0 ? attr_rdonly : 0) | ((flags & ms_nosuid) != 0 ? attr_nosuid : 0) |
         ((flags & ms_nodev) != 0 ? attr_nodev : 0) | ((flags & ms_noexec) != 0 ? attr_noexec : 0);
}

bool shows_host_directory(const char *type, const char *&path) {
  if (strcmp(type, "proc") == 0) {
    path = "/proc";
    return true;
  }
  path = "/sys";
  return strcmp(type, "sysfs") == 0;
}

// As the options of a mount are written in the table.
void write_options(base::Writer &out, uint64_t attributes) {
  out.text((attributes & attr_rdonly) != 0 ? "ro" : "rw");
  out.text((attributes & attr_nosuid) != 0 ? ",nosuid" : "").text((attributes & attr_nodev) != 0 ? ",nodev" : "");
  out.text((attributes & attr_noexec) != 0 ? ",noexec" : "");
  uint64_t mode = attributes & attr_atime_mask;
  out.text(mode == attr_noatime ? ",noatime" : mode == attr_strictatime ? "" : ",relatime");
}

}  // namespace

void Model::add_layer(ModelFd &context, uint32_t node) {
  if (nodes_[node].real >= 0) {
    bool added = layers_.push(nodes_[node].real);
    context.layer_count += added ? 1 : 0;
    out_of_memory_ = out_of_memory_ || !added;
  }
}

// "1000:1001", up to the end or a comma. Data-only layers, behind "::", do not show.
void Model::add_layers(ModelFd &context, const char *paths) {
  for (;;) {
    char path[64];
    size_t length = strcspn(paths, ":,");
    base::Writer(path, sizeof path).text({paths, length});
    Place layer;
    if (length == 0 || locate_path(path, layer) < 0) {
      return;
    }
    add_layer(context, layer.node);
    if (paths[length] != ':') {
      return;
    }
    paths += length + 1;
  }
}

long Model::new_mount(ModelFd &context) {
  ModelNode root;
  root.type = S_IFDIR;
  root.mode = context.mode;
  root.device = next_device_++;
  root.first_layer = context.first_layer;
  root.layer_count = context.layer_count;
  const char *host = nullptr;
  if (shows_host_directory(context.type, host)) {
    root.real = live.openat(at_cwd, host, O_PATH | O_DIRECTORY | O_CLOEXEC);
    root.owns_real = root.real >= 0;
  }
  ModelMount mount;
  mount.type = context.type;
  mount.source = context.source;
  mount.root = add_node(root);
  return mount.root == nothing ? -ENOMEM : static_cast<long>(add_mount(mount));
}

long Model::attach(uint32_t mount, Place target) {
  if (nodes_[target.node].removed) {
    return -ENOENT;
  }
  if ((nodes_[target.node].type == S_IFDIR) != (nodes_[mounts_[mount].root].type == S_IFDIR)) {
    return -ENOTDIR;
  }
  target = top(target);
  mounts_[mount].parent = target.mount;
  mounts_[mount].on = target.node;
  return 0;
}

// With all that is mounted below, each by itself: what they were mounted on is bare again.
void Model::detach(uint32_t mount) {
  mounts_[mount].gone = true;
  for (bool more = true; more;) {
    more = false;
    for (ModelMount &other : mounts_) {
      bool goes = !other.gone && other.parent != nothing && mounts_[other.parent].gone;
      other.gone = other.gone || goes;
      more = more || goes;
    }
  }
}

long Model::mount_call(const long args[6]) {
  auto flags = static_cast<unsigned long>(args[3]);
  Place target;
  if (int result = locate_path(text_of(args[1]), target); result < 0) {
    return result;
  }
  if ((flags & ms_remount) != 0) {
    mounts_[target.mount].attributes = attributes_of_mount_flags(flags);
    return 0;
  }
  if ((flags & (ms_private | ms_slave | ms_shared | ms_unbindable)) != 0) {
    return 0;
  }
  if ((flags & (ms_bind | ms_move)) != 0) {
    Place source;
    if (int result = locate_path(text_of(args[0]), source); result < 0) {
      return result;
    }
    if ((flags & ms_move) != 0) {
      return source.node == mounts_[source.mount].root ? attach(source.mount, target) : -EINVAL;
    }
    ModelMount clone = mounts_[source.mount];
    clone.root = source.node;
    uint32_t mount = add_mount(clone);
    return mount == nothing ? -ENOMEM : attach(mount, target);
  }
  ModelFd context;
  context.type = copy(text_of(args[2]));
  context.source = copy(text_of(args[0]));
  context.mode = 0755;
  if (context.type == nullptr || context.source == nullptr) {
    return -ENOMEM;
  }
  context.first_layer = static_cast<uint32_t>(layers_.size());
  const char *lower = args[4] != 0 ? strstr(text_of(args[4]), "lowerdir=") : nullptr;
  if (lower != nullptr) {
    add_layers(context, lower + strlen("lowerdir="));
  }
  long mount = new_mount(context);
  if (mount < 0) {
    return mount;
  }
  mounts_[static_cast<size_t>(mount)].attributes = attributes_of_mount_flags(flags);
  return attach(static_cast<uint32_t>(mount), target);
}

// What mountinfo would say of the mounts of the model.
const char *Model::mount_table() {
  size_t size = mounts_.size() * (PATH_MAX + 128) + 1;
  auto *text = static_cast<char *>(arena_.allocate(size));
  if (text == nullptr) {
    out_of_memory_ = true;
    return nullptr;
  }
  base::Writer out(text, size);
  for (size_t i = 0; i < mounts_.size(); i++) {
    const ModelMount &mount = mounts_[i];
    if (mount.gone || (i > 0 && mount.parent == nothing)) {
      continue;
    }
    char path[PATH_MAX];
    path_of(Place{static_cast<uint32_t>(i), mount.root}, path, sizeof path);
    out.unsigned_number(i + 1).text(" ").unsigned_number(mount.parent == nothing ? i + 1 : mount.parent + 1).text(" 0:1 / ");
    for (const char *at = path; *at != '\0'; at++) {
      if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\\') {
        out.character('\\').character('0').character(static_cast<char>('0' + (*at >> 3))).character(static_cast<char>('0' + (*at & 7)));
      } else {
        out.character(*at);
      }
    }
    write_options(out.text(" "), mount.attributes);
    out.text(" - ").text(mount.type).text(" none rw\n");
  }
  return text;
}

}  // namespace mountplan::kernel
