// SPDX-License-Identifier: MIT
// Plans on real mounts through the public C API: the same plan is applied with every backend, onto an empty root of its own each
// time, and what is mounted and made below that root must look the same each time.
//
//   everywhere([](Plan &plan) { plan.add(mplan_plan_bind, path("source"), "/target", 0); },
//              [](const std::string &root) { EXPECT_TRUE(live::mount_at(root + "/target")->has("ro")); });
#pragma once

#include <mountplan/mountplan.h>

#include <functional>
#include <string>
#include <vector>

#include "live/ability.hpp"
#include "live/harness.hpp"

namespace live {

// An error object as a value, so that a test can say all of it at once.
struct Error {
  int kind = 0;
  int error = 0;
  int stage = 0;
  int op = -1;
  std::string op_name = {};
  std::string call = {};
  std::string source = {};
  std::string target = {};
  std::string path = {};
  std::string message = {};
  std::string detail = {};
  std::string log = {};
  bool operator==(const Error &) const = default;
};
std::ostream &operator<<(std::ostream &out, const Error &error);
// Reads and frees.
Error take(mplan_error *error);

// A plan whose adders and modifiers must succeed: plan.add(mplan_plan_tmpfs, "/tmp", 0, 01777, 0) gives the op's index.
class Plan {
 public:
  Plan();
  Plan(const Plan &) = delete;
  Plan &operator=(const Plan &) = delete;
  ~Plan() { mplan_plan_free(plan_); }
  mplan_plan *get() const { return plan_; }

  template <typename Function, typename... Arguments>
  int add(Function function, const Arguments &...arguments) {
    mplan_error *error = nullptr;
    return need(function(plan_, plain(arguments)..., &error), error);
  }

 private:
  static const char *plain(const std::string &text) { return text.c_str(); }
  template <typename T>
  static T plain(const T &value) {
    return value;
  }
  template <size_t n>
  static const char *plain(const char (&text)[n]) {
    return text;
  }
  static int need(int result, mplan_error *error);

  mplan_plan *plan_ = nullptr;
};

struct Outcome {
  int result = 0;  // of prepare, or of apply
  Error error;
  int backend = 0;
  std::vector<std::string> created;
};
Outcome apply(const Plan &plan, uint32_t backend, const std::string &root, uint64_t flags = 0);

// What is at and below a root, one line each: visible mounts (path, type, source, options, propagation) and entries (type, mode, path,
// link text). The insides of procfs and the like are left out: they change by themselves.
std::string picture(const std::string &root);

// The mount at `at` that shows, seen from `root`: neither it nor what it lies in is covered.
std::optional<Mount> visible_mount(const std::string &root, const std::string &at);

using Build = std::function<void(Plan &)>;
using Look = std::function<void(const std::string &root)>;
using LookAtError = std::function<void(const Error &error, uint32_t backend)>;

struct Where {
  uint64_t flags = 0;            // MPLAN_PREPARE_
  Look furnish = nullptr;        // fills the root before the plan is applied
  const char *name = "root";     // of the root in scratch
  uint32_t except = UINT32_MAX;  // a backend that is left out
};

// Applies with each backend; looks at each result; expects them to look the same, and that no descriptor is left.
void everywhere(const Build &build, const Look &look, const Where &where = {});

// Expects that each backend fails and that mounts, descriptors and files are as before.
void fails_everywhere(const Build &build, const LookAtError &look, const Where &where = {});

// The root is a tree of the caller: a tmpfs, filled by `furnish`.
inline Where in_place(Look furnish = nullptr) { return {.flags = MPLAN_PREPARE_IN_PLACE, .furnish = std::move(furnish)}; }

// Permission bits of what is at `path`, not followed.
unsigned mode_of(const std::string &path);
// File, directory, link or mount: is anything there?
bool exists(const std::string &path);
std::string link_text(const std::string &path);
// What the file has open when it is opened for reading, as an errno; 0 when it works.
int read_errno(const std::string &path);

// A descriptor that is closed at the end.
class OpenFd {
 public:
  explicit OpenFd(const std::string &path, int flags);
  explicit OpenFd(int fd) : fd_(fd) {}
  OpenFd(const OpenFd &) = delete;
  OpenFd &operator=(const OpenFd &) = delete;
  ~OpenFd();
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace live
