// SPDX-License-Identifier: MIT
// Every system call of a start failing once, in the parent and in the child: an error that names the call, and nothing left.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "capi/handle.hpp"
#include "live/harness.hpp"
#include "live/sandbox.hpp"
#include "spawn/start.hpp"

using mountplan::base::Failure;
using mountplan::kernel::Call;
using mountplan::kernel::Kernel;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;
namespace spawn = mountplan::spawn;

namespace {

// Memory that the children share: which call was interfered with.
struct Hit {
  bool happened;
  Call call;
};

// Which of the processes of a start: the caller's, its child, or the program's in front of which the child is the reaper.
constexpr int depth_parent = 0;
constexpr int depth_program = 2;

// Does something instead of one call: the n-th of one process, or the first of a kind.
struct Interference {
  int depth = depth_parent;
  long nth = -1;
  Call call = Call::count;
  int error = 0;  // to return; 0: kill the process that calls
  Hit *hit = static_cast<Hit *>(mmap(nullptr, sizeof(Hit), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

  int current_depth = depth_parent;
  long made = 0;

  Interference() = default;
  Interference(const Interference &) = delete;
  Interference &operator=(const Interference &) = delete;
  ~Interference() { munmap(hit, sizeof(Hit)); }

  Kernel door() { return Kernel{this, invoke}; }

  static long invoke(void *self, Call called, const long args[6]) {
    auto &interference = *static_cast<Interference *>(self);
    bool is_nth = interference.current_depth == interference.depth && ++interference.made == interference.nth;
    if (!is_nth && called != interference.call) {
      return interference.pass_on(called, args);
    }
    interference.call = Call::count;
    *interference.hit = Hit{true, called};
    if (interference.error == 0) {
      kill(getpid(), SIGKILL);
    }
    if (called == Call::close) {
      interference.pass_on(called, args);  // close(2) closes, whatever it says
    }
    return -interference.error;
  }

  long pass_on(Call called, const long args[6]) {
    long result = kernel::live.invoke(kernel::live.self, called, args);
    if (called == Call::clone && result == 0) {
      current_depth++;
      made = 0;
    }
    return result;
  }
};

struct Attempt {
  int result = 0;
  Failure failure;
  int code = -1;
};

// Starts /bin/true with all there is to ask for, and waits for it.
Attempt attempt(Interference &interference, uint64_t namespaces = live::every_namespace) {
  Attempt attempt;
  Kernel door = interference.door();
  live::Sandbox sandbox("true");
  sandbox.namespaces(namespaces);
  engine::Program *program = nullptr;
  engine::Options options;
  options.flags = MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_PIVOT;
  attempt.result = engine::prepare(sandbox.plan()->plan, options, kernel::live, &program, attempt.failure);
  if (attempt.result < 0) {
    return attempt;
  }
  {
    spawn::Spec spec(kernel::live);
    spawn::Process process(door);
    const char *argv[] = {"/bin/true"};
    Failure ignored;
    spawn::set_argv(spec, argv, 1, ignored);
    spawn::set_namespaces(spec, namespaces, ignored);
    spawn::set_flags(spec, MPLAN_SPAWN_DIE_WITH_PARENT | MPLAN_SPAWN_NEW_SESSION, ignored);
    spawn::set_hostname(spec, "inside", ignored);
    spawn::add_fd(spec, 0, 9, ignored);
    attempt.result = spawn::start(spec, *program, door, {}, process, attempt.failure);
    if (attempt.result == 0) {
      attempt.result = spawn::wait_for_end(process, attempt.failure);
      attempt.code = process.ended.code;
      while (waitpid(process.pid, nullptr, 0) == process.pid) {
      }
    }
  }
  engine::release(program);
  return attempt;
}

bool has_child() { return waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

// Calls of spawning alone, each of which has to succeed or to be told of.
bool must_be_told(Call call) {
  switch (call) {
    case Call::rt_sigaction:
    case Call::prctl:
    case Call::capset:
    case Call::setresuid:
    case Call::setresgid:
    case Call::setgroups:
    case Call::sethostname:
    case Call::socket:
    case Call::dup3:
    case Call::pipe2:
    case Call::clone:
    case Call::execve:
    case Call::setsid:
      return true;
    default:
      return false;
  }
}

void expect_told(const Attempt &outcome, Call call, int error, const std::string &what) {
  if (outcome.result == 0) {
    EXPECT_FALSE(must_be_told(call)) << what << " failed unnoticed";
    return;
  }
  EXPECT_NE(outcome.failure.error, 0) << what;
  EXPECT_TRUE(outcome.failure.call[0] != 0 || outcome.failure.kind == mountplan::base::Kind::child) << what;
  if (must_be_told(call)) {
    EXPECT_EQ(outcome.failure.error, error) << what;
    EXPECT_STREQ(outcome.failure.call, kernel::call_name(call)) << what;
  }
}

// Fails the first call of the process at this depth, the second, and so on until it makes no more.
void fail_every_call_of(int depth, int error) {
  auto before = live::open_fds();
  for (long nth = 1;; nth++) {
    Interference interference;
    interference.depth = depth;
    interference.nth = nth;
    interference.error = error;
    Attempt outcome = attempt(interference);
    if (!interference.hit->happened) {
      EXPECT_EQ(outcome.result, 0) << outcome.failure.detail;
      EXPECT_EQ(outcome.code, 0);
      return;
    }
    std::string what =
        "process " + std::to_string(depth) + ", call " + std::to_string(nth) + " " + kernel::call_name(interference.hit->call);
    expect_told(outcome, interference.hit->call, error, what);
    EXPECT_EQ(live::open_fds(), before) << what;
    ASSERT_FALSE(has_child()) << what;
  }
}

void fail_every_call(int error) {
  for (int depth = depth_parent; depth <= depth_program; depth++) {
    fail_every_call_of(depth, error);
  }
}

}  // namespace

LIVE_SPAWN_TEST(SpawnFault, EveryCallRefused) { fail_every_call(EPERM); }

LIVE_SPAWN_TEST(SpawnFault, EveryCallOutOfMemory) { fail_every_call(ENOMEM); }

LIVE_SPAWN_TEST(SpawnFault, LimitOfNamespacesIsToldByCloneAndItsErrno) {
  Interference interference;
  interference.call = Call::clone;
  interference.error = ENOSPC;
  Attempt outcome = attempt(interference);
  EXPECT_EQ(outcome.result, -ENOSPC);
  EXPECT_STREQ(outcome.failure.call, "clone");
}

LIVE_SPAWN_TEST(SpawnFault, ChildThatIsKilledBeforeExecIsTold) {
  Interference interference;
  interference.call = Call::sethostname;
  Attempt outcome = attempt(interference, live::every_namespace & ~uint64_t{MPLAN_NAMESPACE_PID});  // process 1 can not kill itself
  EXPECT_EQ(outcome.failure.kind, mountplan::base::Kind::child);
  EXPECT_STREQ(outcome.failure.detail, "the child was killed by signal 9 before it executed the program");
  EXPECT_FALSE(has_child());
}

// While the parent gives it ids, which then fails too.
LIVE_SPAWN_TEST(SpawnFault, ChildThatIsKilledAtOnceIsTold) {
  for (int i = 0; i < 20; i++) {
    Interference interference;
    interference.depth = depth_parent + 1;
    interference.nth = 1;
    Attempt outcome = attempt(interference, live::every_namespace & ~uint64_t{MPLAN_NAMESPACE_PID});
    EXPECT_EQ(outcome.failure.kind, mountplan::base::Kind::child);
    EXPECT_STREQ(outcome.failure.detail, "the child was killed by signal 9 before it executed the program");
  }
  EXPECT_FALSE(has_child());
}

LIVE_SPAWN_TEST(SpawnFault, ProgramThatIsKilledBehindTheReaperBeforeExecIsTold) {
  Interference interference;
  interference.call = Call::setsid;
  Attempt outcome = attempt(interference);
  EXPECT_EQ(outcome.failure.kind, mountplan::base::Kind::child);
  EXPECT_STREQ(outcome.failure.detail, "the child was killed by signal 9 before it executed the program");
  EXPECT_FALSE(has_child());
}

// As on Linux before 5.9: each number is asked for.
LIVE_SPAWN_TEST(SpawnFault, ClosesDescriptorsWithoutCloseRange) {
  Interference interference;
  interference.call = Call::close_range;
  interference.error = ENOSYS;
  EXPECT_EQ(attempt(interference).result, 0);
}
