// SPDX-License-Identifier: MIT
#include "live/sandbox.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <stdexcept>

namespace live {

namespace {

void check(int result, mplan_error *error) {
  if (result < 0) {
    Outcome outcome;
    take_error(error, outcome);
    throw std::runtime_error(outcome.message);
  }
}

std::vector<const char *> pointers(const std::vector<std::string> &strings) {
  std::vector<const char *> result;
  for (const std::string &string : strings) {
    result.push_back(string.c_str());
  }
  return result;
}

std::string text(const char *string) { return string != nullptr ? string : ""; }

}  // namespace

std::string drain(int fd) {
  std::string content;
  char buffer[4096];
  ssize_t got;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) {
    content.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  return content;
}

void take_error(mplan_error *error, Outcome &outcome) {
  outcome.kind = mplan_error_kind(error);
  outcome.error = mplan_error_errno(error);
  outcome.stage = mplan_error_stage(error);
  outcome.call = text(mplan_error_call(error));
  outcome.path = text(mplan_error_path(error));
  outcome.detail = text(mplan_error_detail(error));
  outcome.message = text(mplan_error_message(error));
  mplan_error_free(error);
}

Sandbox::Sandbox(const std::vector<std::string> &argv) {
  mplan_error *error = nullptr;
  check(mplan_spawn_new(&spawn_, &error), error);
  check(mplan_plan_new(&plan_, &error), error);
  namespaces(every_namespace);
  set_argv(argv);
}

Sandbox::Sandbox(const std::string &script) : Sandbox(std::vector<std::string>{"/bin/sh", "-c", script}) {}

Sandbox::~Sandbox() {
  mplan_spawn_free(spawn_);
  mplan_plan_free(plan_);
}

void Sandbox::set_argv(const std::vector<std::string> &argv) {
  mplan_error *error = nullptr;
  check(mplan_spawn_set_argv(spawn_, pointers(argv).data(), argv.size(), &error), error);
}

// The host's directories keep their names; /tmp and /dev are the sandbox's own, and /proc is where that is possible.
void Sandbox::fill_plan() {
  mplan_error *error = nullptr;
  check(mplan_plan_root(plan_, "/", 0, &error), error);
  check(mplan_plan_bind(plan_, "/etc", "/etc", 0, &error), error);
  bool own_proc = (namespaces_ & MPLAN_NAMESPACE_PID) != 0;
  check(own_proc ? mplan_plan_proc(plan_, "/proc", 0, &error) : mplan_plan_bind(plan_, "/proc", "/proc", 0, &error), error);
  check(mplan_plan_dev(plan_, "/dev", 0, &error), error);
  check(mplan_plan_tmpfs(plan_, "/tmp", 0, 01777, 0, &error), error);
}

mplan_plan *Sandbox::plan() {
  if (mplan_plan_count(plan_) == 0) {
    fill_plan();
  }
  return plan_;
}

Sandbox &Sandbox::namespaces(uint64_t set) {
  namespaces_ = set;
  mplan_error *error = nullptr;
  check(mplan_spawn_set_namespaces(spawn_, set, &error), error);
  return *this;
}

Sandbox &Sandbox::flags(uint64_t set) {
  mplan_error *error = nullptr;
  check(mplan_spawn_set_flags(spawn_, set, &error), error);
  return *this;
}

Sandbox &Sandbox::env(const std::vector<std::string> &variables) {
  mplan_error *error = nullptr;
  check(mplan_spawn_set_env(spawn_, pointers(variables).data(), variables.size(), &error), error);
  return *this;
}

Sandbox &Sandbox::fd(int fd, int child_fd) {
  mplan_error *error = nullptr;
  check(mplan_spawn_add_fd(spawn_, fd, child_fd, &error), error);
  return *this;
}

mplan_process *Sandbox::start(Outcome &outcome) {
  mplan_process *process = nullptr;
  mplan_error *error = nullptr;
  outcome.result = mplan_spawn_start(spawn_, plan(), &args, sizeof args, &process, &error);
  if (outcome.result < 0) {
    take_error(error, outcome);
  }
  return process;
}

Outcome Sandbox::run() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    throw std::runtime_error("pipe2");
  }
  fd(ends[1], 1);
  close(ends[1]);
  Outcome outcome;
  mplan_process *process = start(outcome);
  // The spawn object keeps a writing end of the pipe.
  mplan_spawn_free(spawn_);
  spawn_ = nullptr;
  outcome.output = drain(ends[0]);
  if (process != nullptr) {
    mplan_exit end = {};
    mplan_error *error = nullptr;
    check(mplan_process_wait(process, &end, sizeof end, &error), error);
    outcome.code = end.code;
    outcome.signal = end.signal;
    mplan_process_free(process);
  }
  return outcome;
}

}  // namespace live
