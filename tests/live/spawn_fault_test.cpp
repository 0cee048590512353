// SPDX-License-Identifier: MIT
// Every system call of a start failing once, or being the last of its process: an error that names the call, and nothing left. On Linux 7
// one process more takes part, which builds the root (spawn/worker.hpp).
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <memory>

#include "capi/handle.hpp"
#include "live/ability.hpp"
#include "live/harness.hpp"
#include "live/observe.hpp"
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

// The processes of a start.
enum class Process {
  parent,
  child,
  program,  // when the child is its reaper
  worker,
};
constexpr Process all_processes[] = {Process::parent, Process::child, Process::program, Process::worker};

// Does something instead of one call: the n-th of one process, or the first of a kind.
struct Interference {
  Process process = Process::parent;
  long nth = -1;
  Call call = Call::count;
  int error = 0;  // to return; 0: kill the process that calls
  Hit *hit = static_cast<Hit *>(mmap(nullptr, sizeof(Hit), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));

  Process current = Process::parent;
  long made = 0;

  Interference() = default;
  Interference(const Interference &) = delete;
  Interference &operator=(const Interference &) = delete;
  ~Interference() { munmap(hit, sizeof(Hit)); }

  Kernel door() { return Kernel{this, invoke}; }

  static long invoke(void *self, Call called, const long args[6]) {
    auto &interference = *static_cast<Interference *>(self);
    bool is_nth = interference.current == interference.process && ++interference.made == interference.nth && !interference.hit->happened;
    if (!is_nth && called != interference.call) {
      return interference.pass_on(called, args);
    }
    interference.call = Call::count;
    *interference.hit = Hit{true, called};
    if (interference.error == 0) {
      kill(getpid(), SIGKILL);
      __builtin_trap();  // process 1 of a pid namespace is not killed by its own signals
    }
    if (called == Call::close) {
      interference.pass_on(called, args);  // close(2) closes, whatever it says
    }
    return -interference.error;
  }

  long pass_on(Call called, const long args[6]) {
    long result = kernel::live.invoke(kernel::live.self, called, args);
    if (called == Call::clone && result == 0) {
      const bool signals_its_end = (args[0] & 0xff) != 0;
      current = !signals_its_end ? Process::worker : current == Process::parent ? Process::child : Process::program;
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

// Starts /bin/true with all there is to ask for, and waits for it. `directories`: to make the plan a long one.
Attempt attempt(Interference &interference, uint64_t namespaces = live::every_namespace, int directories = 0,
                const spawn::Listener &listener = {}) {
  Attempt attempt;
  Kernel door = interference.door();
  live::Sandbox sandbox("true");
  sandbox.namespaces(namespaces);
  for (int i = 0; i < directories; i++) {
    mplan_plan_dir(sandbox.plan(), ("/tmp/" + std::to_string(i)).c_str(), 0755, 0, nullptr);
  }
  engine::Program *program = nullptr;
  engine::Options options;
  options.flags = MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_VERIFY;  // as mplan_spawn_start()
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
    attempt.result = spawn::start(spec, *program, door, listener, process, attempt.failure);
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

bool has_child() { return waitpid(-1, nullptr, WNOHANG | __WALL) != -1 || errno != ECHILD; }

std::string told(Process process, long nth, Call call) {
  constexpr const char *names[] = {"parent", "child", "program", "worker"};
  return std::string(names[static_cast<int>(process)]) + ", call " + std::to_string(nth) + " " + kernel::call_name(call);
}

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

// Only where root starts a program in a user namespace on Linux 7 is there a worker.
void expect_tried(live::Identity identity, Process process, long hits) {
  const bool exists = process != Process::worker || (identity == live::Identity::root && live::has_namespace_commit());
  EXPECT_EQ(hits > 0, exists) << "process " << static_cast<int>(process) << ": " << hits << " calls";
}

using Judge = void (*)(const Attempt &outcome, Process process, long nth, const Interference &interference, const std::string &what);

// Interferes with the first call of the process, with the one that is `stride` calls later, and so on until it makes no more.
void try_calls_of(live::Identity identity, Process process, int error, long stride, Judge judge) {
  auto fds = live::open_fds();
  const live::Snapshot host = live::host_snapshot();
  for (long nth = 1;; nth += stride) {
    Interference interference;
    interference.process = process;
    interference.nth = nth;
    interference.error = error;
    Attempt outcome = attempt(interference);
    if (!interference.hit->happened) {
      EXPECT_EQ(outcome.result, 0) << outcome.failure.detail;
      EXPECT_EQ(outcome.code, 0);
      expect_tried(identity, process, nth - 1);
      return;
    }
    std::string what = told(process, nth, interference.hit->call);
    judge(outcome, process, nth, interference, what);
    EXPECT_EQ(live::open_fds(), fds) << what;
    EXPECT_EQ(live::host_snapshot(), host) << what;
    ASSERT_FALSE(has_child()) << what;
  }
}

void fail_calls(live::Identity identity, int error, long stride = 1) {
  for (Process process : all_processes) {
    try_calls_of(identity, process, error, stride,
                 [](const Attempt &outcome, Process, long, const Interference &interference, const std::string &what) {
                   expect_told(outcome, interference.hit->call, interference.error, what);
                 });
  }
}

void expect_end_told(const Attempt &outcome, Process process, long nth, const Interference &, const std::string &what) {
  EXPECT_TRUE(outcome.result != 0 || nth > 1) << what << ": killed at once, and a success";
  if (outcome.result != 0) {  // else the program was executed already, or the root handed over
    EXPECT_EQ(outcome.failure.kind, mountplan::base::Kind::child) << what << outcome.failure.call;
    EXPECT_EQ(outcome.failure.error, ECHILD) << what;
    EXPECT_NE(outcome.failure.detail[0], 0) << what;
  } else if (process == Process::worker) {
    EXPECT_EQ(outcome.code, 0) << what;
  }
}

// Each call is the last that its process makes.
void kill_at_calls(live::Identity identity, long stride = 1) {
  constexpr int killed = 0;
  for (Process process : {Process::child, Process::program, Process::worker}) {
    try_calls_of(identity, process, killed, stride, expect_end_told);
  }
}

// So few that an emulated kernel takes seconds for them.
constexpr long some = 11;

}  // namespace

LIVE_SPAWN_TEST(SpawnFault, EveryCallRefused) { fail_calls(identity, EPERM); }
LIVE_SPAWN_TEST(SpawnFault, SomeCallsRefused) { fail_calls(identity, EPERM, some); }

LIVE_SPAWN_TEST(SpawnFault, EveryCallOutOfMemory) { fail_calls(identity, ENOMEM); }
LIVE_SPAWN_TEST(SpawnFault, SomeCallsOutOfMemory) { fail_calls(identity, ENOMEM, some); }

LIVE_SPAWN_TEST(SpawnFault, EveryCallTheLastOfItsProcess) { kill_at_calls(identity); }
LIVE_SPAWN_TEST(SpawnFault, SomeCallsTheLastOfTheirProcess) { kill_at_calls(identity, some); }

// The caller stops listening while the worker has much to tell: the pipe that is not read any more must not hold it up.
LIVE_TEST_ONLY(root, SpawnFault, WorkerEndsThoughNobodyListens) {
  NEEDS_NAMESPACE_COMMIT();
  Interference interference;
  interference.error = EIO;
  spawn::Listener listener;
  listener.data = &interference;
  listener.step = [](void *data, const kernel::Step &) {
    auto &armed = *static_cast<Interference *>(data);
    armed.call = armed.hit->happened ? Call::count : Call::read;
  };
  Attempt outcome = attempt(interference, live::every_namespace, 2000, listener);
  EXPECT_TRUE(interference.hit->happened);
  EXPECT_EQ(outcome.failure.error, EIO);
  EXPECT_STREQ(outcome.failure.call, "read");
  EXPECT_FALSE(has_child());
}

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
    interference.process = Process::child;
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
