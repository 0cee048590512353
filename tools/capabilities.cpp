// SPDX-License-Identifier: MIT
#include "capabilities.hpp"

#include <linux/capability.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <string>

namespace mountplan::tool {
namespace {

// By number. Numbers are part of the kernel's ABI; new ones are added at the end.
constexpr const char *names[] = {
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "setgid",
    "setuid",
    "setpcap",
    "linux_immutable",
    "net_bind_service",
    "net_broadcast",
    "net_admin",
    "net_raw",
    "ipc_lock",
    "ipc_owner",
    "sys_module",
    "sys_rawio",
    "sys_chroot",
    "sys_ptrace",
    "sys_pacct",
    "sys_admin",
    "sys_boot",
    "sys_nice",
    "sys_resource",
    "sys_time",
    "sys_tty_config",
    "mknod",
    "lease",
    "audit_write",
    "audit_control",
    "setfcap",
    "mac_override",
    "mac_admin",
    "syslog",
    "wake_alarm",
    "block_suspend",
    "audit_read",
    "perfmon",
    "bpf",
    "checkpoint_restore",
};

}  // namespace

std::optional<uint64_t> capability_set(std::string_view name) {
  std::string text(name);
  if (strcasecmp(text.c_str(), "all") == 0) {
    return ~uint64_t{0};
  }
  if (strncasecmp(text.c_str(), "cap_", 4) == 0) {
    text.erase(0, 4);
  }
  for (size_t i = 0; i < std::size(names); i++) {
    if (strcasecmp(text.c_str(), names[i]) == 0) {
      return uint64_t{1} << i;
    }
  }
  return std::nullopt;
}

std::vector<std::string> capability_names() {
  std::vector<std::string> texts;
  for (const char *name : names) {
    std::string text = std::string("CAP_") + name;
    std::ranges::transform(text, text.begin(), [](char c) { return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c); });
    texts.push_back(text);
  }
  return texts;
}

uint64_t effective_capabilities() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) {
    return 0;
  }
  return data[0].effective | (uint64_t{data[1].effective} << 32);
}

}  // namespace mountplan::tool
