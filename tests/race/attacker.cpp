// SPDX-License-Identifier: MIT
#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <system_error>

#include "race/swap.hpp"

namespace race {

struct Attacker::Shared {
  std::atomic<long> turn{0};  // released when odd
  std::atomic<long> seen{0};  // the turn that the attacker is in
  std::atomic<long> acts{0};
};

Attacker::Attacker(std::function<void(long turn)> act) : shared_(shared<Shared>()) {
  pid_ = fork();
  if (pid_ != 0) {
    return;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (;;) {
    long turn = shared_.turn;
    shared_.seen = turn;
    if (turn % 2 == 0) {
      sched_yield();
      continue;
    }
    act(turn / 2);
    shared_.acts++;
  }
}

Attacker::~Attacker() {
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void Attacker::release() {
  long turn = ++shared_.turn;
  long before = shared_.acts;
  while (shared_.seen != turn || shared_.acts == before) {  // it is under way, not only told to
    sched_yield();
  }
}

void Attacker::hold() {
  long turn = ++shared_.turn;
  while (shared_.seen != turn) {
    sched_yield();
  }
}

long Attacker::acts() const { return shared_.acts; }

void exchange(const std::string &one, const std::string &other) {
  if (renameat2(AT_FDCWD, one.c_str(), AT_FDCWD, other.c_str(), RENAME_EXCHANGE) != 0 && errno != EBUSY && errno != ENOENT) {
    perror("renameat2");  // EBUSY: something is mounted there; ENOENT: it is to be made by the plan
  }
}

Swapped::Swapped(std::string directory, const std::string &name, const std::string &text) : directory_(std::move(directory)) {
  for (const char *more : {"", ".absolute", ".relative"}) {
    names_.push_back(directory_ + '/' + name + more);
  }
  live::symlink(text, names_[1]);
  live::symlink("../../../../../../../.." + text, names_[2]);
}

void Swapped::act() const {
  exchange(names_[0], names_[1]);
  exchange(names_[0], names_[2]);
}

std::string Swapped::real() const {
  for (const std::string &name : names_) {
    struct stat status {};
    if (lstat(name.c_str(), &status) == 0 && !S_ISLNK(status.st_mode)) {
      return name;
    }
  }
  throw std::system_error(ENOENT, std::generic_category(), names_[0]);
}

}  // namespace race
