// SPDX-License-Identifier: MIT
// A call as text, as strace(1) shows it: each argument by a letter of the call's shape.
#include <linux/sched.h>
#include <mountplan/attributes.h>

#include <cstring>

#include "kernel/trace.hpp"

namespace mountplan::kernel {

const char *name_of(const Trace &trace, int fd) {
  for (const Trace::Name &name : trace.names) {
    if (name.fd == fd && fd >= 0) {
      return name.path;
    }
  }
  return "";
}

namespace {

using base::Writer;

struct Bit {
  unsigned long bit;
  const char *name;
};

constexpr Bit attr_bits[] = {
    {attr_rdonly, "ro"},       {attr_nosuid, "nosuid"},           {attr_nodev, "nodev"},           {attr_noexec, "noexec"},
    {attr_noatime, "noatime"}, {attr_strictatime, "strictatime"}, {attr_nodiratime, "nodiratime"}, {attr_nosymfollow, "nosymfollow"},
    {attr_idmap, "idmap"},
};
constexpr Bit mount_bits[] = {
    {ms_rdonly, "ro"},
    {ms_nosuid, "nosuid"},
    {ms_nodev, "nodev"},
    {ms_noexec, "noexec"},
    {ms_nosymfollow, "nosymfollow"},
    {ms_noatime, "noatime"},
    {ms_nodiratime, "nodiratime"},
    {ms_relatime, "relatime"},
    {ms_strictatime, "strictatime"},
    {ms_remount, "MS_REMOUNT"},
    {ms_bind, "MS_BIND"},
    {ms_move, "MS_MOVE"},
    {ms_rec, "MS_REC"},
    {ms_silent, "MS_SILENT"},
    {ms_unbindable, "MS_UNBINDABLE"},
    {ms_private, "MS_PRIVATE"},
    {ms_slave, "MS_SLAVE"},
    {ms_shared, "MS_SHARED"},
};
constexpr Bit open_bits[] = {
    {O_PATH, "O_PATH"},     {O_WRONLY, "O_WRONLY"},     {O_RDWR, "O_RDWR"},           {O_CREAT, "O_CREAT"},
    {O_EXCL, "O_EXCL"},     {O_TRUNC, "O_TRUNC"},       {O_DIRECTORY, "O_DIRECTORY"}, {O_NOFOLLOW, "O_NOFOLLOW"},
    {O_NOCTTY, "O_NOCTTY"}, {O_NONBLOCK, "O_NONBLOCK"}, {O_CLOEXEC, "O_CLOEXEC"},
};
constexpr Bit resolve_bits[] = {
    {resolve_no_xdev, "NO_XDEV"},         {resolve_no_magiclinks, "NO_MAGICLINKS"},
    {resolve_no_symlinks, "NO_SYMLINKS"}, {resolve_beneath, "BENEATH"},
    {resolve_in_root, "IN_ROOT"},
};
constexpr Bit tree_bits[] = {
    {open_tree_clone, "OPEN_TREE_CLONE"}, {open_tree_namespace, "OPEN_TREE_NAMESPACE"},
    {open_tree_cloexec, "CLOEXEC"},       {at_empty_path, "AT_EMPTY_PATH"},
    {at_recursive, "AT_RECURSIVE"},       {at_symlink_nofollow, "AT_SYMLINK_NOFOLLOW"},
    {at_no_automount, "AT_NO_AUTOMOUNT"},
};
constexpr Bit move_bits[] = {
    {move_from_symlinks, "F_SYMLINKS"}, {move_from_empty_path, "F_EMPTY_PATH"},
    {move_to_symlinks, "T_SYMLINKS"},   {move_to_empty_path, "T_EMPTY_PATH"},
    {move_beneath, "BENEATH"},
};
constexpr Bit at_bits[] = {
    {at_symlink_nofollow, "AT_SYMLINK_NOFOLLOW"},
    {at_removedir, "AT_REMOVEDIR"},
    {at_no_automount, "AT_NO_AUTOMOUNT"},
    {at_empty_path, "AT_EMPTY_PATH"},
    {at_recursive, "AT_RECURSIVE"},
};
constexpr Bit unshare_bits[] = {{CLONE_FS, "CLONE_FS"}};
constexpr Bit umount_bits[] = {{umount_detach, "MNT_DETACH"}, {umount_nofollow, "UMOUNT_NOFOLLOW"}};

template <size_t n>
void write_bits(Writer &out, const Bit (&bits)[n], unsigned long value) {
  bool first = true;
  for (const Bit &bit : bits) {
    if ((value & bit.bit) != 0) {
      out.text(first ? "" : "|").text(bit.name);
      value &= ~bit.bit;
      first = false;
    }
  }
  if (value != 0 || first) {
    out.text(first ? "" : "|");
    value == 0 ? out.text("0") : out.hex(value);
  }
}

void write_fd(Writer &out, int fd, const Trace *trace) {
  if (fd == at_cwd) {
    out.text("AT_FDCWD");
    return;
  }
  bool of_model = trace != nullptr && trace->first_fd > 0 && fd >= trace->first_fd;
  out.number(of_model ? fd - trace->first_fd + 3 : fd);
  if (trace != nullptr) {
    for (const Trace::Name &name : trace->names) {
      if (name.fd == fd && fd >= 0) {
        out.text("<").text(name.path).text(">");
        return;
      }
    }
  }
}

void write_string(Writer &out, const char *text) {
  if (text == nullptr) {
    out.text("NULL");
  } else {
    out.quoted(text);
  }
}

// Numbers, one or several with colons between them, are names of descriptors and show what those are. Returns what is behind them.
const char *write_numbers(Writer &out, const char *text, const Trace *trace) {
  while (*text >= '0' && *text <= '9') {
    int fd = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
      fd = fd * 10 + (*text - '0');
    }
    write_fd(out, fd, trace);
    for (; *text == ':'; text++) {
      out.text(":");
    }
  }
  return text;
}

void write_path(Writer &out, const char *text, const Trace *trace) {
  if (text == nullptr || text[0] == '\0' || text[strspn(text, "0123456789:")] != '\0') {
    write_string(out, text);
  } else {
    write_numbers(out, text, trace);
  }
}

// What mount(2) takes as data. In that of an overlay there are paths.
void write_data(Writer &out, const char *text, const Trace *trace) {
  if (text == nullptr || strstr(text, "dir=") == nullptr) {
    write_string(out, text);
    return;
  }
  out.text("\"");
  for (const char *found; (found = strstr(text, "dir=")) != nullptr;) {
    found += strlen("dir=");
    out.text({text, static_cast<size_t>(found - text)});
    text = write_numbers(out, found, trace);
  }
  out.text(text).text("\"");
}

const char *config_command(long command) {
  switch (command) {
    case fsconfig_set_flag:
      return "SET_FLAG";
    case fsconfig_set_string:
      return "SET_STRING";
    case fsconfig_set_path:
      return "SET_PATH";
    case fsconfig_set_fd:
      return "SET_FD";
    case fsconfig_create:
      return "CREATE";
    default:
      return "RECONFIGURE";
  }
}

const char *propagation_name(uint64_t type) {
  switch (type) {
    case ms_private:
      return "private";
    case ms_slave:
      return "slave";
    case ms_shared:
      return "shared";
    default:
      return "unbindable";
  }
}

void write_attributes(Writer &out, const MountAttr &attributes) {
  out.text("{");
  const char *gap = "";
  if (attributes.set != 0) {
    out.text("set ");
    write_bits(out, attr_bits, attributes.set);
    gap = ", ";
  }
  if (attributes.clear != 0) {
    out.text(gap).text("clear ");
    write_bits(out, attr_bits, attributes.clear);
    gap = ", ";
  }
  if (attributes.propagation != 0) {
    out.text(gap).text(propagation_name(attributes.propagation));
  }
  out.text("}");
}

// One letter per argument: d directory or descriptor, s string, o open flags, m mode, t open_tree flags, v move_mount flags, a AT_ flags, u
// umount flags, M mount flags, A attribute bits of fsmount, R struct mount_attr, H struct open_how, c fsconfig command, N namespace of
// setns, n number, _ not shown.
const char *shape(Call call) {
  switch (call) {
    case Call::open_tree:
      return "dst";
    case Call::open_tree_attr:
      return "dstR_";
    case Call::move_mount:
      return "dsdsv";
    case Call::fsopen:
      return "s_";
    case Call::fsconfig:
      return "dcs";  // value and auxiliary by command, see write_call
    case Call::fsmount:
      return "d_A";
    case Call::mount_setattr:
      return "dsaR_";
    case Call::mount:
      return "ppsMD";
    case Call::umount2:
      return "pu";
    case Call::pivot_root:
      return "ss";
    case Call::openat2:
      return "dsH_";
    case Call::openat:
      return "dsom";
    case Call::close:
      return "d";
    case Call::statx:
      return "dsa__";
    case Call::fstatfs:
      return "d_";
    case Call::readlinkat:
      return "ds__";
    case Call::mkdirat:
      return "dsm";
    case Call::symlinkat:
      return "sds";
    case Call::unlinkat:
      return "dsa";
    case Call::fchmodat:
      return "dsm";
    case Call::fchmodat2:
      return "dsma";
    case Call::fchmod:
      return "dm";
    case Call::read:
    case Call::write:
    case Call::getdents64:
      return "d_n";
    case Call::pread64:
      return "d_nn";
    case Call::fcntl:
      return "dFn";
    case Call::lseek:
      return "dnn";
    case Call::ioctl:
      return "dn";
    case Call::poll:
      return "_n";
    case Call::chdir:
    case Call::chroot:
      return "s";
    case Call::fchdir:
      return "d";
    case Call::setns:
      return "dN";
    case Call::umask:
      return "m";
    case Call::unshare:
      return "U";
    default:
      return "nnn";
  }
}

void write_argument(Writer &out, char letter, long value, const Trace *trace) {
  auto bits = static_cast<unsigned long>(value);
  switch (letter) {
    case 'd':
      write_fd(out, static_cast<int>(value), trace);
      break;
    case 's':
      write_string(out, reinterpret_cast<const char *>(value));
      break;
    case 'D':
      write_data(out, reinterpret_cast<const char *>(value), trace);
      break;
    case 'p':
      write_path(out, reinterpret_cast<const char *>(value), trace);
      break;
    case 'o':
      write_bits(out, open_bits, bits);
      break;
    case 'm':
      out.octal(bits);
      break;
    case 't':
      write_bits(out, tree_bits, bits);
      break;
    case 'v':
      write_bits(out, move_bits, bits);
      break;
    case 'a':
      write_bits(out, at_bits, bits);
      break;
    case 'F':
      value == F_DUPFD_CLOEXEC ? out.text("F_DUPFD_CLOEXEC") : out.number(value);
      break;
    case 'u':
      write_bits(out, umount_bits, bits);
      break;
    case 'U':
      write_bits(out, unshare_bits, bits);
      break;
    case 'N':
      value == new_mount_namespace ? out.text("CLONE_NEWNS") : out.hex(bits);
      break;
    case 'M':
      write_bits(out, mount_bits, bits);
      break;
    case 'A':
      write_bits(out, attr_bits, bits);
      break;
    case 'R':
      if (value != 0) {
        write_attributes(out, *reinterpret_cast<const MountAttr *>(value));
      } else {
        out.text("NULL");
      }
      break;
    case 'H': {
      const auto &how = *reinterpret_cast<const OpenHow *>(value);
      out.text("{");
      write_bits(out, open_bits, how.flags);
      out.text(", resolve ");
      write_bits(out, resolve_bits, how.resolve);
      out.text("}");
      break;
    }
    case 'c':
      out.text(config_command(value));
      break;
    default:
      out.number(value);
      break;
  }
}

}  // namespace

void write_call(base::Writer &out, Call call, const long args[6], const Trace *trace) {
  out.text(call_name(call)).text("(");
  const char *gap = "";
  const char *letters = shape(call);
  for (size_t i = 0; letters[i] != '\0'; i++) {
    if (letters[i] == '_' || (letters[i] == 'm' && call == Call::openat && (args[2] & O_CREAT) == 0)) {
      continue;
    }
    out.text(gap);
    bool is_descriptor = i == 1 && trace != nullptr && letters[0] == 'd' && letters[1] == 's' &&
                         strcmp(name_of(*trace, static_cast<int>(args[0])), "/proc/thread-self/fd") == 0;
    write_argument(out, is_descriptor ? 'p' : letters[i], args[i], trace);
    gap = ", ";
  }
  if (call == Call::fsconfig && (args[1] == fsconfig_set_string || args[1] == fsconfig_set_fd)) {
    out.text(", ");
    const bool is_path = strstr(reinterpret_cast<const char *>(args[2]), "dir") != nullptr;  // lowerdir+, upperdir, workdir
    args[1] == fsconfig_set_fd ? write_fd(out, static_cast<int>(args[4]), trace) : write_argument(out, is_path ? 'p' : 's', args[3], trace);
  }
  out.text(")");
}

}  // namespace mountplan::kernel
