// SPDX-License-Identifier: MIT
// A6: read-only and masks are in force before anything can depend on them, whatever the order of ops. Seen in the calls that a plan makes
// in a new mount namespace, with sources that are resolved there.
#include <gtest/gtest.h>
#include <unistd.h>

#include <regex>
#include <sstream>
#include <vector>

#include "replay/plan.hpp"
#include "replay/recorder.hpp"

namespace replay {
namespace {

constexpr uint32_t backends[] = {MPLAN_BACKEND_DETACHED, MPLAN_BACKEND_FD, MPLAN_BACKEND_CLASSIC};

// What the contained side has a part in comes first; what protects it from that, last.
void build(Plan &plan) {
  plan.add(mplan_plan_bind, "/var", "/shared", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE);
  plan.add(mplan_plan_dev, "/dev", MPLAN_DEV_CONSOLE);
  plan.add(mplan_plan_root, "root", 0);
  plan.add(mplan_plan_bind, "/usr", "/data", 0);
  plan.add(mplan_plan_mask, "/data/bin", 0);
  plan.add(mplan_plan_remount, "/shared", 0);
}

std::vector<std::string> calls_of(uint32_t backend) {
  EXPECT_EQ(chdir((std::string(REPLAY_DIRECTORY) + "/host").c_str()), 0);
  Plan plan;
  build(plan);
  std::istringstream text(record(plan.get(), backend, {.flags = MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED, .has_terminal = true}));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    lines.push_back(line);
  }
  return lines;
}

bool is(const std::string &line, const char *pattern) { return std::regex_search(line, std::regex(pattern)); }

size_t first(const std::vector<std::string> &lines, const char *pattern, size_t from = 0) {
  while (from < lines.size() && !is(lines[from], pattern)) {
    from++;
  }
  return from;
}

class Order : public testing::TestWithParam<uint32_t> {
 protected:
  std::vector<std::string> lines_ = calls_of(GetParam());
};

TEST_P(Order, OpensEverySourceBeforeTheFirstOpIsCarriedOut) {
  size_t first_made = first(lines_, "fsopen\\(|mount\\(\"|open_tree\\(|mkdirat\\(|symlinkat\\(");
  ASSERT_LT(first_made, lines_.size());
  for (const char *source : {"\"/usr\"", "\"/var\"", "\"/dev/null\"", "\"/dev/tty\"", "<[^>]*root>, \"bin\""}) {
    EXPECT_LT(first(lines_, (std::string("^op .*openat\\([^,]*,? ?") + source).c_str()), first_made) << source;
  }
  size_t later = first(lines_, "^op .*openat\\(AT_FDCWD, \"(?!/proc/thread-self/mountinfo)", first_made);
  EXPECT_EQ(later, lines_.size()) << lines_[later];
}

TEST_P(Order, TakesTheConsoleByDescriptor) {
  size_t looked = first(lines_, "ioctl\\(1, ");
  ASSERT_LT(looked, lines_.size());
  EXPECT_TRUE(is(lines_[looked + 1], "fcntl\\(1[^0-9].*F_DUPFD_CLOEXEC")) << lines_[looked + 1];
}

TEST_P(Order, GivesABindItsAttributesBeforeItIsPlaced) {
  size_t placed = 0;
  for (size_t i = 0; i < lines_.size(); i++) {
    bool is_bind = lines_[i].find(" bind ") != std::string::npos || lines_[i].find(" root ") != std::string::npos;
    bool places = lines_[i].find("move_mount(") != std::string::npos || lines_[i].find("MS_MOVE") != std::string::npos;
    if (!is_bind || !places) {
      continue;
    }
    placed++;
    std::string mount = lines_[i].substr(lines_[i].find('<'), lines_[i].find('>') - lines_[i].find('<') + 1);
    bool changed = false;
    for (size_t before = i; !changed && before > 0; before--) {
      const std::string &line = lines_[before - 1];
      bool changes = line.find("mount_setattr(") != std::string::npos || line.find("mount(\"none\"") != std::string::npos;
      changed = changes && line.find(mount) != std::string::npos && line.find("nosuid") != std::string::npos;
    }
    EXPECT_TRUE(changed) << lines_[i];
  }
  EXPECT_EQ(placed, 4u);  // shared, data, and two entries of root
}

TEST_P(Order, EntersTheRootAfterTheLastOp) {
  size_t entered = first(lines_, " pivot_root\\(");
  ASSERT_LT(entered, lines_.size());
  size_t later = first(lines_, "^op ", entered);
  EXPECT_EQ(later, lines_.size()) << lines_[later];
}

INSTANTIATE_TEST_SUITE_P(A6, Order, testing::ValuesIn(backends),
                         [](const testing::TestParamInfo<uint32_t> &given) { return mplan_backend_name(given.param); });

}  // namespace
}  // namespace replay
