// SPDX-License-Identifier: MIT
// mountplan run: new namespaces, the plan, the command.
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "build.hpp"
#include "capabilities.hpp"

extern char **environ;

namespace mountplan::tool {
namespace {

constexpr uint64_t cap_sys_admin = uint64_t{1} << 21;

bool user_namespaces_allowed() {
  uint64_t limit = 1;
  std::ifstream("/proc/sys/user/max_user_namespaces") >> limit;
  return access("/proc/self/ns/user", F_OK) == 0 && limit > 0;
}

// The namespaces that are made: those asked for, those "if possible", and the user namespace without which nothing can be mounted.
uint64_t namespaces_of(const Request &request) {
  uint64_t namespaces = request.namespaces;
  bool privileged = (effective_capabilities() & cap_sys_admin) != 0;
  if (!privileged || (request.user_namespace_if_possible && user_namespaces_allowed())) {
    namespaces |= MPLAN_NAMESPACE_USER;
  }
  if (request.cgroup_namespace_if_possible && access("/proc/self/ns/cgroup", F_OK) == 0) {
    namespaces |= MPLAN_NAMESPACE_CGROUP;
  }
  return namespaces;
}

void check_combinations(const Request &request, uint64_t namespaces) {
  auto need = [&](bool given, const char *option, uint64_t bit, const char *needed) {
    if (given && (namespaces & bit) == 0) {
      throw UsageError(std::string(option) + " needs " + needed);
    }
  };
  need(request.uid.has_value(), "--uid", MPLAN_NAMESPACE_USER, "--unshare-user");
  need(request.gid.has_value(), "--gid", MPLAN_NAMESPACE_USER, "--unshare-user");
  need(request.hostname.has_value(), "--hostname", MPLAN_NAMESPACE_UTS, "--unshare-uts");
  need((request.spawn_flags & MPLAN_SPAWN_AS_PID_1) != 0, "--as-pid-1", MPLAN_NAMESPACE_PID, "--unshare-pid");
}

// Root keeps what it has and others have nothing, until the options say otherwise, in their order.
uint64_t capabilities_of(const Request &request) {
  uint64_t keep = getuid() == 0 ? effective_capabilities() : 0;
  for (const CapabilityChange &change : request.capabilities) {
    keep = change.add ? keep | change.set : keep & ~change.set;
  }
  return keep;
}

std::vector<std::string> environment_of(const Request &request, const std::string &working_directory) {
  std::map<std::string, std::string> variables;
  for (char **entry = environ; *entry != nullptr; entry++) {
    if (const char *equals = strchr(*entry, '=')) {
      variables[std::string(*entry, static_cast<size_t>(equals - *entry))] = equals + 1;
    }
  }
  variables["PWD"] = working_directory;
  for (const EnvironmentChange &change : request.environment) {
    if (change.what == EnvironmentChange::set) {
      variables[change.name] = change.value;
    } else if (change.what == EnvironmentChange::unset) {
      variables.erase(change.name);
    } else {
      variables = {{"PWD", working_directory}};
    }
  }
  std::vector<std::string> entries;
  for (const auto &[name, value] : variables) {
    entries.push_back(name + '=' + value);
  }
  return entries;
}

// Where the command starts, in order of preference. Only inside the sandbox is known which of them exist.
std::vector<std::string> working_directories(const Request &request) {
  if (request.working_directory) {
    return {*request.working_directory};
  }
  std::vector<std::string> directories;
  std::error_code error;
  std::string present = std::filesystem::current_path(error).string();
  for (const std::string &directory : {present, std::string(getenv("HOME") != nullptr ? getenv("HOME") : "")}) {
    if (directory.starts_with('/')) {
      directories.push_back(directory);
    }
  }
  directories.push_back("/");
  return directories;
}

std::vector<const char *> pointers(const std::vector<std::string> &strings) {
  std::vector<const char *> result;
  for (const std::string &string : strings) {
    result.push_back(string.c_str());
  }
  return result;
}

class Setup {
 public:
  explicit Setup(const Request &request) : request_(request), namespaces_(namespaces_of(request)) {
    check_combinations(request, namespaces_);
    must(mplan_spawn_new(Out(spawn_), Out(error_)));
    must(mplan_spawn_set_namespaces(spawn_.get(), namespaces_, Out(error_)));
    must(mplan_spawn_set_flags(spawn_.get(), request.spawn_flags, Out(error_)));
    must(mplan_spawn_set_capabilities(spawn_.get(), capabilities_of(request), Out(error_)));
    auto argv = pointers(request.command);
    must(mplan_spawn_set_argv(spawn_.get(), argv.data(), argv.size(), Out(error_)));
    if (request.hostname) {
      must(mplan_spawn_set_hostname(spawn_.get(), request.hostname->c_str(), Out(error_)));
    }
    if (request.uid || request.gid) {
      must(mplan_spawn_add_uid_map(spawn_.get(), request.uid.value_or(geteuid()), geteuid(), 1, Out(error_)));
      must(mplan_spawn_add_gid_map(spawn_.get(), request.gid.value_or(getegid()), getegid(), 1, Out(error_)));
    }
    for (int descriptor : request.kept_descriptors) {
      must(mplan_spawn_add_fd(spawn_.get(), descriptor, descriptor, Out(error_)));
    }
  }

  void start_in(const std::string &directory) {
    must(mplan_spawn_set_cwd(spawn_.get(), directory.c_str(), Out(error_)));
    std::vector<std::string> environment = environment_of(request_, directory);
    auto entries = pointers(environment);
    must(mplan_spawn_set_env(spawn_.get(), entries.data(), entries.size(), Out(error_)));
  }

  const mplan_spawn *get() const { return spawn_.get(); }

 private:
  void must(int result) {
    if (result < 0) {
      bool argument = error_ != nullptr && mplan_error_kind(error_.get()) == MPLAN_ERROR_ARGUMENT;
      fail(error_.get(), {}, argument ? exit_usage : exit_setup);
    }
  }

  const Request &request_;
  uint64_t namespaces_;
  Owned<mplan_spawn> spawn_;
  Owned<mplan_error> error_;
};

bool failed_in(const mplan_error *error, std::string_view call) {
  const char *failed = mplan_error_call(error);
  return failed != nullptr && call == failed;
}

int exit_code_of(const mplan_error *error) {
  if (error == nullptr || !failed_in(error, "execve")) {
    return exit_setup;
  }
  return mplan_error_errno(error) == ENOENT ? exit_not_found : exit_not_executable;
}

}  // namespace

int run_command(const Words &words) {
  Request request = read_request("run", words);
  if (request.command.empty()) {
    throw UsageError("run: COMMAND is missing");
  }
  BuiltPlan built = build_plan(request);
  Setup setup(request);
  mplan_prepare_args args = prepare_args(request);

  Owned<mplan_process> process;
  Owned<mplan_error> error;
  std::vector<std::string> directories = working_directories(request);
  for (size_t i = 0; process == nullptr; i++) {
    setup.start_in(directories[i]);
    if (mplan_spawn_start(setup.get(), built.plan.get(), &args, sizeof args, Out(process), Out(error)) < 0) {
      bool try_next = error != nullptr && failed_in(error.get(), "chdir") && i + 1 < directories.size();
      if (!try_next) {
        fail(error.get(), built.typed, exit_code_of(error.get()));
      }
    }
  }
  mplan_exit end{};
  if (mplan_process_wait(process.get(), &end, sizeof end, Out(error)) < 0) {
    fail(error.get(), built.typed, exit_setup);
  }
  return end.code;
}

}  // namespace mountplan::tool
