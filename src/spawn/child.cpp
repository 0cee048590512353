// SPDX-License-Identifier: MIT
#include "spawn/child.hpp"

#include <mountplan/spawn.h>
#include <net/if.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <cstring>
#include <span>

#include "spawn/descriptors.hpp"
#include "spawn/execute.hpp"
#include "spawn/identity.hpp"
#include "spawn/message.hpp"
#include "spawn/reaper.hpp"
#include "spawn/report.hpp"
#include "spawn/worker.hpp"

namespace mountplan::spawn {

namespace {

using base::Failure;
using base::Stage;
using kernel::Call;
using kernel::Kernel;

long pointer(const void *p) { return reinterpret_cast<long>(p); }

// The byte the parent sends. It holds the other end until the program was executed; when that ends, the parent is gone, and nobody
// wants the program any more.
int wait_for_parent(const Kernel &kernel, const Launch &launch, Failure &failure) {
  char byte = 0;
  long got = kernel::read_all(kernel, launch.go_read, &byte, 1);
  if (got == 0) {
    kernel::exit(kernel, 1);
  }
  return got < 0 ? fail_call(failure, static_cast<int>(got), "read") : byte;
}

int die_with_parent(const Kernel &kernel, Failure &failure) {
  int result = kernel::prctl(kernel, PR_SET_PDEATHSIG, SIGKILL);
  return result < 0 ? fail_call(failure, result, "prctl") : 0;
}

// A change of ids takes the parent death signal away. So it is set again after the last one, and a parent that ended in between, of which
// no signal tells, is found out by asking it; getppid(2) is no help in a new pid namespace.
int die_with_parent_from_now_on(const Kernel &kernel, const Launch &launch, Failure &failure) {
  int result = die_with_parent(kernel, failure);
  if (result < 0) {
    return result;
  }
  result = send_head(kernel, launch.report_write, MessageKind::confirm);
  if (result < 0) {
    return fail_call(failure, result, "write");
  }
  result = wait_for_parent(kernel, launch, failure);
  return result < 0 ? result : 0;
}

int loopback_up(const Kernel &kernel, Failure &failure) {
  auto fd = static_cast<int>(kernel.call(Call::socket, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));  // any family can ask about devices
  if (fd < 0) {
    return fail_call(failure, fd, "socket");
  }
  struct ifreq request;
  memset(&request, 0, sizeof request);
  memcpy(request.ifr_name, "lo", sizeof "lo");
  long result = kernel.call(Call::ioctl, fd, SIOCGIFFLAGS, pointer(&request));
  if (result >= 0) {
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    result = kernel.call(Call::ioctl, fd, SIOCSIFFLAGS, pointer(&request));
  }
  kernel.close(fd);
  return result < 0 ? fail_call(failure, static_cast<int>(result), "ioctl", "lo") : 0;
}

int enter_namespaces(const Kernel &kernel, const Launch &launch, Failure &failure) {
  int result = kernel::reset_signal_handlers(kernel);
  if (result < 0) {
    return fail_call(failure, result, "rt_sigaction");
  }
  kernel.close(launch.report_read);
  kernel.close(launch.go_write);
  if (launch.status_read >= 0) {
    kernel.close(launch.status_read);
  }
  if (launch.worker) {
    kernel.close(launch.tree_write);
  }
  if ((launch.flags & MPLAN_SPAWN_DIE_WITH_PARENT) != 0) {
    result = die_with_parent(kernel, failure);
  }
  if (result == 0 && launch.new_user_namespace) {
    int byte = wait_for_parent(kernel, launch, failure);
    result = byte < 0 ? byte : take_setup_ids(kernel, launch, byte == go_groups_drop, failure);
  }
  if (result == 0 && launch.hostname != nullptr) {
    long set = kernel.call(Call::sethostname, pointer(launch.hostname), static_cast<long>(strlen(launch.hostname)));
    result = set < 0 ? fail_call(failure, static_cast<int>(set), "sethostname") : 0;
  }
  if (result == 0 && launch.new_net_namespace && (launch.flags & MPLAN_SPAWN_NO_LOOPBACK) == 0) {
    result = loopback_up(kernel, failure);
  }
  return result;
}

int enter_root(const Kernel &kernel, const Launch &launch, Failure &failure) {
  long umask_before = kernel.call(Call::umask, 0);
  if (umask_before < 0) {
    return fail_call(failure, static_cast<int>(umask_before), "umask");
  }
  int result = launch.worker ? take_root(kernel, launch, failure) : build_reporting(kernel, launch, failure);
  kernel.call(Call::umask, umask_before);
  return result;
}

int become_program(const Kernel &kernel, Launch &launch, Failure &failure) {
  int result = give_up_privileges(kernel, launch, failure);
  if (result == 0 && (launch.flags & MPLAN_SPAWN_DIE_WITH_PARENT) != 0) {
    result = die_with_parent_from_now_on(kernel, launch, failure);
  }
  if (result < 0) {
    return result;
  }
  auto changed = static_cast<int>(kernel.call(Call::chdir, pointer(launch.cwd)));
  if (changed < 0) {
    return fail_call(failure, changed, "chdir", launch.cwd);
  }
  if (launch.reaper) {
    int program = kernel::clone(kernel, 0);
    if (program < 0) {
      return fail_call(failure, program, "clone");
    }
    if (program > 0) {
      reap_until_end(kernel, program, launch.status_write);
    }
  }
  if ((launch.flags & MPLAN_SPAWN_NEW_SESSION) != 0) {
    auto session = static_cast<int>(kernel.call(Call::setsid));
    if (session < 0) {
      return fail_call(failure, session, "setsid");
    }
  }
  std::span<FdPlace> places(launch.fds.data(), launch.fds.size());
  int report_fd = launch.report_write;
  result = place_fds(kernel, places, report_fd, failure);
  launch.report_write = report_fd;
  if (result == 0) {
    result = close_others_on_exec(kernel, places, failure);
  }
  return result < 0 ? result : execute(kernel, launch, report_fd, failure);
}

}  // namespace

void run_child(const Kernel &kernel, Launch &launch) {
  Message<Failure> message = {};
  Failure &failure = message.body;
  int result = enter_namespaces(kernel, launch, failure);
  if (result == 0) {
    result = enter_root(kernel, launch, failure);
  }
  if (result < 0) {
    failure.stage = failure.stage == Stage::none ? Stage::apply : failure.stage;
  } else {
    become_program(kernel, launch, failure);
    failure.stage = Stage::commit;
  }
  send_failure(kernel, launch.report_write, message);
  kernel::exit(kernel, 1);
}

}  // namespace mountplan::spawn
