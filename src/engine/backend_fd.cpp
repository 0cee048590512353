// SPDX-License-Identifier: MIT
// The backends of the descriptor-based mount API: open_tree(2), mount_setattr(2), fsopen(2), move_mount(2). `detached` and `fd` make and
// attach mounts with the same calls; they differ in whether a tree that is attached nowhere can be mounted on (Linux 6.15).
#include <cerrno>

#include "engine/attributes.hpp"
#include "engine/layers.hpp"
#include "engine/remount_tree.hpp"
#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

int change(Run &run, int mount, const Change &change) {
  kernel::MountAttr attributes;
  attributes.set = to_mount_attr(change.set);
  attributes.clear = mount_attr_clear(change.set);
  attributes.propagation = change.propagation != 0 ? to_propagation(change.propagation) : 0;
  if (change.idmap_fd >= 0) {
    attributes.set |= kernel::attr_idmap;
    attributes.userns_fd = static_cast<uint64_t>(change.idmap_fd);
  }
  unsigned flags = kernel::at_empty_path | (change.recursive ? kernel::at_recursive : 0);
  int result = run.kernel.mount_setattr(mount, "", flags, &attributes, sizeof attributes);
  if (result < 0 && change.recursive && (change.trouble & may_skip) != 0) {
    return remount_tree(run, mount, change);  // all of them it can not be
  }
  return result < 0 ? failed(run, result, "mount_setattr") : 0;
}

int clone(Run &run, int source, bool recursive) {
  unsigned flags = kernel::open_tree_clone | kernel::open_tree_cloexec | kernel::at_empty_path | kernel::at_no_automount |
                   (recursive ? kernel::at_recursive : 0);
  int fd = run.kernel.open_tree(source, "", flags);
  return fd < 0 ? failed(run, fd, "open_tree") : fd;
}

// What the kernel has to say about a file system context, one line per message: "e overlay: ...".
void read_log(Run &run, int context) {
  base::Writer out(run.failure.log, sizeof run.failure.log);
  for (int line = 0; line < 16; line++) {
    char text[256];
    long length = run.kernel.read(context, text, sizeof text);
    if (length <= 0) {
      return;
    }
    std::string_view message(text, static_cast<size_t>(length));
    while (!message.empty() && message.back() == '\n') {
      message.remove_suffix(1);
    }
    if (message.size() > 2 && message[1] == ' ') {
      message.remove_prefix(2);  // the level
    }
    out.text(line > 0 ? "; " : "").text(message);
  }
}

int configure(Run &run, int context, const Option &option) {
  if (option.fd >= 0 && run.backend->id == MPLAN_BACKEND_DETACHED) {
    return run.kernel.fsconfig(context, kernel::fsconfig_set_fd, option.key, nullptr, option.fd);
  }
  if (option.fd >= 0) {
    // Before 6.13 overlayfs took paths only: this one can not be swapped and is shorter than the 255 bytes fsconfig(2) takes.
    FdPath self(option.fd);
    return run.kernel.fsconfig(context, kernel::fsconfig_set_string, option.key, self.text, 0);
  }
  unsigned command = option.value != nullptr ? kernel::fsconfig_set_string : kernel::fsconfig_set_flag;
  return run.kernel.fsconfig(context, command, option.key, option.value, 0);
}

// All layers in one string, of which fsconfig(2) takes 255 bytes; prepare has refused more layers than fit.
int configure_layers(Run &run, int context, const Option *options, size_t count, size_t &taken) {
  char text[256];
  base::Writer layers(text, sizeof text);
  taken = join_layers(options, count, layers);
  if (layers.cut()) {
    return -E2BIG;
  }
  return run.kernel.fsconfig(context, kernel::fsconfig_set_string, "lowerdir", text, 0);
}

int create(Run &run, const FileSystem &file_system) {
  ScopedFd context(run, run.kernel.fsopen(file_system.type, kernel::fsopen_cloexec));
  if (context.get() < 0) {
    return failed(run, context.get(), "fsopen", file_system.type);
  }
  int result = run.kernel.fsconfig(context.get(), kernel::fsconfig_set_string, "source", file_system.source, 0);
  for (size_t i = 0; result >= 0 && i < file_system.option_count;) {
    const Option &option = file_system.options[i];
    size_t taken = 1;
    bool joined = is_layer(option) && run.program.joins_layers;
    result =
        joined ? configure_layers(run, context.get(), &option, file_system.option_count - i, taken) : configure(run, context.get(), option);
    i += taken;
    if (result < 0) {
      failed(run, result, "fsconfig", option.key);
      read_log(run, context.get());
      return result;
    }
  }
  if (result >= 0) {
    result = run.kernel.fsconfig(context.get(), kernel::fsconfig_create, nullptr, nullptr, 0);
  }
  if (result < 0) {
    failed(run, result, "fsconfig", file_system.type);
    read_log(run, context.get());
    return result;
  }
  auto attributes = static_cast<unsigned>(to_mount_attr(file_system.attributes));
  int fd = run.kernel.fsmount(context.get(), kernel::fsmount_cloexec, attributes);
  if (fd < 0) {
    failed(run, fd, "fsmount", file_system.type);
    read_log(run, context.get());
  }
  return fd;
}

int attach(Run &run, int mount, int target) {
  int result = run.kernel.move_mount(mount, "", target, "", kernel::move_from_empty_path | kernel::move_to_empty_path);
  return result < 0 ? failed(run, result, "move_mount") : 0;
}

}  // namespace

const Backend backend_detached{MPLAN_BACKEND_DETACHED, false, false, clone, create, change, attach};
const Backend backend_fd{MPLAN_BACKEND_FD, true, true, clone, create, change, attach};

const Backend *backend_by_id(uint32_t id) {
  switch (id) {
    case MPLAN_BACKEND_DETACHED:
      return &backend_detached;
    case MPLAN_BACKEND_FD:
      return &backend_fd;
    case MPLAN_BACKEND_CLASSIC:
      return &backend_classic;
    default:
      return nullptr;
  }
}

}  // namespace mountplan::engine
