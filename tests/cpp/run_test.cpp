// SPDX-License-Identifier: MIT
// Applying a plan and running a program in it by the C++ header, on real mounts.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <mountplan.hpp>
#include <stdexcept>

#include "live/harness.hpp"

namespace {

using mountplan::Plan;
using mountplan::Spawn;

LIVE_TEST(CppApply, MountsAsThePlanSays) {
  live::mkdirs(live::path("root"));
  live::write_file(live::path("source/file"), "text");
  Plan plan;
  plan.bind(live::path("source"), "/data");
  plan.file("/note", "text\n");
  std::vector<std::string> heard;
  plan.prepare({.root = live::path("root"), .event = [&](const mplan_event &event) { heard.push_back(event.call); }}).apply();
  EXPECT_EQ(live::read_file(live::path("root/note")), "text\n");
  EXPECT_EQ(live::write_errno(live::path("root/data/file")), EROFS);
  EXPECT_TRUE(std::ranges::count(heard, "mkdirat") > 0);
}

LIVE_TEST(CppApply, ThrowsWhenItFails) {
  live::mkdirs(live::path("root"));
  Plan plan;
  plan.tmpfs("/tmp");
  plan.remount("/nothing");
  try {
    plan.apply({.root = live::path("root")});
    FAIL() << "nothing was thrown";
  } catch (const mountplan::Error &error) {
    EXPECT_EQ(error.op_name(), "remount");
    EXPECT_EQ(error.stage(), MPLAN_STAGE_APPLY);
    EXPECT_EQ(error.left(), 0);
  }
  EXPECT_FALSE(std::filesystem::exists(live::path("root/tmp")));
}

LIVE_TEST(CppApply, TellsWhatItMadeInTheCallersTree) {
  live::mkdirs(live::path("root"));
  Plan plan;
  plan.set_flags(MPLAN_PLAN_CREATE).tmpfs("/new");
  mountplan::Prepared prepared = plan.prepare({.flags = MPLAN_PREPARE_IN_PLACE, .root = live::path("root")});
  prepared.apply();
  EXPECT_EQ(prepared.created(), std::vector<std::string_view>{"/new"});
}

LIVE_TEST(CppApply, InAChildComesBackAsAnError) {
  live::mkdirs(live::path("root"));
  Plan plan;
  plan.remount("/nothing");
  mountplan::Prepared prepared = plan.prepare({.root = live::path("root")});
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    mplan_failure failure;
    const bool written = prepared.apply_in_child(failure) < 0 && write(ends[1], &failure, sizeof failure) == sizeof failure;
    _exit(written ? 0 : 1);
  }
  mplan_failure failure = {};
  EXPECT_EQ(read(ends[0], &failure, sizeof failure), static_cast<ssize_t>(sizeof failure));
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(prepared.error(failure).target(), "/nothing");
}

LIVE_TEST(CppMount, NeedsNoPlan) {
  live::mkdirs(live::path("place"));
  mountplan::mount_tmpfs("own", live::path("place"));
  live::write_file(live::path("place/file"), "text");
  mountplan::mount_remount(live::path("place"));
  EXPECT_EQ(live::write_errno(live::path("place/file")), EROFS);
}

LIVE_SPAWN_TEST(CppSpawn, RunsAProgramInsideThePlan) {
  Plan plan;
  plan.bind("/", "/");
  Spawn spawn;
  spawn.set_argv({"/bin/sh", "-c", "[ \"$NAME\" = value ] && exit 7"}).set_env({"NAME=value"}).set_namespaces(MPLAN_NAMESPACE_USER);
  mountplan::Process process = spawn.start(plan);
  EXPECT_GT(process.pid(), 0);
  EXPECT_EQ(process.wait().code, 7);
}

LIVE_SPAWN_TEST(CppSpawn, EndsAProgramByASignal) {
  Plan plan;
  plan.bind("/", "/");
  mountplan::Process process = Spawn().set_argv({"/bin/sleep", "60"}).set_namespaces(MPLAN_NAMESPACE_USER).start(plan);
  process.signal(SIGTERM);
  EXPECT_EQ(process.wait().signal, SIGTERM);
}

LIVE_SPAWN_TEST(CppSpawn, DropsWhatACallbackThrowsTooLate) {
  Plan plan;
  plan.bind("/", "/");
  int heard = 0;
  const mountplan::Options options = {.event = [&](const mplan_event &event) {
    heard++;
    if (event.op >= 0) {  // a step of the child: what is prepared belongs to no op
      throw std::domain_error("too late");
    }
  }};
  EXPECT_EQ(Spawn().set_argv({"/bin/true"}).set_namespaces(MPLAN_NAMESPACE_USER).start(plan, options).wait().code, 0);
  EXPECT_GT(heard, 2);
}

}  // namespace
