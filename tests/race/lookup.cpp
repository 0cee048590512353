// SPDX-License-Identifier: MIT
// A1, bare look-ups: whatever is swapped in the way, what is found lies inside the root.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>

#include "engine/run.hpp"
#include "race/swap.hpp"

namespace engine = mountplan::engine;
using live::path;

namespace race {
namespace {

// With `..`, which is where a rename makes it hard, and with links on the way.
constexpr const char *paths[] = {
    "data/sub/mnt", "data/sub/../note", "data/sub/mnt/../../../data/note", "data/up/data/note", "data/sub/../../../../note",
};

void lookups_inside(Round &round, const Way &way) {
  furnish();
  live::symlink("..", path("template/data/up"));
  live::symlink("..", path("template") + path("canary/up"));
  Swapped data(path("template"), "data", path("canary"));
  Swapped sub(path("template/data"), "sub", path("canary/sub"));
  Attacker attacker([&](long) {
    data.act();
    sub.act();
  });
  int root = open(path("template").c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  struct stat inside {};
  if (fstat(root, &inside) != 0) {
    throw std::system_error(errno, std::generic_category(), "template");
  }
  Failing kernel;
  kernel.missing = way.missing;
  engine::Program program;
  mountplan::base::Failure failure;
  mountplan::kernel::Kernel door = kernel.door();
  engine::Run run{.kernel = door, .program = program, .failure = failure};

  attacker.release();
  for (size_t i = 0; round.goes_on(); round.done(), i++) {
    const char *wanted = paths[i % std::size(paths)];
    int fd = engine::lookup(run, root, wanted, O_PATH);
    struct stat found {};
    if (fd < 0) {
      round.saw(strerrorname_np(-fd));
      continue;
    }
    if (fstat(fd, &found) != 0 || found.st_dev != inside.st_dev) {
      round.fail(std::string(wanted) + " leads outside");
    }
    close(fd);
    round.saw("found");
  }
  attacker.hold();
  close(root);
  round.must_have_seen({"found", "ENOENT"});
}

}  // namespace

std::vector<Property> properties() {
  std::vector<Property> out;
  add(out, "A1.LookupStaysInside", lookups, 400000, 20000, lookups_inside);
  return out;
}

}  // namespace race
