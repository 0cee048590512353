// SPDX-License-Identifier: MIT
// Three processes beside the test program: the first takes the identity and makes the namespaces, the second is process 1 in them and
// puts the mounts in order, the third runs the body. Whatever the body leaves running dies with process 1.
#include "live/harness.hpp"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <exception>

#include "live/devices.hpp"
#include "live/report.hpp"
#include "live/sanitizer.hpp"

// Present in sanitizer builds only. The child ends by _exit(), which looks for no leaks.
extern "C" int __lsan_do_recoverable_leak_check() __attribute__((weak));

namespace live {

namespace {

constexpr uid_t nobody_id = 65534;
const char *scratch_place = nullptr;

// Where the scratch tmpfs is mounted: a directory every system has, that hides neither mounts nor the program from the tests.
const char *choose_scratch() {
  char program[4096] = {};
  (void)!readlink("/proc/self/exe", program, sizeof program - 1);
  for (const char *place : {"/srv", "/media", "/mnt", "/tmp"}) {
    struct stat status {};
    std::string prefix = std::string(place) + '/';
    if (stat(place, &status) == 0 && S_ISDIR(status.st_mode) && strncmp(program, prefix.c_str(), prefix.size()) != 0 &&
        mounts_below(place).empty()) {
      return place;
    }
  }
  return nullptr;
}

[[noreturn]] void give_up(const Reporter &reporter, const std::string &what) {
  reporter.cannot_run(what + ": " + strerror(errno));
  _exit(0);
}

bool write_text(const char *path, const std::string &text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool done = fd >= 0 && write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  int saved = errno;
  close(fd);
  errno = saved;
  return done;
}

void drop_to_nobody(const Reporter &reporter) {
  if (geteuid() != 0) {
    return;  // already an ordinary user
  }
  if (setgroups(0, nullptr) != 0 || setresgid(nobody_id, nobody_id, nobody_id) != 0 || setresuid(nobody_id, nobody_id, nobody_id) != 0) {
    give_up(reporter, "becoming uid 65534");
  }
  // The change of ids made /proc/self belong to root; the id maps there have to be written.
  prctl(PR_SET_DUMPABLE, 1);
}

void unshare_world(const Reporter &reporter, int more) {
  if (unshare(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | more) != 0) {
    give_up(reporter, "unshare");
  }
}

// A new user namespace in which the caller has the id `inside`.
void unshare_user(const Reporter &reporter, uid_t inside_uid, gid_t inside_gid) {
  if (!is_without_threads) {
    reporter.send({Finding::skip, "", -1, with_threads});  // a skip, even where live tests are required
    _exit(0);
  }
  std::string uid = std::to_string(inside_uid) + ' ' + std::to_string(geteuid()) + " 1";
  std::string gid = std::to_string(inside_gid) + ' ' + std::to_string(getegid()) + " 1";
  unshare_world(reporter, CLONE_NEWUSER);
  if (!write_text("/proc/self/setgroups", "deny") || !write_text("/proc/self/uid_map", uid) || !write_text("/proc/self/gid_map", gid)) {
    give_up(reporter, "writing the id maps");
  }
}

void make_private(const Reporter &reporter) {
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    give_up(reporter, "making / private");
  }
}

void enter_world(const Reporter &reporter, Identity identity) {
  if (geteuid() == 0) {
    if (unshare(CLONE_NEWNS) != 0) {
      give_up(reporter, "unshare");
    }
    make_private(reporter);
    if (!make_own_devices()) {
      give_up(reporter, "making devices");
    }
  }
  if (identity == Identity::root) {
    if (geteuid() != 0) {
      reporter.cannot_run("not root");
      _exit(0);
    }
    unshare_world(reporter, 0);
  } else if (identity == Identity::user) {
    drop_to_nobody(reporter);
    unshare_user(reporter, 0, 0);
  } else if (geteuid() == 0) {
    unshare_world(reporter, 0);  // and the capabilities go once the mounts are there
  } else {
    unshare_user(reporter, geteuid(), getegid());
  }
}

void drop_capabilities(const Reporter &reporter) {
  drop_to_nobody(reporter);
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  if (syscall(SYS_capset, &header, none) != 0) {
    give_up(reporter, "capset");
  }
}

void furnish(const Reporter &reporter, Identity identity) {
  make_private(reporter);
  if (mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) != 0) {
    give_up(reporter, "mounting /proc");
  }
  bool foreign = identity == Identity::nobody && geteuid() == 0;
  const char *options = foreign ? "mode=0755,uid=65534,gid=65534" : "mode=0755";
  if (scratch_place == nullptr || mount("scratch", scratch_place, "tmpfs", 0, options) != 0 || chdir(scratch_place) != 0) {
    give_up(reporter, "mounting the scratch tmpfs");
  }
  if (identity == Identity::nobody) {
    drop_capabilities(reporter);
  }
  umask(022);
}

void run_body(const Reporter &reporter, Identity identity, void (*body)(Identity)) {
  reporter.attach();
  try {
    body(identity);
  } catch (const std::exception &error) {
    ADD_FAILURE() << "exception: " << error.what();
  }
  // The check needs /proc, which a body may have left behind with its old root.
  bool can_check = __lsan_do_recoverable_leak_check != nullptr && access("/proc/self/maps", R_OK) == 0;
  if (can_check && __lsan_do_recoverable_leak_check() != 0) {
    ADD_FAILURE() << "memory was leaked";
  }
}

// Forks, runs `child` there, and gives its wait status.
template <typename Function>
int in_child(Function child) {
  pid_t pid = fork();
  if (pid < 0) {
    return -1;
  }
  if (pid == 0) {
    child();
    _exit(0);
  }
  int status = 0;
  pid_t ended = 0;
  do {
    ended = wait(&status);  // orphans of the body come to process 1
  } while (ended != pid && (ended > 0 || errno == EINTR));
  return ended == pid ? status : -1;
}

void die_with_parent() { prctl(PR_SET_PDEATHSIG, SIGKILL); }

void report_end(const Reporter &reporter, int status, const char *who) {
  if (status < 0) {
    reporter.failure(std::string(who) + " could not be started or waited for");
  } else if (WIFSIGNALED(status)) {
    reporter.failure(std::string(who) + " was killed by signal " + std::to_string(WTERMSIG(status)));
  } else if (WEXITSTATUS(status) != 0) {
    reporter.failure(std::string(who) + " exited with status " + std::to_string(WEXITSTATUS(status)));
  }
}

void build_world(const Reporter &reporter, Identity identity, void (*body)(Identity)) {
  enter_world(reporter, identity);
  die_with_parent();
  int first = in_child([&] {
    furnish(reporter, identity);
    die_with_parent();
    int status = in_child([&] { run_body(reporter, identity, body); });
    report_end(reporter, status, "the body");
  });
  report_end(reporter, first, "process 1 of the world");
}

}  // namespace

const char *scratch() { return scratch_place; }

std::string path(std::string_view below) { return std::string(scratch_place) + '/' + std::string(below); }

Findings findings_of(Identity identity, void (*body)(Identity)) {
  int ends[2];
  scratch_place = choose_scratch();
  if (pipe2(ends, O_CLOEXEC) != 0) {
    return {{Finding::failure, __FILE__, __LINE__, "pipe2 failed"}};
  }
  Reporter reporter(ends[1]);
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    build_world(reporter, identity, body);
    _exit(0);
  }
  close(ends[1]);
  Findings findings = read_findings(ends[0]);
  close(ends[0]);
  int status = 0;
  if (pid < 0 || waitpid(pid, &status, 0) != pid || status != 0) {
    findings.push_back({Finding::failure, __FILE__, __LINE__, "the maker of the world ended with wait status " + std::to_string(status)});
  }
  return findings;
}

void run(Identity identity, void (*body)(Identity)) { replay(findings_of(identity, body)); }

}  // namespace live
