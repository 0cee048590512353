// SPDX-License-Identifier: MIT
// A sandbox for tests of spawning: the host's root, read-only, with /proc, in which a shell script runs; its output and its end are what
// the tests look at.
#pragma once

#include <mountplan/mountplan.h>

#include <cstdint>
#include <string>
#include <vector>

namespace live {

constexpr uint64_t every_namespace =
    MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID | MPLAN_NAMESPACE_NET | MPLAN_NAMESPACE_IPC | MPLAN_NAMESPACE_UTS | MPLAN_NAMESPACE_CGROUP;

// What came of a start: an error, or the end of the program and what it wrote.
struct Outcome {
  int result = 0;
  int kind = 0;
  int error = 0;
  int stage = 0;
  std::string call;
  std::string path;
  std::string detail;
  std::string message;

  int code = -1;
  int signal = -1;
  std::string output;
};

class Sandbox {
 public:
  // The script is run by /bin/sh. Namespaces: every_namespace until set otherwise.
  explicit Sandbox(const std::string &script);
  explicit Sandbox(const std::vector<std::string> &argv);
  Sandbox(const Sandbox &) = delete;
  Sandbox &operator=(const Sandbox &) = delete;
  ~Sandbox();

  mplan_spawn *spawn() { return spawn_; }
  // Made when it is first asked for, to fit the namespaces.
  mplan_plan *plan();
  mplan_prepare_args args = {};

  Sandbox &namespaces(uint64_t set);
  Sandbox &flags(uint64_t set);
  Sandbox &env(const std::vector<std::string> &variables);
  Sandbox &fd(int fd, int child_fd);

  // Starts without waiting; NULL and `outcome` filled where that failed.
  mplan_process *start(Outcome &outcome);
  // Starts, reads standard output to its end, and waits.
  Outcome run();

 private:
  void set_argv(const std::vector<std::string> &argv);
  void fill_plan();

  uint64_t namespaces_ = 0;
  mplan_spawn *spawn_ = nullptr;
  mplan_plan *plan_ = nullptr;
};

// Reads to the end of the file and closes.
std::string drain(int fd);

// Takes the error apart and frees it.
void take_error(mplan_error *error, Outcome &outcome);

}  // namespace live
