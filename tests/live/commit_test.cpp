// SPDX-License-Identifier: MIT
// The namespace commit of Linux 7 beside pivot_root(2): the same trees, nothing of the host touched, and, where root starts a program in a
// user namespace, mounts that the contained root can not take apart. The backend `fd` always pivots.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "live/ability.hpp"
#include "live/harness.hpp"
#include "live/sandbox.hpp"

using live::Outcome;
using live::Sandbox;

namespace {

constexpr uint64_t without_user = live::every_namespace & ~uint64_t{MPLAN_NAMESPACE_USER};

// What /proc/self/mountinfo says, without the numbers that no two namespaces have in common.
std::string without_ids(const std::string &table) {
  std::map<std::string, std::string> points;
  std::istringstream all(table);
  std::multiset<std::string> lines;
  struct Row {
    std::string parent;
    std::string rest;
  };
  std::vector<Row> rows;
  for (std::string line; std::getline(all, line);) {
    std::istringstream fields(line);
    std::string id;
    std::string device;
    std::string root;
    Row row;
    std::string point;
    if (fields >> id >> row.parent >> device >> root >> point) {
      points[id] = point;
      std::getline(fields, row.rest);
      // A file without a name is shown by the one it had for a moment, which depends on the backend.
      row.rest.insert(0, point + " " + (root.ends_with("//deleted") ? "deleted" : root));
      rows.push_back(row);
    }
  }
  for (const Row &row : rows) {
    lines.insert(row.rest + " on " + (points.contains(row.parent) ? points[row.parent] : "nothing"));
  }
  std::string result;
  for (const std::string &line : lines) {
    result += line + "\n";
  }
  return result;
}

struct Heard {
  std::set<std::string> calls;
  bool made_namespace = false;
};

int hear(const mplan_event *event, void *data) {
  auto &heard = *static_cast<Heard *>(data);
  heard.calls.insert(event->call);
  heard.made_namespace = heard.made_namespace || (event->text != nullptr && strstr(event->text, "OPEN_TREE_NAMESPACE") != nullptr);
  return 0;
}

void must(int result, mplan_error *error) {
  Outcome outcome;
  live::take_error(error, outcome);
  ASSERT_GE(result, 0) << outcome.message;
}

template <typename Function, typename... Arguments>
void add(Sandbox &sandbox, Function function, Arguments... arguments) {
  mplan_error *error = nullptr;
  must(function(sandbox.plan(), arguments..., &error), error);
}

// Runs the same twice, and gives what both said. `fill` adds to the usual plan.
template <typename Fill>
void expect_the_same(const std::string &script, uint64_t namespaces, Fill fill, bool by_namespace = true) {
  std::string said[2];
  const uint32_t backends[2] = {MPLAN_BACKEND_DETACHED, MPLAN_BACKEND_FD};
  for (int i = 0; i < 2; i++) {
    Heard heard;
    Sandbox sandbox(script);
    sandbox.namespaces(namespaces);
    fill(sandbox);
    sandbox.args.backend = backends[i];
    sandbox.args.event = hear;
    sandbox.args.event_data = &heard;
    Outcome outcome = sandbox.run();
    EXPECT_EQ(outcome.message, "") << "backend " << backends[i];
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    const size_t end = outcome.output.find("--\n");
    ASSERT_NE(end, std::string::npos) << outcome.output;
    said[i] = without_ids(outcome.output.substr(0, end)) + outcome.output.substr(end);
    EXPECT_EQ(heard.calls.contains("pivot_root"), i == 1 || !by_namespace);
  }
  EXPECT_EQ(said[0], said[1]);
  EXPECT_NE(said[0].find("\n/proc "), std::string::npos) << said[0];
}

// By stat(1): dates and sizes are no part of it.
const char *const look =
    "cat /proc/self/mountinfo; echo --; stat -c '%n %F %a %u %g' / /dev /dev/* /dev/pts/* /tmp /tmp/* /extra /extra/* "
    "/text /etc/passwd /usr/sbin /made/below 2>&1; cd / && readlink /dev/fd && id -u && id -g; true";

void fill_everything(Sandbox &sandbox) {
  add(sandbox, mplan_plan_tmpfs, "/extra", uint64_t{1} << 20, 0751u, uint64_t{MPLAN_TMPFS_READONLY});
  add(sandbox, mplan_plan_dir, "/made/below", 0710u, uint64_t{0});
  add(sandbox, mplan_plan_symlink, "/made", "/link", uint64_t{0});
  add(sandbox, mplan_plan_mqueue, "/queues", uint64_t{0});
  add(sandbox, mplan_plan_file, "/text", "some text", size_t{9}, 0440u, uint64_t{0});
  add(sandbox, mplan_plan_mask, "/etc/passwd", uint64_t{0});
  add(sandbox, mplan_plan_mask, "/usr/sbin", uint64_t{0});
}

}  // namespace

LIVE_SPAWN_TEST(NamespaceCommit, IsUsedAndDoesNotPivot) {
  NEEDS_NAMESPACE_COMMIT();
  for (uint64_t namespaces : {live::every_namespace, without_user}) {
    if (identity == live::Identity::nobody && namespaces == without_user) {
      continue;
    }
    Heard heard;
    Sandbox sandbox("exit 3");
    sandbox.namespaces(namespaces);
    sandbox.args.event = hear;
    sandbox.args.event_data = &heard;
    Outcome outcome = sandbox.run();
    EXPECT_EQ(outcome.message, "");
    EXPECT_EQ(outcome.code, 3);
    EXPECT_TRUE(heard.made_namespace);
    EXPECT_TRUE(heard.calls.contains("setns"));
    EXPECT_FALSE(heard.calls.contains("pivot_root"));
    // By root the host's mounts are not copied, so there is nothing to be made a slave.
    EXPECT_EQ(heard.calls.contains("mount"), identity == live::Identity::nobody);
  }
}

LIVE_SPAWN_TEST(NamespaceCommit, MakesTheTreeThatAPivotMakes) {
  NEEDS_NAMESPACE_COMMIT();
  expect_the_same(look, live::every_namespace, fill_everything);
  if (identity == live::Identity::root) {
    expect_the_same(look, without_user, fill_everything);
  }
}

LIVE_TEST_ONLY(root, NamespaceCommit, GivesFilesToThoseThatAreRootInside) {
  NEEDS_NAMESPACE_COMMIT();
  expect_the_same(look, live::every_namespace, [](Sandbox &sandbox) {
    mplan_error *error = nullptr;
    must(mplan_spawn_add_uid_map(sandbox.spawn(), 0, 100000, 1000, &error), error);
    must(mplan_spawn_add_gid_map(sandbox.spawn(), 0, 200000, 1000, &error), error);
    must(mplan_spawn_set_ids(sandbox.spawn(), 7, 8, &error), error);
    fill_everything(sandbox);
  });
}

LIVE_SPAWN_TEST(NamespaceCommit, LeavesTheCallersNamespaceAsItWas) {
  NEEDS_NAMESPACE_COMMIT();
  const live::Snapshot before = live::host_snapshot();
  Outcome done = Sandbox("exit 0").run();
  EXPECT_EQ(done.message, "");
  Sandbox sandbox("exit 0");
  add(sandbox, mplan_plan_bind, "/nowhere at all", "/x", uint64_t{0});
  Outcome failed = sandbox.run();
  EXPECT_EQ(failed.error, ENOENT);
  EXPECT_EQ(failed.call, "openat");
  EXPECT_EQ(live::host_snapshot(), before);
  EXPECT_EQ(waitpid(-1, nullptr, __WALL), -1);
  EXPECT_EQ(errno, ECHILD);
}

LIVE_SPAWN_TEST(NamespaceCommit, LeavesUmaskAndWorkingDirectoryOfTheCallersThreadsAlone) {
  NEEDS_NAMESPACE_COMMIT();
  live::mkdirs(live::path("here"));
  ASSERT_EQ(chdir(live::path("here").c_str()), 0);
  umask(027);
  std::atomic<bool> done{false};
  std::atomic<long> looks{0};
  std::string odd;
  std::thread other([&] {
    while (!done) {
      std::ifstream status("/proc/thread-self/status");
      for (std::string line; std::getline(status, line);) {
        if (line.starts_with("Umask:")) {
          odd += line != "Umask:\t0027" ? line : "";
          looks++;
        }
      }
      char where[4096] = "";
      odd += getcwd(where, sizeof where) == nullptr || where != live::path("here") ? std::string(" in ") + where : "";
    }
  });
  for (int i = 0; i < 5; i++) {
    Outcome outcome = Sandbox("exit 0").run();
    EXPECT_EQ(outcome.message, "");
  }
  done = true;
  other.join();
  EXPECT_GT(looks, 5);
  EXPECT_EQ(odd, "");
  EXPECT_EQ(umask(022), 027u);
}

LIVE_TEST_ONLY(root, NamespaceCommit, LocksEveryMountOfThePlan) {
  NEEDS_NAMESPACE_COMMIT();
  Sandbox sandbox(std::vector<std::string>{MOUNTPLAN_LOCKED_PROGRAM});
  mplan_error *error = nullptr;
  must(mplan_spawn_set_capabilities(sandbox.spawn(), UINT64_MAX, &error), error);
  add(sandbox, mplan_plan_tmpfs, "/extra", uint64_t{0}, 0755u, uint64_t{MPLAN_TMPFS_READONLY});
  add(sandbox, mplan_plan_mqueue, "/queues", uint64_t{0});
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.message, "");
  EXPECT_EQ(outcome.code, 0);
  int tried = 0;
  int left = 0;
  ASSERT_EQ(sscanf(outcome.output.c_str(), "tried %d, left %d", &tried, &left), 2) << outcome.output;
  EXPECT_GT(tried, 12);
  EXPECT_EQ(left, tried);
}

LIVE_TEST_ONLY(root, NamespaceCommit, RefusesAFileAsRootAsAPivotDoes) {
  NEEDS_NAMESPACE_COMMIT();
  live::write_file(live::path("file"), "text");
  for (uint64_t namespaces : {live::every_namespace, without_user}) {
    Outcome outcomes[2];
    const uint32_t backends[2] = {MPLAN_BACKEND_DETACHED, MPLAN_BACKEND_FD};
    for (int i = 0; i < 2; i++) {
      Sandbox sandbox("exit 0");
      sandbox.namespaces(namespaces);
      mplan_plan *plan = nullptr;
      mplan_error *error = nullptr;
      mplan_process *process = nullptr;
      ASSERT_EQ(mplan_plan_new(&plan, nullptr), 0);
      ASSERT_GE(mplan_plan_bind(plan, live::path("file").c_str(), "/", 0, nullptr), 0);
      sandbox.args.backend = backends[i];
      EXPECT_LT(mplan_spawn_start(sandbox.spawn(), plan, &sandbox.args, sizeof sandbox.args, &process, &error), 0);
      live::take_error(error, outcomes[i]);
      mplan_plan_free(plan);
    }
    EXPECT_EQ(outcomes[0].message, outcomes[1].message);
    EXPECT_EQ(outcomes[0].error, ENOTDIR);
  }
}

// A namespace that a mount keeps alive does not come along, as unshare(2) does not copy it. A clone in the caller's namespace has it, which
// can not be attached in a younger namespace to be looked at: such a plan is begun again and pivots.
LIVE_TEST_ONLY(root, NamespaceCommit, LeavesOutPinnedMountNamespaces) {
  NEEDS_NAMESPACE_COMMIT();
  live::write_file(live::path("tree/pinned"), "");
  live::write_file(live::path("tree/other"), "other");
  live::mount_tmpfs(live::path("tree/below"));
  int made[2];
  ASSERT_EQ(pipe2(made, O_CLOEXEC), 0);
  const pid_t child = fork();
  if (child == 0) {
    const char byte = unshare(CLONE_NEWNS) == 0 ? 1 : 0;
    (void)!write(made[1], &byte, 1);
    pause();
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(made[0], &byte, 1), 1);
  const std::string file = "/proc/" + std::to_string(child) + "/ns/mnt";
  ASSERT_EQ(mount(file.c_str(), live::path("tree/pinned").c_str(), nullptr, MS_BIND, nullptr), 0) << strerror(errno);
  for (uint64_t namespaces : {live::every_namespace, without_user}) {
    expect_the_same(
        "cat /proc/self/mountinfo; echo --; stat -f -c %T /tree/pinned; cat /tree/other", namespaces,
        [](Sandbox &sandbox) { add(sandbox, mplan_plan_bind, live::path("tree").c_str(), "/tree", uint64_t{0}); }, false);
  }
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
}

LIVE_TEST_ONLY(root, NamespaceCommit, KeepsCoveredWhatIsCovered) {
  NEEDS_NAMESPACE_COMMIT();
  live::mount_tmpfs(live::path("over"));
  live::write_file(live::path("over/secret"), "secret");
  const int covered = open(live::path("over").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  live::mount_tmpfs(live::path("over"));
  live::write_file(live::path("over/seen"), "seen");
  for (uint64_t namespaces : {live::every_namespace, without_user}) {
    expect_the_same("cat /proc/self/mountinfo; echo --; ls /by-path", namespaces,
                    [](Sandbox &sandbox) { add(sandbox, mplan_plan_bind, live::path("over").c_str(), "/by-path", uint64_t{0}); });
    Sandbox sandbox("ls /by-fd; umount -l /by-fd 2>/dev/null; ls /by-fd");
    sandbox.namespaces(namespaces);
    mplan_error *error = nullptr;
    must(mplan_spawn_set_capabilities(sandbox.spawn(), UINT64_MAX, &error), error);
    add(sandbox, mplan_plan_bind_fd, covered, "/by-fd", uint64_t{0});
    Outcome outcome = sandbox.run();
    EXPECT_EQ(outcome.message, "");
    if (namespaces == live::every_namespace) {
      EXPECT_EQ(outcome.output.find("secret"), std::string::npos) << outcome.output;
    }
  }
  close(covered);
}

LIVE_SPAWN_TEST(NamespaceCommit, LeavesBindsOfNamespaceFilesToAPivot) {
  NEEDS_NAMESPACE_COMMIT();
  Heard heard;
  Sandbox sandbox("cat /proc/self/mountinfo");
  add(sandbox, mplan_plan_bind, "/proc/self/ns/net", "/kept", uint64_t{0});
  sandbox.args.event = hear;
  sandbox.args.event_data = &heard;
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.message, "");
  EXPECT_NE(outcome.output.find(" /kept "), std::string::npos);
  EXPECT_TRUE(heard.calls.contains("pivot_root"));
}

LIVE_SPAWN_TEST(NamespaceCommit, LeavesUnbindableMountsToAPivot) {
  NEEDS_NAMESPACE_COMMIT();
  Heard heard;
  Sandbox sandbox("cat /proc/self/mountinfo");
  add(sandbox, mplan_plan_tmpfs, "/alone", uint64_t{0}, 0755u, uint64_t{0});
  add(sandbox, mplan_plan_propagation, "/alone", uint64_t{MPLAN_PROPAGATION_UNBINDABLE});
  sandbox.args.event = hear;
  sandbox.args.event_data = &heard;
  Outcome outcome = sandbox.run();
  EXPECT_EQ(outcome.message, "");
  EXPECT_NE(outcome.output.find(" /alone "), std::string::npos);
  EXPECT_TRUE(heard.calls.contains("pivot_root"));
}
