// SPDX-License-Identifier: MIT
#include "id_map.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "command.hpp"
#include "modifiers.hpp"
#include "parse.hpp"

namespace mountplan::tool {
namespace {

constexpr size_t most_ranges = 340;  // of the kernel

[[noreturn]] void refuse(const std::string &what) {
  std::string why = strerror(errno);
  throw std::runtime_error("--idmap: " + what + ": " + why);
}

bool read_number(const std::string &text, uint32_t &out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

void write_map(pid_t process, const char *name, const std::vector<IdRange> &ranges) {
  std::string path = "/proc/" + std::to_string(process) + '/' + name;
  std::string text;
  for (const IdRange &range : ranges) {
    text += std::to_string(range.on_disk) + ' ' + std::to_string(range.shown) + ' ' + std::to_string(range.count) + '\n';
  }
  int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  ssize_t written = fd < 0 ? -1 : write(fd, text.data(), text.size());
  int error = errno;
  if (fd >= 0) {
    close(fd);
  }
  if (written < 0) {
    errno = error;
    refuse("cannot write " + std::string(name) + " of a user namespace (ids that are not one's own need privilege)");
  }
}

// A child in a user namespace of its own. It waits until it is killed, which it is when this object, or this program, ends.
class Holder {
 public:
  Holder() {
    int ready[2];
    if (pipe2(ready, O_CLOEXEC) < 0) {
      refuse("pipe2");
    }
    pid_t parent = getpid();
    process_ = fork();
    if (process_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      int error = getppid() != parent ? ESRCH : unshare(CLONE_NEWUSER) < 0 ? errno : 0;
      if (write(ready[1], &error, sizeof error) != sizeof error || error != 0) {
        _exit(1);
      }
      for (;;) {
        pause();
      }
    }
    int forked = errno;
    close(ready[1]);
    int error = 0;
    ssize_t got = process_ < 0 ? -1 : read(ready[0], &error, sizeof error);
    close(ready[0]);
    if (process_ < 0 || got != sizeof error || error != 0) {
      end();
      errno = process_ < 0 ? forked : error != 0 ? error : EIO;
      refuse("cannot make a user namespace");
    }
  }
  Holder(const Holder &) = delete;
  Holder &operator=(const Holder &) = delete;
  ~Holder() { end(); }

  pid_t process() const { return process_; }

 private:
  void end() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
      }
    }
  }

  pid_t process_ = -1;
};

int open_namespace(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    refuse("cannot open " + path);
  }
  return fd;
}

}  // namespace

IdMap parse_id_map(const std::string &text) {
  if (text.starts_with('/')) {
    return {.path = text, .users = {}, .groups = {}};
  }
  IdMap map;
  for (const std::string &word : split_words(text, ' ')) {
    std::vector<std::string> parts = split_words(word, ':');
    IdRange range{};
    bool good = parts.size() == 4 && (parts[0] == "u" || parts[0] == "g" || parts[0] == "b") && read_number(parts[1], range.on_disk) &&
                read_number(parts[2], range.shown) && read_number(parts[3], range.count) && range.count > 0;
    if (!good) {
      throw UsageError("--idmap: MAP must be u:ID:ID:COUNT, g:ID:ID:COUNT or b:ID:ID:COUNT with spaces between, or a path, not " +
                       quoted(text));
    }
    if (parts[0] != "g") {
      map.users.push_back(range);
    }
    if (parts[0] != "u") {
      map.groups.push_back(range);
    }
  }
  if (map.users.empty() || map.groups.empty()) {
    throw UsageError("--idmap: MAP must map users and groups");
  }
  if (map.users.size() > most_ranges || map.groups.size() > most_ranges) {
    throw UsageError("--idmap: MAP has more than " + std::to_string(most_ranges) + " ranges");
  }
  return map;
}

int open_id_map(const IdMap &map) {
  if (!map.path.empty()) {
    return open_namespace(map.path);
  }
  Holder holder;
  write_map(holder.process(), "uid_map", map.users);
  write_map(holder.process(), "gid_map", map.groups);
  // The descriptor keeps the namespace when the process is gone.
  return open_namespace("/proc/" + std::to_string(holder.process()) + "/ns/user");
}

}  // namespace mountplan::tool
