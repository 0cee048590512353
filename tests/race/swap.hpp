// SPDX-License-Identifier: MIT
// Swap attacks. While a plan is applied again and again, a process beside swaps what the plan goes through: a directory and symbolic links
// out of the root, renameat2(RENAME_EXCHANGE) as fast as it can. After some times the attacker is held, and what it would have liked to
// reach is compared with how it was before.
//
// Below live::scratch():
//   canary/    a file system of its own. It must stay as it is, and must never show in a new root
//   template/  the caller's tree: names in it are swapped. What plans are applied to in place are clones of it
//   host/      sources
//   roots/N/   what plans are applied to: a clone of template, or empty. One umount2(2) clears all of them
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "fault/run.hpp"
#include "race/race.hpp"

namespace race {

using fault::Failing;
using fault::Plan;
using fault::Way;

// Two ways to look up a path.
inline constexpr Way lookups[] = {
    {"openat2", MPLAN_BACKEND_DETACHED},
    {"walker", MPLAN_BACKEND_DETACHED, mountplan::kernel::Call::openat2},
};
// The usual ways, for what is not about looking up.
inline constexpr Way backends[] = {
    {"detached", MPLAN_BACKEND_DETACHED},
    {"fd", MPLAN_BACKEND_FD},
    {"classic", MPLAN_BACKEND_CLASSIC},
};

// Those whose root is attached while it is built.
inline constexpr Way staging[] = {backends[1], backends[2]};

// Does something again and again in a process of its own, from release() to hold().
class Attacker {
 public:
  // `act` is told how often the attacker was released, so that it can do something once each time.
  explicit Attacker(std::function<void(long turn)> act);
  Attacker(const Attacker &) = delete;
  Attacker &operator=(const Attacker &) = delete;
  ~Attacker();
  void release() { move_on(); }
  void hold() { move_on(); }
  long acts() const;

 private:
  struct Shared;
  void move_on();
  Shared &shared_;
  int pid_ = -1;
};

// Two names that change places, renameat2(2). Not called exchange, as std::exchange() would be preferred for strings.
void exchange_names(const std::string &one, const std::string &other, int directory = -1);

// A name that is a directory or file in one moment, and in the next a link to what is outside, absolute or up through `..`. The links lead
// to the canary, and from inside of the template to the same path in there.
class Swapped {
 public:
  // `text`: where the links lead, an absolute path.
  Swapped(const std::string &directory, const std::string &name, const std::string &text);
  Swapped(const Swapped &) = delete;
  Swapped &operator=(const Swapped &) = delete;
  ~Swapped();
  void act() const;
  // While the attacker is held: the name that the directory or file has now; empty where there is none.
  std::string real() const;
  // The same in `root`, which is a clone or a bind of `tree`.
  std::string real_in(const std::string &root, const std::string &tree = live::path("template")) const {
    std::string now = real();
    return now.empty() ? "" : root + now.substr(tree.size());
  }

 private:
  std::string path_;
  int directory_;  // so that the attacker does not itself go through what is swapped
  std::vector<std::string> names_;
};

struct Outcome {
  int result = 0;
  mountplan::base::Failure failure;
  std::string root;          // the directory that the plan was applied to, as it can be looked at now
  bool is_hampered = false;  // the call that was to fail was one of rolling back
};

struct Attack {
  std::function<void(Plan &plan)> build;
  std::function<void(long turn)> act;
  bool in_place = true;
  // The root, instead of roots/N: its path, or a descriptor that is borrowed; and where it is to be found afterwards. With a batch of 1.
  std::string root = {};
  int root_fd = -1;
  std::function<std::string()> where = nullptr;
  std::function<void()> clear = nullptr;  // takes away what is in such a root that is not on a mount of its own
  int batch = 16;         // applied so often before the attacker is held; 1 for a plan that makes something in the caller's tree
  bool inject = false;    // one call, at random, fails; for plans that succeed otherwise
  bool mounts = false;    // the attacker mounts things, so mounts that are left are for `look` to judge
  bool may_hide = false;  // the attacker can move away what a plan made, where roll-back does not find it
  // Tells what was the outcome, with the attacker held; throws when it is wrong. Not asked where something is wrong already.
  std::function<std::string(const Outcome &outcome)> look = nullptr;
};

// Furnishes the world described above. The canary has everything that an attack could want to find there.
void furnish();

void swap(Round &round, const Way &way, const Attack &attack);

// Thrown by Attack::look.
[[noreturn]] void wrong(const std::string &what);
inline bool is_applied(const Outcome &outcome) { return outcome.result == 0; }
// "applied", or the name of the errno.
std::string plain_outcome(const Outcome &outcome);
// Whether something is mounted right there.
bool is_mounted_on(const std::string &path);
bool is_link(const std::string &path);
uint64_t device_at(const std::string &path);

// The property once for each way: NAME.WAY.
template <size_t n>
void add(std::vector<Property> &out, const std::string &name, const Way (&ways)[n], long full, long brief,
         std::function<void(Round &round, const Way &way)> body) {
  for (const Way &way : ways) {
    out.push_back({.name = name + '.' + way.name, .full = full, .brief = brief, .body = [body, way](Round &round) { body(round, way); }});
  }
}

}  // namespace race
