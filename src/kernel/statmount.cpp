// SPDX-License-Identifier: MIT
#include "kernel/statmount.hpp"

#include <cerrno>

namespace mountplan::kernel {

namespace {

bool is_there(long result) { return result != -ENOSYS && result != -EPERM && result != -EACCES; }

}  // namespace

long list_mounts(const Kernel &kernel, uint64_t below, uint64_t after, uint64_t *ids, size_t room) {
  MountRequest request;
  request.id = below;
  request.param = after;
  return kernel.call(Call::listmount, reinterpret_cast<long>(&request), reinterpret_cast<long>(ids), static_cast<long>(room), 0);
}

int stat_mount(const Kernel &kernel, uint64_t id, uint64_t mask, StatMount *out, size_t size) {
  MountRequest request;
  request.id = id;
  request.param = mask;
  return static_cast<int>(
      kernel.call(Call::statmount, reinterpret_cast<long>(&request), reinterpret_cast<long>(out), static_cast<long>(size), 0));
}

bool can_stat_mounts(const Kernel &kernel) { return is_there(kernel.call(Call::listmount)) && is_there(kernel.call(Call::statmount)); }

}  // namespace mountplan::kernel
