// SPDX-License-Identifier: MIT
// mplan_apply_in_child(): a plan prepared before fork(2), applied by the child in a mount namespace of its own, with pivot_root(2). What
// goes wrong there comes back through a pipe.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "live/plan_world.hpp"

using live::path;
using live::Plan;

namespace {

mplan_prepared *prepare(const Plan &plan, uint32_t backend) {
  mplan_prepare_args args{};
  args.flags = MPLAN_PREPARE_DEFERRED | MPLAN_PREPARE_PIVOT;
  args.backend = backend;
  mplan_prepared *prepared = nullptr;
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error), 0) << mplan_error_message(error);
  return prepared;
}

struct Child {
  int result = 0;         // of mplan_apply_in_child(), or 1 where it could not be called
  std::string seen;       // what `look` saw inside
  mplan_failure failure;  // where result is negative
};

// Applies in a child, and lets it look around in its new root.
Child in_child(mplan_prepared *prepared, std::string (*look)()) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  pid_t pid = fork();
  if (pid == 0) {
    Child child;
    child.result = unshare(CLONE_NEWNS) == 0 ? mplan_apply_in_child(prepared, &child.failure, sizeof child.failure) : 1;
    std::string seen = child.result == 0 ? look() : "";
    (void)!write(ends[1], &child.result, sizeof child.result);
    (void)!(child.result < 0 ? write(ends[1], &child.failure, sizeof child.failure) : write(ends[1], seen.data(), seen.size()));
    _exit(0);
  }
  close(ends[1]);
  Child out;
  EXPECT_EQ(read(ends[0], &out.result, sizeof out.result), static_cast<ssize_t>(sizeof out.result));
  if (out.result < 0) {
    EXPECT_EQ(read(ends[0], &out.failure, sizeof out.failure), static_cast<ssize_t>(sizeof out.failure));
  } else {
    char buffer[4096];
    ssize_t length = read(ends[0], buffer, sizeof buffer);
    out.seen.assign(buffer, static_cast<size_t>(length < 0 ? 0 : length));
  }
  close(ends[0]);
  waitpid(pid, nullptr, 0);
  return out;
}

std::string names_of_root() {
  std::string out;
  for (const std::string &line : live::files("/")) {
    out += line + '\n';
  }
  return out;
}

std::string mounts_inside() {
  std::string out;
  for (const live::Mount &mount : live::mounts()) {
    out += mount.point + ' ' + mount.type + ' ' + mount.optional + '\n';
  }
  return out;
}

std::string where_up_leads() {
  struct stat root {};
  struct stat up {};
  struct stat here {};
  stat("/", &root);
  stat("/..", &up);
  stat(".", &here);
  return root.st_ino == up.st_ino && root.st_dev == up.st_dev && root.st_ino == here.st_ino && root.st_dev == here.st_dev ? "inside"
                                                                                                                          : "outside";
}

}  // namespace

LIVE_TEST(LiveChild, FindsItselfInTheNewRootAndNothingElse) {
  live::write_file(path("source/file"), "text");
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/source", 0);
    plan.add(mplan_plan_file, "/bytes", "x", size_t{1}, 0444, 0);
    mplan_prepared *prepared = prepare(plan, backend);
    Child child = in_child(prepared, names_of_root);
    EXPECT_EQ(child.result, 0);
    EXPECT_EQ(child.seen, "d 0755 0 source\nf 0444 0 bytes\nf 0644 0 source/file\n") << child.seen;
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, HasNoMountOfTheOldRootAndNoneThatPropagates) {
  live::mkdirs(path("source"));
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/source", 0);
    plan.add(mplan_plan_proc, "/proc", 0);
    mplan_prepared *prepared = prepare(plan, backend);
    Child child = in_child(prepared, mounts_inside);
    EXPECT_EQ(child.result, 0);
    EXPECT_EQ(child.seen, "/ tmpfs \n/source tmpfs \n/proc proc \n");
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, CanNotGoUpFromItsRootAndWorksInIt) {
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_dir, "/dir", 0755, 0);
    mplan_prepared *prepared = prepare(plan, backend);
    EXPECT_EQ(in_child(prepared, where_up_leads).seen, "inside");
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, MakesModesThatTheUmaskDoesNotTouchAndKeepsTheUmask) {
  umask(077);
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_dir, "/dir", 01755, 0);
    mplan_prepared *prepared = prepare(plan, backend);
    EXPECT_EQ(in_child(prepared, [] { return std::to_string(live::mode_of("/dir") == 01755 && umask(0) == 077); }).seen, "1");
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, LeavesTheParentsMountsAlone) {
  live::mkdirs(path("source"));
  live::mount_tmpfs(path("source"));
  live::set_propagation(path("source"), MS_SHARED);
  live::Snapshot before = live::host_snapshot();
  for (uint32_t backend : live::backends()) {
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/source", 0);
    plan.add(mplan_plan_bind, "/", "/host", 0);
    mplan_prepared *prepared = prepare(plan, backend);
    EXPECT_EQ(in_child(prepared, where_up_leads).result, 0);
    mplan_prepared_free(prepared);
  }
  EXPECT_EQ(live::host_snapshot(), before);
}

LIVE_TEST(LiveChild, BindsADescriptorThatWasOpenedBeforeItsNamespaceWasMade) {
  live::write_file(path("source/file"), "text");
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    {
      live::OpenFd source(path("source"), O_PATH);
      plan.add(mplan_plan_bind_fd, source.get(), "/source", 0);
    }
    mplan_prepared *prepared = prepare(plan, backend);
    Child child = in_child(prepared, [] { return live::read_file("/source/file"); });
    EXPECT_EQ(child.result, 0);
    EXPECT_EQ(child.seen, "text");
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, BindsSuchADescriptorOfWhatTheNewRootLiesOn) {
  live::mount_tmpfs("/tmp");  // where a root is attached while it is built
  live::write_file("/tmp/source/file", "text");
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    live::OpenFd source("/tmp/source", O_PATH);
    plan.add(mplan_plan_tmpfs, "/from", 0, 0755, 0);
    plan.add(mplan_plan_move, "/from", "/to", 0);
    plan.add(mplan_plan_bind_fd, source.get(), "/source", 0);
    mplan_prepared *prepared = prepare(plan, backend);
    Child child = in_child(prepared, [] { return live::read_file("/source/file"); });
    EXPECT_EQ(child.result, 0);
    EXPECT_EQ(child.seen, "text");
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, SendsItsFailureToTheParent) {
  live::mkdirs(path("source"));
  for (uint32_t backend : live::backends()) {
    SCOPED_TRACE(mplan_backend_name(backend));
    Plan plan;
    plan.add(mplan_plan_bind, path("source"), "/source", 0);
    plan.add(mplan_plan_bind, path("missing"), "/target", 0);
    mplan_prepared *prepared = prepare(plan, backend);
    Child child = in_child(prepared, where_up_leads);
    EXPECT_EQ(child.result, -ENOENT);
    mplan_error *error = nullptr;
    EXPECT_EQ(mplan_prepared_error(prepared, &child.failure, sizeof child.failure, &error), -ENOENT);
    EXPECT_EQ(live::take(error),
              (live::Error{.kind = MPLAN_ERROR_SYSCALL,
                           .error = ENOENT,
                           .stage = MPLAN_STAGE_APPLY,
                           .op = 1,
                           .op_name = "bind",
                           .call = "openat",
                           .source = path("missing"),
                           .target = "/target",
                           .message = "op 1 bind " + path("missing") + " -> /target: openat: No such file or directory"}));
    mplan_prepared_free(prepared);
  }
}

LIVE_TEST(LiveChild, SendsTheFailureOfAHelperAsThePlanHasIt) {
  live::write_file(path("host/usr/file"), "text");
  Plan plan;
  plan.add(mplan_plan_symlink, "text", "/usr", 0);
  plan.add(mplan_plan_root, path("host"), 0);
  mplan_prepared *prepared = prepare(plan, MPLAN_BACKEND_AUTO);
  Child child = in_child(prepared, where_up_leads);
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_prepared_error(prepared, &child.failure, sizeof child.failure, &error), -ELOOP);
  live::Error told = live::take(error);
  EXPECT_EQ(told.op_name, "root");
  EXPECT_EQ(told.source, path("host"));
  EXPECT_EQ(told.path, "/usr");
  mplan_prepared_free(prepared);
}

LIVE_TEST(LiveChild, FailureIsCheckedBeforeItIsBelieved) {
  Plan plan;
  plan.add(mplan_plan_dir, "/dir", 0755, 0);
  mplan_prepared *prepared = prepare(plan, MPLAN_BACKEND_AUTO);
  mplan_failure garbage;
  memset(&garbage, 0xa5, sizeof garbage);
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_prepared_error(prepared, &garbage, sizeof garbage, &error), -EINVAL);
  EXPECT_EQ(live::take(error).kind, MPLAN_ERROR_ARGUMENT);
  EXPECT_EQ(mplan_prepared_error(prepared, &garbage, 7, &error), -EINVAL);
  live::take(error);
  mplan_prepared_free(prepared);
}
