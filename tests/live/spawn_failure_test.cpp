// SPDX-License-Identifier: MIT
// What a start that fails tells, and what it leaves behind: nothing.
#include <fcntl.h>
#include <grp.h>
#include <mountplan/spawn.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "live/harness.hpp"
#include "live/sandbox.hpp"

using live::Outcome;
using live::Sandbox;

namespace {

// Whether this process has a child, running or to be waited for.
bool has_child() { return waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD; }

Outcome run_program(const std::string &path) { return Sandbox(std::vector<std::string>{path}).run(); }

void expect_execve_error(const Outcome &outcome, int error, const std::string &path) {
  EXPECT_EQ(outcome.result, -error) << outcome.message;
  EXPECT_EQ(outcome.kind, MPLAN_ERROR_SYSCALL);
  EXPECT_EQ(outcome.error, error);
  EXPECT_EQ(outcome.stage, MPLAN_STAGE_COMMIT);
  EXPECT_EQ(outcome.call, "execve");
  EXPECT_EQ(outcome.path, path);
  EXPECT_FALSE(has_child());
}

}  // namespace

LIVE_SPAWN_TEST(SpawnError, MissingProgram) { expect_execve_error(run_program("/nowhere/program"), ENOENT, "/nowhere/program"); }

LIVE_SPAWN_TEST(SpawnError, MissingProgramInPath) {
  Outcome outcome = Sandbox(std::vector<std::string>{"no-such-program"}).env({"PATH=/nowhere:/usr/bin:/etc/passwd"}).run();
  expect_execve_error(outcome, ENOENT, "no-such-program");
}

LIVE_SPAWN_TEST(SpawnError, ProgramThatMayNotBeExecuted) {
  std::string program = live::path("program");
  live::write_file(program, "#!/bin/sh\n", 0644);
  expect_execve_error(run_program(program), EACCES, program);
}

LIVE_SPAWN_TEST(SpawnError, ProgramInPathThatMayNotBeExecutedIsToldThoughLaterFoldersLackIt) {
  live::write_file(live::path("program"), "#!/bin/sh\n", 0644);
  Outcome outcome = Sandbox(std::vector<std::string>{"program"}).env({std::string("PATH=") + live::scratch() + ":/nowhere"}).run();
  expect_execve_error(outcome, EACCES, live::path("program"));
}

LIVE_SPAWN_TEST(SpawnError, FileThatIsNoProgram) {
  std::string program = live::path("program");
  live::write_file(program, "no program\n", 0755);
  expect_execve_error(run_program(program), ENOEXEC, program);
}

LIVE_SPAWN_TEST(SpawnError, MissingInterpreterIsToldFromAMissingProgram) {
  std::string program = live::path("program");
  live::write_file(program, "#!/nowhere/interpreter\n", 0755);
  Outcome outcome = run_program(program);
  expect_execve_error(outcome, ENOENT, program);
  EXPECT_EQ(outcome.detail, "the file is there, the interpreter or loader it asks for is not");
}

LIVE_SPAWN_TEST(SpawnError, MissingWorkingDirectory) {
  Sandbox sandbox("true");
  ASSERT_EQ(mplan_spawn_set_cwd(sandbox.spawn(), "/nowhere", nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.result, -ENOENT);
  EXPECT_EQ(outcome.call, "chdir");
  EXPECT_EQ(outcome.path, "/nowhere");
}

LIVE_SPAWN_TEST(SpawnError, WithoutAProgram) {
  Outcome outcome;
  mplan_spawn *spawn = nullptr;
  mplan_error *error = nullptr;
  mplan_process *process = nullptr;
  Sandbox other("true");
  ASSERT_EQ(mplan_spawn_new(&spawn, nullptr), 0);
  EXPECT_EQ(mplan_spawn_start(spawn, other.plan(), nullptr, 0, &process, &error), -EINVAL);
  live::take_error(error, outcome);
  EXPECT_EQ(outcome.kind, MPLAN_ERROR_ARGUMENT);
  EXPECT_EQ(outcome.detail, "no program was set");
  EXPECT_EQ(process, nullptr);
  mplan_spawn_free(spawn);
}

LIVE_SPAWN_TEST(SpawnError, HostNameWithoutItsNamespace) {
  Sandbox sandbox("true");
  sandbox.namespaces(MPLAN_NAMESPACE_USER);
  ASSERT_EQ(mplan_spawn_set_hostname(sandbox.spawn(), "inside", nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.result, -EINVAL);
  EXPECT_EQ(outcome.detail, "a host name needs a new uts namespace");
}

LIVE_SPAWN_TEST(SpawnError, IdThatIsNotInTheMap) {
  Sandbox sandbox("true");
  ASSERT_EQ(mplan_spawn_set_ids(sandbox.spawn(), 4711, getegid(), nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.result, -EINVAL);
  EXPECT_EQ(outcome.detail, "uid 4711 is not in the id map");
}

LIVE_SPAWN_TEST(SpawnError, RootOfTheCallersIsNotAllowed) {
  Sandbox sandbox("true");
  sandbox.args.root = "/srv";
  EXPECT_EQ(sandbox.run().result, -EINVAL);
}

LIVE_TEST_ONLY(nobody, SpawnError, ForeignIdsWithoutPrivilegeNameTheMapAndWhatTheHelperSaid) {
  Sandbox sandbox("true");
  ASSERT_EQ(mplan_spawn_add_uid_map(sandbox.spawn(), 0, geteuid(), 1, nullptr), 0);
  ASSERT_EQ(mplan_spawn_add_uid_map(sandbox.spawn(), 1, 100000, 10, nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.result, -EPERM);
  EXPECT_EQ(outcome.call, "write");
  EXPECT_NE(outcome.path.find("/uid_map"), std::string::npos) << outcome.path;
  EXPECT_NE(outcome.detail.find("/usr/bin/newuidmap"), std::string::npos) << outcome.detail;
  EXPECT_FALSE(has_child());
}

LIVE_TEST_ONLY(nobody, SpawnError, NoUserNamespaceWithoutPrivilege) {
  Outcome outcome = Sandbox("true").namespaces(MPLAN_NAMESPACE_PID).run();
  EXPECT_EQ(outcome.result, -EPERM);
  EXPECT_EQ(outcome.call, "clone");
}

LIVE_TEST_ONLY(nobody, SpawnError, CallerThatIsUndumpableIsTold) {
  prctl(PR_SET_DUMPABLE, 0);
  Outcome outcome = Sandbox("true").run();
  EXPECT_EQ(outcome.result, -EACCES);
  EXPECT_NE(outcome.detail.find("PR_SET_DUMPABLE"), std::string::npos) << outcome.detail;
  EXPECT_FALSE(has_child());
}

LIVE_SPAWN_TEST(SpawnError, TooFewDescriptors) {
  Sandbox sandbox("true");
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  int lowest_free = dup(0);
  close(lowest_free);
  limit.rlim_cur = static_cast<rlim_t>(lowest_free) + 3;
  setrlimit(RLIMIT_NOFILE, &limit);
  Outcome outcome;
  EXPECT_EQ(sandbox.start(outcome), nullptr);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  EXPECT_EQ(outcome.result, -EMFILE) << outcome.message;
  EXPECT_FALSE(has_child());
}

LIVE_SPAWN_TEST(SpawnLeaves, NoDescriptorAndNoChildAfterSuccessAndFailure) {
  auto before = live::open_fds();
  EXPECT_EQ(Sandbox("true").run().code, 0);
  EXPECT_EQ(live::open_fds(), before);
  EXPECT_EQ(run_program("/nowhere/program").result, -ENOENT);
  EXPECT_EQ(live::open_fds(), before);
  EXPECT_FALSE(has_child());
}

LIVE_SPAWN_TEST(SpawnLeaves, RunningProcessAloneWhenItsObjectIsFreed) {
  int hold[2];
  ASSERT_EQ(pipe2(hold, O_CLOEXEC), 0);
  Sandbox sandbox("read -r line; exit 5");
  sandbox.fd(hold[0], 0);
  Outcome outcome;
  mplan_process *process = sandbox.start(outcome);
  ASSERT_NE(process, nullptr) << outcome.message;
  pid_t pid = mplan_process_pid(process);
  mplan_process_free(process);
  ASSERT_EQ(write(hold[1], "go\n", 3), 3);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_EQ(WEXITSTATUS(status), 5);
  close(hold[0]);
  close(hold[1]);
}

namespace {

// Spawns a program that would run for ever, in a process that is then killed; returns when all that held its output is gone.
void kill_the_parent_of_a_program(uint64_t namespaces) {
  int output[2];
  int started[2];
  ASSERT_EQ(pipe2(output, O_CLOEXEC), 0);
  ASSERT_EQ(pipe2(started, O_CLOEXEC), 0);
  pid_t parent = fork();
  if (parent == 0) {
    if (getuid() != 0) {
      prctl(PR_SET_DUMPABLE, 1);
    }
    Sandbox sandbox("exec sleep 1000");
    sandbox.namespaces(namespaces).flags(MPLAN_SPAWN_DIE_WITH_PARENT).fd(output[1], 1);
    Outcome outcome;
    char byte = sandbox.start(outcome) != nullptr ? 'y' : 'n';
    (void)!write(started[1], &byte, 1);
    pause();
    _exit(0);
  }
  close(output[1]);
  close(started[1]);
  char byte = 0;
  EXPECT_EQ(read(started[0], &byte, 1), 1);
  EXPECT_EQ(byte, 'y');
  kill(parent, SIGKILL);
  waitpid(parent, nullptr, 0);
  EXPECT_EQ(live::drain(output[0]), "");  // the end of the file: no process has the other end any more
  close(started[0]);
}

}  // namespace

LIVE_SPAWN_TEST(SpawnDieWithParent, EndsTheReaperAndTheProgram) { kill_the_parent_of_a_program(live::every_namespace); }

LIVE_SPAWN_TEST(SpawnDieWithParent, EndsTheProgramWithoutAPidNamespace) {
  kill_the_parent_of_a_program(live::every_namespace & ~uint64_t{MPLAN_NAMESPACE_PID});
}

// A copy of a process under a sanitizer, which holds freed memory back or has memory for its own notes, takes a second.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int many_starts = 20;
#else
constexpr int many_starts = 200;
#endif

LIVE_SPAWN_TEST(SpawnThreads, ManyStartsWhileOtherThreadsAllocate) {
  std::atomic<bool> stop = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) {
    threads.emplace_back([&stop] {
      for (size_t size = 1; !stop; size = size % 4096 + 1) {
        char *memory = static_cast<char *>(malloc(size));
        memory[0] = 1;
        free(memory);
      }
    });
  }
  int ended_well = 0;
  for (int i = 0; i < many_starts; i++) {
    ended_well += Sandbox(std::vector<std::string>{"/bin/true"}).run().code == 0;
  }
  stop = true;
  for (std::thread &thread : threads) {
    thread.join();
  }
  EXPECT_EQ(ended_well, many_starts);
  EXPECT_FALSE(has_child());
}

namespace {

// As uid 65534 would, with ids that the system's administrator has lent it: newuidmap(1) is asked.
int print_maps_of_lent_ids(int output) {
  if (setgroups(0, nullptr) != 0 || setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) {
    return 1;
  }
  prctl(PR_SET_DUMPABLE, 1);
  Sandbox sandbox("tr -s ' ' </proc/self/uid_map; tr -s ' ' </proc/self/gid_map; cat /proc/self/setgroups");
  for (auto add : {mplan_spawn_add_uid_map, mplan_spawn_add_gid_map}) {
    add(sandbox.spawn(), 0, 65534, 1, nullptr);
    add(sandbox.spawn(), 1, 200000, 1000, nullptr);
  }
  Outcome outcome = sandbox.run();
  std::string text = outcome.output + outcome.message + outcome.detail;
  (void)!write(output, text.data(), text.size());
  return 0;
}

}  // namespace

LIVE_TEST_ONLY(root, SpawnIds, LentByTheSystemAreMappedByTheHelpers) {
  if (access("/usr/bin/newuidmap", X_OK) != 0) {
    GTEST_SKIP() << "newuidmap is not installed (Debian: uidmap)";
  }
  for (const char *file : {"subuid", "subgid"}) {
    live::write_file(live::path(file), "nobody:200000:1000\n");
    live::mount_bind(live::path(file), std::string("/etc/") + file);
  }
  int output[2];
  ASSERT_EQ(pipe2(output, O_CLOEXEC), 0);
  pid_t pid = fork();
  if (pid == 0) {
    _exit(print_maps_of_lent_ids(output[1]));
  }
  close(output[1]);
  EXPECT_EQ(live::drain(output[0]), " 0 65534 1\n 1 200000 1000\n 0 65534 1\n 1 200000 1000\nallow\n");
  waitpid(pid, nullptr, 0);
}

namespace {

struct Seen {
  int count = 0;
  bool mounts = false;
  int answer = 0;
};

int remember(const mplan_event *event, void *data) {
  auto &seen = *static_cast<Seen *>(data);
  seen.count++;
  seen.mounts = seen.mounts || (event->op_name != nullptr && std::string(event->op_name) == "proc" && event->result >= 0);
  return seen.answer;
}

}  // namespace

LIVE_SPAWN_TEST(SpawnEvents, OfTheChildAreDeliveredInTheParentWithTheirOps) {
  Seen seen;
  Sandbox sandbox("true");
  sandbox.args.event = remember;
  sandbox.args.event_data = &seen;
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.code, 0) << outcome.message;
  EXPECT_TRUE(seen.mounts) << seen.count << " events";
}

LIVE_SPAWN_TEST(SpawnEvents, CanStopTheStartInTheHostPhase) {
  Seen seen;
  seen.answer = 1;
  Sandbox sandbox("true");
  sandbox.args.event = remember;
  sandbox.args.event_data = &seen;
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.result, -ECANCELED);
  EXPECT_EQ(outcome.kind, MPLAN_ERROR_CALLBACK);
  EXPECT_FALSE(has_child());
}

LIVE_SPAWN_TEST(SpawnError, OfAnOpIsToldWithTheOp) {
  Sandbox sandbox("true");
  ASSERT_GE(mplan_plan_bind(sandbox.plan(), "/nowhere/source", "/tmp/target", 0, nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.result, -ENOENT);
  EXPECT_EQ(outcome.message.find("op 5 bind /nowhere/source -> /tmp/target: "), 0u) << outcome.message;
  EXPECT_FALSE(has_child());
}

LIVE_TEST_ONLY(root, SpawnElevated, ProcessIsRefused) {
  std::string program = live::path("elevated");
  live::write_file(program, live::read_file(MOUNTPLAN_ELEVATED_PROGRAM));
  ASSERT_EQ(chmod(program.c_str(), 04755), 0);
  pid_t pid = fork();
  if (pid == 0) {
    if (setresgid(65534, 65534, 65534) != 0 || setresuid(65534, 65534, 65534) != 0) {
      _exit(1);
    }
    execl(program.c_str(), "elevated", nullptr);
    _exit(2);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0) << status;
}
