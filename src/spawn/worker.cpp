// SPDX-License-Identifier: MIT
#include "spawn/worker.hpp"

#include <linux/ioctl.h>
#include <linux/sched.h>
#include <mountplan/spawn.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>

#include "kernel/process.hpp"
#include "spawn/message.hpp"
#include "spawn/report.hpp"

namespace mountplan::spawn {

namespace {

using base::Failure;
using base::Stage;
using kernel::Call;
using kernel::Kernel;

// Our own copies: libcs younger than these, and those that lay the struct out with gaps of their own.
constexpr long pid_namespace_of = _IO(0xff, 5);  // ioctl(2) on a pidfd, Linux 6.11
constexpr long receive_cloexec = 0x40000000;     // MSG_CMSG_CLOEXEC
constexpr long by_pidfd = 3;                     // P_PIDFD
constexpr int any_child = 0x40000000;            // __WALL: also one whose end is not signalled
constexpr long keep_id = -1;

struct RawMessage {
  void *name;
  uint32_t name_length;
  struct iovec *parts;
  size_t part_count;
  void *control;
  size_t control_length;
  unsigned flags;
};
// One descriptor, as cmsg(3) lays it out.
struct alignas(size_t) Passed {
  size_t length;
  int level;
  int type;
  int fd;
};
constexpr size_t passed_length = offsetof(Passed, fd) + sizeof(int);

long pointer(const void *p) { return reinterpret_cast<long>(p); }

struct Letter {
  engine::Tally tally;
  struct iovec part = {&tally, sizeof tally};
  Passed passed = {passed_length, SOL_SOCKET, SCM_RIGHTS, -1};
  RawMessage message = {nullptr, 0, &part, 1, &passed, sizeof passed, 0};
};

uint32_t outside(const base::Vec<IdRange> &map, uint32_t inside) {
  for (const IdRange &range : map) {
    if (inside >= range.inside && inside - range.inside < range.count) {
      return range.outside + (inside - range.inside);
    }
  }
  return 0;
}

// What it makes belongs to whom it would belong to if the child had made it. The caller's capabilities stay in force.
int take_ids_of_child(const Kernel &kernel, const Launch &launch, Failure &failure) {
  const uint32_t uid = outside(launch.uid_map, launch.setup_ids.uid);
  const uint32_t gid = outside(launch.gid_map, launch.setup_ids.gid);
  if (uid == launch.caller.uid && gid == launch.caller.gid) {
    return 0;
  }
  kernel::Capabilities capabilities;
  int result = kernel::get_capabilities(kernel, capabilities);
  if (result < 0) {
    return fail_call(failure, result, "capget");
  }
  result = static_cast<int>(kernel.call(Call::setresgid, keep_id, gid, keep_id));
  if (result < 0) {
    return fail_call(failure, result, "setresgid");
  }
  result = static_cast<int>(kernel.call(Call::setresuid, keep_id, uid, keep_id));
  if (result < 0) {
    return fail_call(failure, result, "setresuid");
  }
  result = kernel::set_capabilities(kernel, capabilities);
  return result < 0 ? fail_call(failure, result, "capset") : 0;
}

int die_with_parent(const Kernel &kernel, int parent, Failure &failure) {
  int result = kernel::prctl(kernel, PR_SET_PDEATHSIG, SIGKILL);
  if (result < 0) {
    return fail_call(failure, result, "prctl");
  }
  const long now = kernel.call(Call::getppid);
  if (now != parent && now != 0) {  // 0: one that is not seen from a pid namespace the caller has unshared for its children
    kernel::exit(kernel, 1);
  }
  return 0;
}

// mqueue and sysfs show the namespaces of whoever makes them.
int join_namespaces(const Kernel &kernel, const Launch &launch, int child, Failure &failure) {
  long kinds = (launch.namespaces & MPLAN_NAMESPACE_IPC) != 0 ? CLONE_NEWIPC : 0;
  kinds |= (launch.namespaces & MPLAN_NAMESPACE_NET) != 0 ? CLONE_NEWNET : 0;
  if (kinds == 0) {
    return 0;
  }
  auto result = static_cast<int>(kernel.call(Call::setns, child, kinds));
  return result < 0 ? fail_call(failure, result, "setns") : 0;
}

struct Handing {
  const Kernel &kernel;  // what is done with the tree is no step of the plan
  int socket;
  int child;             // pidfd
  bool refused = false;  // the child did not enter, and says why itself
};

// The child says that it has entered, or ends. Its end of the socket may have copies in processes that others made meanwhile, so that it
// closes tells nothing.
bool was_taken(const Kernel &kernel, const Handing &handing) {
  pollfd waits[] = {{handing.socket, POLLIN, 0}, {handing.child, POLLIN, 0}};
  int ready;
  do {
    ready = kernel.poll(waits, 2, nullptr);
  } while (ready == -EINTR);
  char byte = 0;
  return ready > 0 && (waits[0].revents & POLLIN) != 0 && kernel::read_all(kernel, handing.socket, &byte, 1) == 1;
}

int hand_over(void *data, int tree, const engine::Tally &tally, Failure &failure) {
  auto &handing = *static_cast<Handing *>(data);
  const Kernel &kernel = handing.kernel;
  Letter letter;
  letter.tally = tally;
  letter.passed.fd = tree;
  letter.message.control_length = passed_length;
  long sent;
  do {
    sent = kernel.call(Call::sendmsg, handing.socket, pointer(&letter.message), 0);
  } while (sent == -EINTR);
  if (sent < 0 && sent != -EPIPE) {
    return fail_call(failure, static_cast<int>(sent), "sendmsg");
  }
  if (sent >= 0 && was_taken(kernel, handing)) {
    return 0;
  }
  handing.refused = true;
  return fail(failure, base::Kind::child, ECHILD, "the child did not enter the root");
}

int build(const Kernel &kernel, const Launch &launch, int child, int parent, Handing &handing, Failure &failure) {
  engine::Receiver receiver;
  receiver.root_uid = outside(launch.uid_map, 0);
  receiver.root_gid = outside(launch.gid_map, 0);
  receiver.take = hand_over;
  receiver.data = &handing;
  if ((launch.namespaces & MPLAN_NAMESPACE_PID) != 0) {
    receiver.pid_namespace = static_cast<int>(kernel.call(Call::ioctl, child, pid_namespace_of, 0));
    if (receiver.pid_namespace < 0) {
      return fail_call(failure, receiver.pid_namespace, "ioctl");
    }
  }
  int result = join_namespaces(kernel, launch, child, failure);
  result = result < 0 ? result : take_ids_of_child(kernel, launch, failure);
  result = result < 0 ? result : die_with_parent(kernel, parent, failure);  // a change of ids takes the signal away
  if (result < 0) {
    return result;
  }
  engine::commit_for(*launch.program, receiver);
  return build_reporting(kernel, launch, failure);
}

[[noreturn]] void run_worker(const Kernel &kernel, const Launch &launch, int child, int parent) {
  // These hold the child or the parent up while they are open here.
  for (int fd : {launch.report_read, launch.go_read, launch.go_write, launch.status_read, launch.status_write, launch.tree_read}) {
    if (fd >= 0) {
      kernel.close(fd);
    }
  }
  Message<Failure> message = {};
  Handing handing{kernel, launch.tree_write, child};
  int result = build(kernel, launch, child, parent, handing, message.body);
  if (result < 0 && !handing.refused) {
    message.body.stage = message.body.stage == Stage::none ? Stage::apply : message.body.stage;
    send_failure(kernel, launch.report_write, message);
  }
  kernel::exit(kernel, result < 0 ? 1 : 0);
}

}  // namespace

int open_tree_sockets(const Kernel &kernel, Launch &launch, Failure &failure) {
  int fds[2] = {-1, -1};
  auto result = static_cast<int>(kernel.call(Call::socketpair, AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pointer(fds)));
  if (result < 0) {
    return fail_call(failure, result, "socketpair");
  }
  launch.tree_read = fds[0];
  launch.tree_write = fds[1];
  return 0;
}

int start_worker(const Kernel &kernel, Launch &launch, const Process &child, Worker &worker, Failure &failure) {
  const auto parent = static_cast<int>(kernel.call(Call::getpid));
  kernel::SignalSet mask = 0;
  int result = kernel::set_signal_mask(kernel, kernel::all_signals, &mask);
  if (result < 0) {
    return fail_call(failure, result, "rt_sigprocmask");
  }
  // No signal tells of its end, so no handler and no wait(2) of the caller comes upon a child that is none of its own.
  int pid = kernel::clone(kernel, 0, &worker.pidfd, 0);
  if (pid == 0) {
    run_worker(kernel, launch, child.pidfd, parent);
  }
  kernel::set_signal_mask(kernel, mask, nullptr);
  if (pid < 0) {
    worker.pidfd = -1;
    return fail_call(failure, pid, "clone");
  }
  worker.pid = pid;
  return 0;
}

void wait_for_worker(const Kernel &kernel, Worker &worker) {
  if (worker.pidfd < 0) {
    return;
  }
  siginfo_t information;
  long result;
  do {
    result = kernel.call(Call::waitid, by_pidfd, worker.pidfd, pointer(&information), WEXITED | any_child, 0);
  } while (result == -EINTR);
  if (result < 0 && result != -ECHILD) {                   // with that another thread has taken it, and its number may be a new child's
    kernel::wait(kernel, worker.pid, nullptr, any_child);  // waitid(2) may be what a filter refuses
  }
  kernel.close(worker.pidfd);
  worker.pidfd = worker.pid = -1;
}

int take_root(const Kernel &kernel, const Launch &launch, Failure &failure) {
  Letter letter;
  long got;
  do {
    got = kernel.call(Call::recvmsg, launch.tree_read, pointer(&letter.message), receive_cloexec);
  } while (got == -EINTR);
  if (got < 0) {
    return fail_call(failure, static_cast<int>(got), "recvmsg");
  }
  if (got == sizeof letter.tally && letter.message.control_length < passed_length) {
    return fail(failure, base::Kind::child, EMFILE, "the descriptor of the root could not be received");
  }
  const bool whole = got == sizeof letter.tally && letter.message.control_length >= passed_length && letter.passed.type == SCM_RIGHTS;
  if (!whole) {
    return fail(failure, base::Kind::child, ECHILD, "the process that builds the root ended before it was done");
  }
  int result = enter_reporting(kernel, launch, letter.passed.fd, letter.tally, failure);
  if (result == 0) {
    const char entered = 1;
    kernel.write(launch.tree_read, &entered, 1);  // one that has ended has nothing to take back
  }
  kernel.close(launch.tree_read);
  return result;
}

}  // namespace mountplan::spawn
