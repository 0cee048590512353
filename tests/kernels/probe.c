// SPDX-License-Identifier: MIT
// What docs/kernels.md says a kernel can do, tried by hand, as root of a machine that is thrown away: "ok" or the errno, a line for each.
// `scripts/kernels --probe` runs it. Nothing of the library is used.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { beneath = 0x200, tree_namespace = 2, mount_namespace = 2, empty_namespace = 1 << 20 };

static int error_of(long result) { return result < 0 ? errno : 0; }

static int configure(int context, unsigned command, const char *key, const void *value, int fd) {
  return error_of(fsconfig(context, command, key, value, fd));
}

static int create(int context) { return configure(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0); }

// A tmpfs that is attached nowhere, with a directory `d`.
static int detached(void) {
  int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
  int error = create(context);
  int mount = error == 0 ? fsmount(context, FSMOUNT_CLOEXEC, 0) : -1;
  close(context);
  mkdirat(mount, "d", 0755);
  return mount;
}

static int try_setattr(void) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
  return error_of(mount_setattr(detached(), "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes, sizeof attributes));
}

static int try_mount_on_detached(void) { return error_of(move_mount(detached(), "", detached(), "d", MOVE_MOUNT_F_EMPTY_PATH)); }

static int try_clone_of_detached(void) { return error_of(open_tree(detached(), "", OPEN_TREE_CLONE | AT_EMPTY_PATH)); }

static int try_open_tree_attr(void) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
  return error_of(syscall(467, AT_FDCWD, "/", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC, &attributes, sizeof attributes));
}

// Not right on the root of the namespace, where it came later.
static int try_beneath(void) {
  mkdir("/try", 0755);
  mount("below", "/try", "tmpfs", 0, NULL);
  mkdir("/try/d", 0755);
  mount("top", "/try/d", "tmpfs", 0, NULL);
  int error = error_of(move_mount(detached(), "", AT_FDCWD, "/try/d", MOVE_MOUNT_F_EMPTY_PATH | beneath));
  umount2("/try", MNT_DETACH);
  return error;
}

// statmount(2) of `/`: ENOSYS, or EOPNOTSUPP where it does not tell the source (0x200).
static int try_statmount(void) {
  struct statx root = {0};
  char answer[4096] = {0};
  uint64_t request[4] = {24, 0, 0x200, 0};
  statx(AT_FDCWD, "/", 0, 0x4000 /* STATX_MNT_ID_UNIQUE */, &root);
  request[1] = root.stx_mnt_id;
  if (syscall(457, request, answer, sizeof answer, 0) < 0) {
    return errno;
  }
  return (((uint64_t *)answer)[1] & 0x200) != 0 ? 0 : EOPNOTSUPP;
}

static int try_layers(const char *upper, const char *lower) {
  int context = fsopen("overlay", FSOPEN_CLOEXEC);
  int error = configure(context, FSCONFIG_SET_STRING, upper, "/usr", 0);
  error = error == 0 ? configure(context, FSCONFIG_SET_STRING, lower, "/etc", 0) : error;
  return error == 0 ? create(context) : error;
}
static int try_single_layers(void) { return try_layers("lowerdir+", "lowerdir+"); }
static int try_data_layers(void) {
  mkdir("/try", 0755);
  int error = error_of(mount("overlay", "/try", "overlay", 0, "lowerdir=/usr::/etc,metacopy=on,redirect_dir=on"));
  umount2("/try", MNT_DETACH);
  return error;
}

static int try_layer_fd(int flags) {
  int layer = open("/usr", flags | O_DIRECTORY | O_CLOEXEC);
  return configure(fsopen("overlay", FSOPEN_CLOEXEC), FSCONFIG_SET_FD, "lowerdir+", NULL, layer);
}
static int try_layer_read_fd(void) { return try_layer_fd(O_RDONLY); }
static int try_layer_path_fd(void) { return try_layer_fd(O_PATH); }

static int try_string_of(size_t length) {
  char text[512];
  memset(text, 'x', sizeof text);
  text[length] = '\0';
  return configure(fsopen("tmpfs", FSOPEN_CLOEXEC), FSCONFIG_SET_STRING, "source", text, 0);
}
static int try_string_255(void) { return try_string_of(255); }
static int try_string_256(void) { return try_string_of(256); }

static int try_pidns(void) {
  int context = fsopen("proc", FSOPEN_CLOEXEC);
  int error = configure(context, FSCONFIG_SET_STRING, "pidns", "/proc/self/ns/pid", 0);
  return error == 0 ? create(context) : error;
}

static int try_tree_namespace(void) { return error_of(open_tree(AT_FDCWD, "/dev", tree_namespace | OPEN_TREE_CLOEXEC)); }

static int try_mount_namespace(void) {
  int context = fsopen("tmpfs", FSOPEN_CLOEXEC);
  create(context);
  return error_of(fsmount(context, mount_namespace | FSMOUNT_CLOEXEC, 0));
}

static int try_empty_namespace(void) { return error_of(unshare(empty_namespace)); }

static void write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (write(fd, text, strlen(text)) < 0) {
    _exit(255);
  }
  close(fd);
}

static void become_root_of_a_user_namespace(void) {
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    _exit(errno);
  }
  write_text("/proc/self/setgroups", "deny");
  write_text("/proc/self/uid_map", "0 0 1");
  write_text("/proc/self/gid_map", "0 0 1");
}

static int try_user_overlay(void) {
  become_root_of_a_user_namespace();
  mkdir("/try", 0755);
  return error_of(mount("overlay", "/try", "overlay", 0, "lowerdir=/usr:/etc"));
}

static int try_user_bpf(void) {
  become_root_of_a_user_namespace();
  return error_of(mount("bpf", "/try", "bpf", 0, NULL));
}

static int try_idmapped_tmpfs(void) {
  int ready[2];
  char byte = 0;
  if (pipe(ready) != 0) {
    return errno;
  }
  pid_t child = fork();
  if (child == 0) {
    become_root_of_a_user_namespace();
    _exit(write(ready[1], &byte, 1) == 1 ? pause() : 255);
  }
  close(ready[1]);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", read(ready[0], &byte, 1) == 1 ? child : -1);
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)open(path, O_RDONLY | O_CLOEXEC)};
  int error = error_of(mount_setattr(detached(), "", AT_EMPTY_PATH, &attributes, sizeof attributes));
  kill(child, SIGKILL);
  waitpid(child, NULL, 0);
  return error;
}

static const struct {
  const char *what;
  int (*try_it)(void);
} probes[] = {
    {"mount_setattr, AT_RECURSIVE", try_setattr},
    {"statmount with every field", try_statmount},
    {"move_mount onto a tree that is attached nowhere", try_mount_on_detached},
    {"open_tree(CLONE) of a tree that is attached nowhere", try_clone_of_detached},
    {"open_tree_attr", try_open_tree_attr},
    {"move_mount beneath a mount", try_beneath},
    {"an idmapped tmpfs", try_idmapped_tmpfs},
    {"overlay in a user namespace", try_user_overlay},
    {"overlay layers one by one (`lowerdir+`)", try_single_layers},
    {"overlay data-only layers", try_data_layers},
    {"overlay layers by fd (FSCONFIG_SET_FD)", try_layer_read_fd},
    {"overlay layers by O_PATH fd", try_layer_path_fd},
    {"fsconfig string of 255 bytes", try_string_255},
    {"fsconfig string of 256 bytes", try_string_256},
    {"bpf in a user namespace", try_user_bpf},
    {"proc for another pid namespace (option `pidns`)", try_pidns},
    {"open_tree(OPEN_TREE_NAMESPACE)", try_tree_namespace},
    {"fsmount(FSMOUNT_NAMESPACE)", try_mount_namespace},
    {"unshare(UNSHARE_EMPTY_MNTNS)", try_empty_namespace},
};

// Each in a process and mount namespace of its own, so that none sees what another one left.
int main(void) {
  for (size_t i = 0; i < sizeof probes / sizeof probes[0]; i++) {
    pid_t child = fork();
    if (child == 0) {
      _exit(unshare(CLONE_NEWNS) != 0 ? errno : probes[i].try_it());
    }
    int status = 0;
    waitpid(child, &status, 0);
    int error = WIFEXITED(status) ? WEXITSTATUS(status) : 255;
    printf("%s | %s\n", probes[i].what, error == 0 ? "ok" : error == 255 ? "?" : strerrorname_np(error));
  }
  return 0;
}
