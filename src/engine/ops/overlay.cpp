// SPDX-License-Identifier: MIT
// overlay: layers go in one by one, as descriptors, so that no name needs escaping and none can be swapped.
#include <mountplan/plan.h>
#include <sys/statfs.h>

#include <cerrno>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

// Inode of /proc/PID/ns/user for the first user namespace, fixed by the kernel.
constexpr uint64_t initial_user_namespace = 0xeffffffd;

int open_layer(Run &run, const char *path, int &out) {
  out = open_host(run, path, O_PATH | O_DIRECTORY);
  return out < 0 ? failed(run, out, "openat", path) : 0;
}

struct OptionFlag {
  uint64_t flag;
  const char *key;
  const char *value;
};
constexpr OptionFlag option_flags[] = {
    {MPLAN_OVERLAY_REDIRECT_DIR, "redirect_dir", "on"}, {MPLAN_OVERLAY_METACOPY, "metacopy", "on"}, {MPLAN_OVERLAY_INDEX, "index", "on"},
    {MPLAN_OVERLAY_VOLATILE, "volatile", nullptr},      {MPLAN_OVERLAY_XINO, "xino", "on"},
};

// Upper and work directory that have no name anywhere. The merged root shows the upper's permission, so it gets the top layer's.
int make_ephemeral(Run &run, Step &step) {
  size_t layers = step.op.layer_count;
  for (size_t i = layers; i < layers + 2; i++) {
    char name[24];
    step.fds[i] = scratch_entry(run, true, name);
    if (step.fds[i] < 0) {
      return step.fds[i];
    }
  }
  struct statx top;
  int result = stat_fd(run, step.fds[0], top);
  return result < 0 ? result : set_mode(run, step.fds[layers], top.stx_mode & 07777u);
}

// The kernel says no more than the errno for what it refuses to stack.
void explain_refusal(Run &run, const Step &step, int error) {
  base::Writer detail(run.failure.detail, sizeof run.failure.detail);
  if (error == -ELOOP) {
    detail.text("one of the directories lies inside another one");
    return;
  }
  for (size_t i = 0; error == -EINVAL && i < step.fd_count; i++) {
    struct statfs file_system;
    if (step.fds[i] >= 0 && run.kernel.fstatfs(step.fds[i], &file_system) >= 0 && file_system.f_type == kernel::overlay_super_magic) {
      detail.text("a layer is an overlay itself, and no more than two can be stacked");
      return;
    }
  }
}

}  // namespace

int in_user_namespace(Run &run, bool &inside) {
  constexpr const char *path = "/proc/self/ns/user";
  struct statx stat;
  int result = run.kernel.statx(kernel::at_cwd, path, 0, STATX_INO, &stat);
  inside = result >= 0 && stat.stx_ino != initial_user_namespace;
  return result < 0 ? failed(run, result, "statx", path) : 0;
}

int resolve_overlay(Run &run, Step &step) {
  const plan::Op &op = step.op;
  for (size_t i = 0; i < op.layer_count; i++) {
    const plan::Layer &layer = step.layers[i];
    if (layer.path != nullptr) {
      if (int result = open_layer(run, layer.path, step.fds[i]); result < 0) {
        return result;
      }
      continue;
    }
    step.fds[i] = run.kernel.duplicate(layer.fd);
    if (step.fds[i] < 0) {
      return failed(run, step.fds[i], "fcntl");
    }
  }
  if (op.upper != nullptr) {
    if (int result = open_layer(run, op.upper, step.fds[op.layer_count]); result < 0) {
      return result;
    }
    if (int result = open_layer(run, op.work, step.fds[op.layer_count + 1]); result < 0) {
      return result;
    }
  }
  step.source_type = S_IFDIR;
  return 0;
}

int build_overlay(Run &run, Step &step) {
  const plan::Op &op = step.op;
  bool read_only = (op.flags & MPLAN_OVERLAY_READONLY) != 0;
  if (read_only && op.layer_count == 1) {
    step.source = step.fds[0];
    step.fds[0] = no_fd;
    return build_bind(run, step);
  }
  bool ephemeral = (op.flags & MPLAN_OVERLAY_EPHEMERAL) != 0;
  if (ephemeral) {
    if (int result = make_ephemeral(run, step); result < 0) {
      return result;
    }
  }
  size_t count = 0;
  for (size_t i = 0; i < op.layer_count; i++) {
    step.options[count++] = {step.layers[i].data_only ? "datadir+" : "lowerdir+", nullptr, step.fds[i]};
  }
  if (!read_only) {
    step.options[count++] = {"upperdir", nullptr, step.fds[op.layer_count]};
    step.options[count++] = {"workdir", nullptr, step.fds[op.layer_count + 1]};
  }
  for (const OptionFlag &option : option_flags) {
    if ((op.flags & option.flag) != 0) {
      step.options[count++] = {option.key, option.value, no_fd};
    }
  }
  // trusted.* attributes need privilege in the first user namespace; elsewhere overlayfs keeps its notes in user.*.
  bool userxattr = false;
  if ((op.flags & MPLAN_OVERLAY_TRUSTED_XATTR) == 0) {
    if (int result = in_user_namespace(run, userxattr); result < 0) {
      return result;
    }
  }
  if (userxattr) {
    step.options[count++] = {"userxattr", nullptr, no_fd};
  }
  FileSystem file_system{"overlay", MPLAN_SOURCE_OVERLAY, step.options, count, op.attributes()};
  int mount = run.backend->create(run, file_system);
  if (mount < 0) {
    explain_refusal(run, step, mount);
    return mount;
  }
  step.mount = mount;
  step.made_type = file_system.type;
  for (size_t i = 0; i < step.fd_count; i++) {
    close_fd(run, step.fds[i]);
  }
  return ephemeral ? adopt_device(run, mount) : 0;
}

}  // namespace mountplan::engine
