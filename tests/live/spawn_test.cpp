// SPDX-License-Identifier: MIT
// What a program finds when it is spawned: its environment, descriptors, identity and namespaces, and how its end is told.
#include <fcntl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <csignal>

#include "live/harness.hpp"
#include "live/sandbox.hpp"

using live::Outcome;
using live::Sandbox;

namespace {

constexpr uint64_t without_user = live::every_namespace & ~uint64_t{MPLAN_NAMESPACE_USER};

std::string link_text(const char *path) {
  char text[256] = {};
  (void)!readlink(path, text, sizeof text - 1);
  return text;
}

std::vector<std::string> lines(const std::string &text) {
  std::vector<std::string> result;
  size_t start = 0;
  for (size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', start)) {
    result.push_back(text.substr(start, end - start));
    start = end + 1;
  }
  return result;
}

}  // namespace

LIVE_SPAWN_TEST(Spawn, ReportsTheExitCode) {
  Outcome outcome = Sandbox("exit 7").run();
  EXPECT_EQ(outcome.message, "");
  EXPECT_EQ(outcome.code, 7);
  EXPECT_EQ(outcome.signal, 0);
}

LIVE_SPAWN_TEST(Spawn, TellsASignalFromTheExitCodeThatLooksLikeIt) {
  Outcome killed = Sandbox("kill -TERM $$").run();
  EXPECT_EQ(killed.code, 128 + SIGTERM);
  EXPECT_EQ(killed.signal, SIGTERM);
  Outcome exited = Sandbox("exit 143").run();
  EXPECT_EQ(exited.code, 143);
  EXPECT_EQ(exited.signal, 0);
}

LIVE_SPAWN_TEST(Spawn, TellsASignalWithoutAPidNamespaceToo) {
  Outcome killed = Sandbox("kill -KILL $$").namespaces(live::every_namespace & ~uint64_t{MPLAN_NAMESPACE_PID}).run();
  EXPECT_EQ(killed.code, 128 + SIGKILL);
  EXPECT_EQ(killed.signal, SIGKILL);
}

LIVE_SPAWN_TEST(Spawn, TellsEveryStepOfTheChildWhateverTheCallbackAnswers) {
  struct Heard {
    int count = 0;
    bool hasty = false;
  };
  auto hear = [](const mplan_event *event, void *data) {
    auto &heard = *static_cast<Heard *>(data);
    heard.count++;
    return heard.hasty && event->op >= 0 ? 1 : 0;  // what is prepared before the child is there belongs to no op
  };
  Heard patient{.hasty = false};
  Heard hasty{.hasty = true};
  for (Heard *heard : {&patient, &hasty}) {
    Sandbox sandbox("exit 0");
    sandbox.args.event = hear;
    sandbox.args.event_data = heard;
    EXPECT_EQ(sandbox.run().code, 0);
  }
  EXPECT_GT(patient.count, 1);
  EXPECT_EQ(hasty.count, patient.count);
}

LIVE_SPAWN_TEST(Spawn, WaitingTwiceGivesTheSame) {
  Sandbox sandbox("exit 3");
  Outcome outcome;
  mplan_process *process = sandbox.start(outcome);
  ASSERT_NE(process, nullptr) << outcome.message;
  for (int i = 0; i < 2; i++) {
    mplan_exit end = {};
    EXPECT_EQ(mplan_process_wait(process, &end, sizeof end, nullptr), 0);
    EXPECT_EQ(end.code, 3);
  }
  EXPECT_EQ(mplan_process_signal(process, SIGTERM, nullptr), -ESRCH);
  mplan_process_free(process);
}

LIVE_SPAWN_TEST(Spawn, PassesASignalOnToTheProgramBehindTheReaper) {
  int ready[2];
  ASSERT_EQ(pipe2(ready, O_CLOEXEC), 0);
  Sandbox sandbox("trap 'exit 42' TERM; echo ready; while :; do sleep 1; done");
  sandbox.fd(ready[1], 1);
  close(ready[1]);
  Outcome outcome;
  mplan_process *process = sandbox.start(outcome);
  ASSERT_NE(process, nullptr) << outcome.message;
  char byte = 0;
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  EXPECT_EQ(mplan_process_signal(process, SIGTERM, nullptr), 0);
  mplan_exit end = {};
  EXPECT_EQ(mplan_process_wait(process, &end, sizeof end, nullptr), 0);
  EXPECT_EQ(end.code, 42);
  mplan_process_free(process);
  close(ready[0]);
}

LIVE_SPAWN_TEST(Spawn, GivesTheEnvironmentThatWasSetAndNoOther) {
  Outcome outcome = Sandbox(std::vector<std::string>{"/usr/bin/env"}).env({"FIRST=1", "SECOND=two words"}).run();
  EXPECT_EQ(outcome.output, "FIRST=1\nSECOND=two words\n") << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, GivesTheCallersEnvironmentUntilOneIsSet) {
  setenv("FROM_THE_CALLER", "yes", 1);
  EXPECT_EQ(Sandbox("echo $FROM_THE_CALLER").run().output, "yes\n");
}

LIVE_SPAWN_TEST(Spawn, SearchesThePathOfTheChild) {
  Outcome outcome = Sandbox(std::vector<std::string>{"echo", "found"}).env({"PATH=/nowhere:/usr/bin:/bin"}).run();
  EXPECT_EQ(outcome.output, "found\n") << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, StartsInTheWorkingDirectoryThatWasSet) {
  Sandbox sandbox("pwd -P");
  ASSERT_EQ(mplan_spawn_set_cwd(sandbox.spawn(), "/usr", nullptr), 0);
  EXPECT_EQ(sandbox.run().output, "/usr\n");
}

LIVE_SPAWN_TEST(Spawn, StartsInTheRootUntilADirectoryIsSet) { EXPECT_EQ(Sandbox("pwd -P").run().output, "/\n"); }

LIVE_SPAWN_TEST(Spawn, SetsTheHostNameInsideAndNotOutside) {
  utsname before = {};
  uname(&before);
  Sandbox sandbox("uname -n");
  ASSERT_EQ(mplan_spawn_set_hostname(sandbox.spawn(), "inside", nullptr), 0);
  EXPECT_EQ(sandbox.run().output, "inside\n");
  utsname after = {};
  uname(&after);
  EXPECT_STREQ(after.nodename, before.nodename);
}

LIVE_SPAWN_TEST(Spawn, MakesEveryNamespaceNew) {
  Outcome outcome = Sandbox("for n in user mnt pid net ipc uts cgroup; do echo $n $(readlink /proc/self/ns/$n); done").run();
  std::vector<std::string> inside = lines(outcome.output);
  ASSERT_EQ(inside.size(), 7u) << outcome.message;
  for (const char *name : {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup"}) {
    std::string outside = std::string(name) + ' ' + link_text((std::string("/proc/self/ns/") + name).c_str());
    EXPECT_EQ(std::count(inside.begin(), inside.end(), outside), 0) << outside;
  }
}

LIVE_SPAWN_TEST(Spawn, LeavesNamespacesThatWereNotAskedFor) {
  Outcome outcome = Sandbox("readlink /proc/self/ns/net").namespaces(MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID).run();
  EXPECT_EQ(outcome.output, link_text("/proc/self/ns/net") + '\n') << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, BringsTheLoopbackDeviceUpUnlessToldNotTo) {
  // The kernel gives the device its address, and with it a local route, when it comes up.
  constexpr const char *local_routes = "grep -q 127.0.0.1 /proc/self/net/fib_trie && echo up || echo down";
  EXPECT_EQ(Sandbox(local_routes).run().output, "up\n");
  EXPECT_EQ(Sandbox(local_routes).flags(MPLAN_SPAWN_NO_LOOPBACK).run().output, "down\n");
}

LIVE_SPAWN_TEST(Spawn, DropsEveryCapabilityInANewUserNamespace) {
  Outcome outcome = Sandbox("grep -E '^(Cap|NoNewPrivs)' /proc/self/status").run();
  EXPECT_EQ(outcome.output,
            "CapInh:\t0000000000000000\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n"
            "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\n")
      << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, KeepsTheCapabilitiesThatWereAskedForAcrossExec) {
  Sandbox sandbox("grep -E '^Cap(Eff|Bnd)' /proc/self/status");
  constexpr uint64_t net_bind_service = 1u << 10;
  ASSERT_EQ(mplan_spawn_set_capabilities(sandbox.spawn(), net_bind_service, nullptr), 0);
  EXPECT_EQ(sandbox.run().output, "CapEff:\t0000000000000400\nCapBnd:\t0000000000000400\n");
}

LIVE_SPAWN_TEST(Spawn, LeavesNoNewPrivilegesUnsetWhenAsked) {
  EXPECT_EQ(Sandbox("grep NoNewPrivs /proc/self/status").flags(MPLAN_SPAWN_KEEP_PRIVILEGES).run().output, "NoNewPrivs:\t0\n");
}

LIVE_SPAWN_TEST(Spawn, MapsTheCallersIdToItself) {
  Outcome outcome = Sandbox("echo $(id -u) $(id -g)").run();
  EXPECT_EQ(outcome.output, std::to_string(geteuid()) + ' ' + std::to_string(getegid()) + '\n') << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, RunsAsTheInsideIdOfTheMap) {
  Sandbox sandbox("echo $(id -u) $(id -g)");
  ASSERT_EQ(mplan_spawn_add_uid_map(sandbox.spawn(), 1000, geteuid(), 1, nullptr), 0);
  ASSERT_EQ(mplan_spawn_add_gid_map(sandbox.spawn(), 100, getegid(), 1, nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.output, "1000 100\n") << outcome.message;
}

LIVE_TEST_ONLY(root, Spawn, RunsAsTheIdsThatWereSetOutOfSeveralRanges) {
  Sandbox sandbox("echo $(id -u) $(id -g) $(id -G); grep Cap[EP] /proc/self/status");
  ASSERT_EQ(mplan_spawn_add_uid_map(sandbox.spawn(), 0, 100000, 1000, nullptr), 0);
  ASSERT_EQ(mplan_spawn_add_uid_map(sandbox.spawn(), 1000, 0, 1, nullptr), 0);
  ASSERT_EQ(mplan_spawn_add_gid_map(sandbox.spawn(), 0, 100000, 1000, nullptr), 0);
  ASSERT_EQ(mplan_spawn_set_ids(sandbox.spawn(), 33, 33, nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.output, "33 33 33\nCapPrm:\t0000000000000000\nCapEff:\t0000000000000000\n") << outcome.message;
}

LIVE_TEST_ONLY(root, Spawn, KeepsRootsCapabilitiesWithoutAUserNamespace) {
  std::string own;
  for (const std::string &line : lines(live::read_file("/proc/self/status"))) {
    own = line.starts_with("CapEff") ? line + '\n' : own;
  }
  EXPECT_EQ(Sandbox("grep CapEff /proc/self/status").namespaces(without_user).run().output, own);
}

LIVE_TEST_ONLY(root, Spawn, DropsCapabilitiesWithTheUserIdWithoutAUserNamespace) {
  Sandbox sandbox("echo $(id -u); grep -E 'CapEff|CapBnd|Groups' /proc/self/status");
  sandbox.namespaces(without_user);
  ASSERT_EQ(mplan_spawn_set_ids(sandbox.spawn(), 65534, 65534, nullptr), 0);
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.output, "65534\nGroups:\t \nCapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n") << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, LeavesOnlyTheDescriptorsThatWereGiven) {
  int inherited = open("/dev/null", O_RDONLY);  // without O_CLOEXEC, as a careless caller has them
  int given = open("/dev/null", O_RDONLY | O_CLOEXEC);
  Sandbox sandbox(std::vector<std::string>{"/bin/ls", "/proc/self/fd"});
  Outcome outcome = sandbox.fd(given, 7).run();
  EXPECT_EQ(outcome.output, "0\n1\n2\n3\n7\n") << outcome.message;  // 3 is ls reading the directory
  close(inherited);
  close(given);
}

LIVE_SPAWN_TEST(Spawn, PlacesDescriptorsThatSwapTheirNumbers) {
  std::vector<int> fds;
  for (const char *name : {"a", "b", "c", "d"}) {
    live::write_file(live::path(name), name);
    fds.push_back(open(live::path(name).c_str(), O_RDONLY | O_CLOEXEC));
  }
  // The object holds duplicates at the lowest free numbers: these four, rotated, are wanted by one another.
  Sandbox sandbox(std::vector<std::string>{"/bin/bash", "-c", "cat <&$A; cat <&$B; cat <&$C; cat <&$D"});
  int base = fds.back() + 1;
  sandbox.env({"PATH=/usr/bin:/bin", "A=" + std::to_string(base + 1), "B=" + std::to_string(base + 2), "C=" + std::to_string(base + 3),
               "D=" + std::to_string(base)});
  for (int i = 0; i < 4; i++) {
    sandbox.fd(fds[static_cast<size_t>(i)], base + (i + 1) % 4);
  }
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.output, "abcd") << outcome.message;
  for (int fd : fds) {
    close(fd);
  }
}

LIVE_SPAWN_TEST(Spawn, GivesTheProgramTheUmaskOfTheCaller) {
  umask(027);
  EXPECT_EQ(Sandbox("umask").run().output, "0027\n");
}

LIVE_SPAWN_TEST(Spawn, GivesTheProgramTheSignalMaskAndTheIgnoredSignalsOfTheCaller) {
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  sigprocmask(SIG_SETMASK, &blocked, nullptr);
  // Given SIGUSR2 and nothing else is ignored: whoever runs the tests may ignore more.
  for (int number = 1; number < NSIG; number++) {
    signal(number, number == SIGUSR2 ? SIG_IGN : SIG_DFL);
  }
  signal(SIGTERM, [](int) {});
  Outcome outcome = Sandbox(std::vector<std::string>{"/bin/grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}).run();
  EXPECT_EQ(outcome.output, "SigBlk:\t0000000000000200\nSigIgn:\t0000000000000800\n") << outcome.message;
}

LIVE_SPAWN_TEST(Spawn, StartsASessionOfItsOwnWhenAsked) {
  // Field 6 of stat is the session; the shell reads its own, in numbers of the namespace that /proc belongs to.
  constexpr const char *script = "read -r p _ _ _ _ s _ </proc/self/stat; [ $p = $s ] && echo leader || echo member";
  EXPECT_EQ(Sandbox(script).flags(MPLAN_SPAWN_NEW_SESSION).run().output, "leader\n");
  EXPECT_EQ(Sandbox(script).run().output, "member\n");
}

LIVE_SPAWN_TEST(Spawn, ReapsOrphansInFrontOfTheProgram) {
  // The subshell ends before its child, whose number stays taken until process 1 has waited for it.
  constexpr const char *script =
      "read -r orphan <<END\n$(sh -c 'true & echo $!')\nEND\n"
      "n=0; while kill -0 $orphan 2>/dev/null && [ $n -lt 1000000 ]; do n=$((n+1)); done; kill -0 $orphan 2>/dev/null || echo reaped";
  Outcome outcome = Sandbox(script).run();
  EXPECT_EQ(outcome.output, "reaped\n");
}

LIVE_SPAWN_TEST(Spawn, IsProcessOneWhenAsked) {
  EXPECT_EQ(Sandbox("echo $$").flags(MPLAN_SPAWN_AS_PID_1).run().output, "1\n");
  EXPECT_EQ(Sandbox("echo $$").run().output, "2\n");
}
