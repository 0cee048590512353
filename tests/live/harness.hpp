// SPDX-License-Identifier: MIT
// Live tests: real mounts, in a world of their own. Each test body runs in a forked child with new mount, pid, ipc, network
// and uts namespaces, everything made private, a fresh /proc, devices of its own (when started as root), and an empty tmpfs to
// work in; the host is never touched. What a failed expectation says in the child is reported by the parent with its file and line.
//
//   LIVE_TEST(Bind, IsReadOnlyByDefault) {      // twice: BindAsRoot.IsReadOnlyByDefault, BindAsUser.IsReadOnlyByDefault
//     live::write_file(live::path("source/file"), "text");
//     ...
//     EXPECT_EQ(live::write_errno(live::path("root/file")), EROFS);
//   }
#pragma once

#include <gtest/gtest.h>

#include "live/files.hpp"
#include "live/observe.hpp"
#include "live/report.hpp"

namespace live {

enum class Identity {
  root,    // root, holding every capability of the host
  user,    // uid 65534 that became root of a new user namespace; all capabilities there, none on the host
  nobody,  // uid 65534 without any capability: what an ordinary user starts from
};

// The directory of this world to work in: an empty tmpfs, mode 0755, owned by the identity; also the working directory.
const char *scratch();
// scratch() + "/" + below.
std::string path(std::string_view below);

// Runs `body` in a world of its own and reports its failures as failures of the running test, a skip as a skip. Where such a world
// can not be made the test is skipped with the reason; with MOUNTPLAN_REQUIRE_LIVE=1 in the environment that is a failure.
void run(Identity identity, void (*body)(Identity));

// The first half of run(): what the body had to say, not yet reported.
Findings findings_of(Identity identity, void (*body)(Identity));

}  // namespace live

#define LIVE_TEST_AS(suite, identity, name, body) \
  TEST(suite, name) { live::run(live::Identity::identity, body); }

#define LIVE_TEST_BODY(suite, name) static void suite##_##name([[maybe_unused]] live::Identity identity)

// A test that needs capabilities in its mount namespace: mplan_apply(), mplan_mount_bind() ... As root and as uid 65534.
#define LIVE_TEST(suite, name)                            \
  LIVE_TEST_BODY(suite, name);                            \
  LIVE_TEST_AS(suite##AsRoot, root, name, suite##_##name) \
  LIVE_TEST_AS(suite##AsUser, user, name, suite##_##name) \
  LIVE_TEST_BODY(suite, name)

// A test of what makes its own namespaces: mplan_spawn_start(), `mountplan run`. As root and as uid 65534 without any capability.
#define LIVE_SPAWN_TEST(suite, name)                          \
  LIVE_TEST_BODY(suite, name);                                \
  LIVE_TEST_AS(suite##AsRoot, root, name, suite##_##name)     \
  LIVE_TEST_AS(suite##AsNobody, nobody, name, suite##_##name) \
  LIVE_TEST_BODY(suite, name)

// A test that has a meaning for one identity alone: LIVE_TEST_ONLY(root, Suite, Name).
#define LIVE_TEST_ONLY(identity_name, suite, name)         \
  LIVE_TEST_BODY(suite, name);                             \
  LIVE_TEST_AS(suite, identity_name, name, suite##_##name) \
  LIVE_TEST_BODY(suite, name)
