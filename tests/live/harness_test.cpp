// SPDX-License-Identifier: MIT
// The harness itself: what goes wrong in a child is seen by the parent, and nothing a body does reaches the host.
#include "live/harness.hpp"

#include <gtest/gtest-spi.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>

using live::Identity;

namespace {

// The one thing this body has to say, as the identity that works for root and ordinary users alike.
live::Finding only_finding(void (*body)(Identity)) {
  live::Findings findings = live::findings_of(Identity::user, body);
  if (findings.size() != 1) {
    return {live::Finding::cannot_run, "", 0, std::to_string(findings.size()) + " findings instead of one"};
  }
  return findings.front();
}

// Whether the text has this in it; the whole of it is shown when not.
void expect_contains(const std::string &text, const char *part) { EXPECT_NE(text.find(part), std::string::npos) << text; }

const live::Finding no_namespaces = {live::Finding::cannot_run, "", -1, "no namespaces"};

}  // namespace

LIVE_TEST_ONLY(user, LiveHarness, RunsHere) { EXPECT_EQ(live::scratch()[0], '/'); }

// Everything below needs a world to be made; where it can not be, RunsHere says so.
class LiveFindings : public testing::Test {
 protected:
  void SetUp() override {
    live::Findings findings = live::findings_of(Identity::user, [](Identity) {});
    if (!findings.empty()) {
      GTEST_SKIP() << findings.front().text;
    }
  }
};

TEST_F(LiveFindings, FailedExpectationKeepsItsFileLineAndMessage) {
  static int line = 0;
  line = __LINE__ + 1;
  live::Finding finding = only_finding([](Identity) { EXPECT_EQ(1, 2) << "said in the child"; });
  EXPECT_EQ(finding.type, live::Finding::failure);
  EXPECT_EQ(finding.file, __FILE__);
  EXPECT_EQ(finding.line, line);
  expect_contains(finding.text, "said in the child");
}

TEST_F(LiveFindings, FatalFailureEndsTheBody) {
  live::Finding finding = only_finding([](Identity) {
    ASSERT_TRUE(false) << "first";
    ADD_FAILURE() << "never reached";
  });
  EXPECT_EQ(finding.type, live::Finding::fatal_failure);
  expect_contains(finding.text, "first");
}

TEST_F(LiveFindings, ExceptionIsAFailure) {
  live::Finding finding = only_finding([](Identity) { throw std::runtime_error("thrown"); });
  EXPECT_EQ(finding.type, live::Finding::failure);
  expect_contains(finding.text, "exception: thrown");
}

TEST_F(LiveFindings, HelperThatCanNotDoItIsAFailure) {
  live::Finding finding = only_finding([](Identity) { live::mount_bind("/nowhere", "/nowhere"); });
  EXPECT_EQ(finding.type, live::Finding::failure);
  expect_contains(finding.text, "bind /nowhere: No such file or directory");
}

TEST_F(LiveFindings, SignalThatKillsTheBodyIsAFailure) {
  live::Finding finding = only_finding([](Identity) { raise(SIGKILL); });
  EXPECT_EQ(finding.type, live::Finding::failure);
  expect_contains(finding.text, "the body was killed by signal 9");
}

TEST_F(LiveFindings, BodyThatExitsIsAFailure) {
  live::Finding finding = only_finding([](Identity) { _exit(3); });
  EXPECT_EQ(finding.type, live::Finding::failure);
  expect_contains(finding.text, "the body exited with status 3");
}

TEST_F(LiveFindings, WhatWasSaidBeforeACrashIsKept) {
  live::Findings findings = live::findings_of(Identity::user, [](Identity) {
    ADD_FAILURE() << "before";
    raise(SIGSEGV);
  });
  ASSERT_EQ(findings.size(), 2u);
  expect_contains(findings[0].text, "before");
  expect_contains(findings[1].text, "the body ");
}

TEST_F(LiveFindings, SkipIsASkip) {
  live::Finding finding = only_finding([](Identity) { GTEST_SKIP() << "not here"; });
  EXPECT_EQ(finding.type, live::Finding::skip);
  expect_contains(finding.text, "not here");
}

#ifdef __SANITIZE_ADDRESS__
TEST_F(LiveFindings, LeakIsAFailureInSanitizerBuilds) {
  live::Finding finding = only_finding([](Identity) {
    static volatile uintptr_t seen = reinterpret_cast<uintptr_t>(malloc(7)) % 2;
    EXPECT_EQ(seen, 0u);
  });
  EXPECT_EQ(finding.type, live::Finding::failure);
  expect_contains(finding.text, "memory was leaked");
}
#endif

TEST(LiveReplay, FailureOfTheChildFailsTheRunningTest) {
  static const live::Findings findings = {{live::Finding::failure, "body.cpp", 7, "one"},
                                          {live::Finding::fatal_failure, "body.cpp", 8, "two"}};
  testing::TestPartResultArray results;
  {
    testing::ScopedFakeTestPartResultReporter intercept(testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    live::replay(findings);
  }
  ASSERT_EQ(results.size(), 2);
  EXPECT_TRUE(results.GetTestPartResult(0).failed());
  EXPECT_TRUE(results.GetTestPartResult(1).failed());
  EXPECT_STREQ(results.GetTestPartResult(1).file_name(), "body.cpp");
  EXPECT_EQ(results.GetTestPartResult(1).line_number(), 8);
}

TEST(LiveReplay, WorldThatCanNotBeMadeFailsWhereLiveTestsAreRequired) {
  setenv("MOUNTPLAN_REQUIRE_LIVE", "1", 1);
  EXPECT_NONFATAL_FAILURE(live::replay({no_namespaces}), "live tests are required and can not run: no namespaces");
}

TEST(LiveReplay, WorldThatCanNotBeMadeSkipsElsewhere) {
  unsetenv("MOUNTPLAN_REQUIRE_LIVE");
  testing::TestPartResultArray results;
  {
    testing::ScopedFakeTestPartResultReporter intercept(testing::ScopedFakeTestPartResultReporter::INTERCEPT_ALL_THREADS, &results);
    live::replay({no_namespaces});
  }
  ASSERT_EQ(results.size(), 1);
  EXPECT_TRUE(results.GetTestPartResult(0).skipped());
}

TEST_F(LiveFindings, LeavesTheHostAsItWas) {
  live::Snapshot before = live::host_snapshot();
  live::run(Identity::user, [](Identity) {
    live::mount_tmpfs(live::path("a"));
    live::write_file(live::path("a/file"), "text");
  });
  EXPECT_EQ(live::host_snapshot(), before);
}

LIVE_TEST(LiveWorld, StartsInAnEmptyScratchTmpfs) {
  EXPECT_TRUE(live::files(live::scratch()).empty());
  EXPECT_EQ(live::mount_at(live::scratch())->source, "scratch");
}

LIVE_TEST(LiveWorld, HasNoMountThatPropagates) {
  for (const live::Mount &mount : live::mounts()) {
    EXPECT_EQ(mount.optional, "") << mount;
  }
}

LIVE_TEST(LiveWorld, MayMountAndSeesWhatItMounted) {
  live::mount_tmpfs(live::path("with space"), "mode=0700");
  live::mkdirs(live::path("bound"));
  live::mount_bind(live::path("with space"), live::path("bound"));
  live::remount(live::path("bound"), MS_RDONLY | MS_NODEV);

  EXPECT_EQ(live::mount_at(live::path("with space"))->type, "tmpfs");
  EXPECT_TRUE(live::mount_at(live::path("bound"))->has("ro"));
  EXPECT_TRUE(live::mount_at(live::path("bound"))->has("nodev"));
  EXPECT_FALSE(live::mount_at(live::path("with space"))->has("ro"));
  EXPECT_EQ(live::create_errno(live::path("bound/file")), EROFS);
  EXPECT_EQ(live::create_errno(live::path("with space/file")), 0);
  EXPECT_EQ(live::mounts_below(live::scratch()).size(), 3u);
}

LIVE_TEST(LiveWorld, FindsTheTopOfAStack) {
  live::mount_tmpfs(live::path("stack"), "mode=0700");
  live::mount_tmpfs(live::path("stack"), "mode=0711");
  EXPECT_NE(live::mount_at(live::path("stack"))->super_options.find("mode=711"), std::string::npos);
}

LIVE_TEST(LiveWorld, SnapshotsDifferWhenAMountOrADescriptorIsLeft) {
  live::Snapshot before = live::host_snapshot();
  EXPECT_EQ(live::host_snapshot(), before);
  int left = dup(0);
  EXPECT_NE(live::host_snapshot(), before);
  close(left);
  EXPECT_EQ(live::host_snapshot(), before);
  live::mount_tmpfs(live::path("left"));
  EXPECT_NE(live::host_snapshot(), before);
}

LIVE_SPAWN_TEST(LiveWorld, WritesInItsScratchDirectory) {
  live::write_file("below/file", "text");
  EXPECT_EQ(live::read_file(live::path("below/file")), "text");
  EXPECT_EQ(live::files("."), (std::vector<std::string>{"d 0755 " + std::to_string(geteuid()) + " below",
                                                        "f 0644 " + std::to_string(geteuid()) + " below/file"}));
}

LIVE_TEST_ONLY(nobody, LiveWorld, NobodyMayNotMount) {
  live::mkdirs(live::path("a"));
  EXPECT_EQ(mount("tmpfs", live::path("a").c_str(), "tmpfs", 0, nullptr), -1);
  EXPECT_EQ(errno, EPERM);
}

LIVE_TEST_ONLY(user, LiveWorld, UserIsRootOfItsOwnUserNamespaceOnly) {
  EXPECT_EQ(geteuid(), 0u);
  EXPECT_NE(live::read_file("/proc/self/uid_map").find(" 1\n"), std::string::npos);
}
