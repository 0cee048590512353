// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <utility>

#include "race/swap.hpp"

namespace race {

namespace {

// Both sides sleep until the other has moved on, as the two processors may have others to serve.
void wait_while(std::atomic<uint32_t> &value, uint32_t is) {
  while (value == is) {
    syscall(SYS_futex, &value, FUTEX_WAIT, is, nullptr, nullptr, 0);
  }
}

void set(std::atomic<uint32_t> &value, uint32_t now) {
  value = now;
  syscall(SYS_futex, &value, FUTEX_WAKE, 1, nullptr, nullptr, 0);
}

}  // namespace

struct Attacker::Shared {
  std::atomic<uint32_t> turn{0};  // released when odd
  std::atomic<uint32_t> seen{0};  // the turn that the attacker is in
  std::atomic<long> acts{0};
};

Attacker::Attacker(std::function<void(long turn)> act) : shared_(shared<Shared>()) {
  pid_ = fork();
  if (pid_ != 0) {
    return;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (uint32_t seen = 0;;) {
    wait_while(shared_.turn, seen);
    seen = shared_.turn;
    while (shared_.turn == seen && seen % 2 == 1) {
      act(seen / 2);
      shared_.acts++;
      if (shared_.seen != seen) {
        set(shared_.seen, seen);  // it is under way, not only told to
      }
    }
    if (seen % 2 == 0) {
      set(shared_.seen, seen);
    }
  }
}

Attacker::~Attacker() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Attacker::move_on() {
  uint32_t before = shared_.turn;
  set(shared_.turn, before + 1);
  wait_while(shared_.seen, before);
}

long Attacker::acts() const { return shared_.acts; }

void exchange_names(const std::string &one, const std::string &other, int directory) {
  static bool is_told = false;
  int at = directory < 0 ? AT_FDCWD : directory;
  // EBUSY: something is mounted there; ENOENT: the plan has not made it yet.
  bool is_odd = renameat2(at, one.c_str(), at, other.c_str(), RENAME_EXCHANGE) != 0 && errno != EBUSY && errno != ENOENT;
  if (is_odd && !std::exchange(is_told, true)) {
    perror("renameat2");
  }
}

Swapped::Swapped(const std::string &directory, const std::string &name, const std::string &text)
    : path_(directory), directory_(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
  for (const char *more : {"", ".absolute", ".relative"}) {
    names_.push_back(name + more);
  }
  live::symlink(text, path_ + '/' + names_[1]);
  live::symlink("../../../../../../../.." + text, path_ + '/' + names_[2]);
}

Swapped::~Swapped() { close(directory_); }

void Swapped::act() const {
  exchange_names(names_[0], names_[1], directory_);
  exchange_names(names_[0], names_[2], directory_);
}

std::string Swapped::real() const {
  for (const std::string &name : names_) {
    struct stat status {};
    if (fstatat(directory_, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0 && !S_ISLNK(status.st_mode)) {
      return path_ + '/' + name;
    }
  }
  return "";
}

}  // namespace race
