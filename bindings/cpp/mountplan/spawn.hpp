// SPDX-License-Identifier: MIT
// Running a program inside a plan: mountplan/spawn.h.
#ifndef MOUNTPLAN_SPAWN_HPP
#define MOUNTPLAN_SPAWN_HPP

#include <mountplan/spawn.h>

#include <mountplan/plan.hpp>
#include <string>
#include <vector>

namespace mountplan {

// A program that runs. One that still runs at the end of the object is left alone, and is the caller's to wait for.
class Process : public Object<mplan_process, mplan_process_free> {
 public:
  using Object::Object;

  int32_t pid() const noexcept { return mplan_process_pid(get()); }
  // Borrowed; -1 where the kernel has none.
  int pidfd() const noexcept { return mplan_process_pidfd(get()); }

  // Waits for the end. Again gives the same.
  mplan_exit wait() {
    mplan_exit end = {};
    call(mplan_process_wait, get(), &end, sizeof end);
    return end;
  }
  void signal(int number) { call(mplan_process_signal, get(), number); }
};

// What to run, and how. Each setter returns the object, so that calls can be chained.
class Spawn : public Object<mplan_spawn, mplan_spawn_free> {
 public:
  using Object::Object;
  Spawn() : Object(make(mplan_spawn_new)) {}

  Spawn &set_argv(const std::vector<std::string> &argv) { return set_strings(mplan_spawn_set_argv, argv); }
  // "NAME=value" each. Until it is set the program gets the caller's.
  Spawn &set_env(const std::vector<std::string> &env) { return set_strings(mplan_spawn_set_env, env); }
  Spawn &set_cwd(const String &path) { return set(mplan_spawn_set_cwd, path.c_str()); }
  Spawn &set_hostname(const String &name) { return set(mplan_spawn_set_hostname, name.c_str()); }
  Spawn &set_namespaces(uint64_t namespaces) { return set(mplan_spawn_set_namespaces, namespaces); }
  Spawn &set_flags(uint64_t flags) { return set(mplan_spawn_set_flags, flags); }
  Spawn &add_uid_map(uint32_t inside, uint32_t outside, uint32_t count) { return set(mplan_spawn_add_uid_map, inside, outside, count); }
  Spawn &add_gid_map(uint32_t inside, uint32_t outside, uint32_t count) { return set(mplan_spawn_add_gid_map, inside, outside, count); }
  Spawn &set_ids(uint32_t uid, uint32_t gid) { return set(mplan_spawn_set_ids, uid, gid); }
  Spawn &set_capabilities(uint64_t keep) { return set(mplan_spawn_set_capabilities, keep); }
  Spawn &add_fd(int fd, int child_fd) { return set(mplan_spawn_add_fd, fd, child_fd); }

  // Returns when the program was executed inside the plan. Of the options, backend, event and flags that go with it.
  Process start(const Plan &plan, const Options &options = {}) const {
    return Process(Arguments(options).make<mplan_process>(mplan_spawn_start, get(), plan.get()));
  }

 private:
  template <typename Function, typename... Arguments>
  Spawn &set(Function function, Arguments... arguments) {
    call(function, get(), arguments...);
    return *this;
  }

  template <typename Function>
  Spawn &set_strings(Function function, const std::vector<std::string> &strings) {
    std::vector<const char *> pointers;
    for (const std::string &string : strings) {
      pointers.push_back(String(string).c_str());
    }
    return set(function, pointers.data(), pointers.size());
  }
};

}  // namespace mountplan

#endif
