// SPDX-License-Identifier: MIT
// Placing descriptors, against a table of descriptors that is an array.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <vector>

#include "spawn/descriptors.hpp"

using mountplan::base::Failure;
using mountplan::kernel::Call;
using mountplan::kernel::Kernel;
using mountplan::spawn::FdPlace;
namespace spawn = mountplan::spawn;

namespace {

// Number -> what is open there, and whether it closes on exec.
struct Open {
  int what;
  bool cloexec;
  bool operator==(const Open &) const = default;
};
struct Table {
  std::map<int, Open> open;
  bool has_close_range = true;
  int limit = 64;

  Kernel door() { return Kernel{this, invoke}; }

  long lowest_free_from(int fd) const {
    while (open.contains(fd)) {
      fd++;
    }
    return fd < limit ? fd : -EMFILE;
  }

  static long invoke(void *self, Call call, const long args[6]) {
    auto &table = *static_cast<Table *>(self);
    auto fd = static_cast<int>(args[0]);
    bool is_open = table.open.contains(fd);
    if (call == Call::fcntl && args[1] == F_DUPFD_CLOEXEC) {
      long copy = table.lowest_free_from(static_cast<int>(args[2]));
      if (copy >= 0) {
        table.open[static_cast<int>(copy)] = {table.open.at(fd).what, true};
      }
      return copy;
    }
    if (call == Call::fcntl && args[1] == F_SETFD) {
      if (!is_open) {
        return -EBADF;
      }
      table.open[fd].cloexec = true;
      return 0;
    }
    if (call == Call::dup3) {
      table.open[static_cast<int>(args[1])] = {table.open.at(fd).what, false};
      return args[1];
    }
    if (call == Call::close_range && table.has_close_range) {
      for (auto &[number, entry] : table.open) {
        entry.cloexec = entry.cloexec || (number >= args[0] && number <= args[1]);
      }
      return 0;
    }
    return -ENOSYS;
  }

  std::map<int, int> after_exec() const {
    std::map<int, int> result;
    for (const auto &[number, entry] : open) {
      if (!entry.cloexec) {
        result[number] = entry.what;
      }
    }
    return result;
  }
};

constexpr int report = 1000;

}  // namespace

TEST(SpawnDescriptors, EveryPermutationOfFourNumbersIsPlaced) {
  std::vector<int> numbers = {3, 4, 5, 6};
  do {
    Table table;
    std::vector<FdPlace> places;
    for (int i = 0; i < 4; i++) {
      table.open[3 + i] = {3 + i, true};
      places.push_back({3 + i, numbers[static_cast<size_t>(i)]});
    }
    table.open[7] = {report, true};
    int keep = 7;
    Failure failure;
    ASSERT_EQ(spawn::place_fds(table.door(), places, keep, failure), 0);
    std::map<int, int> wanted;
    for (int i = 0; i < 4; i++) {
      wanted[numbers[static_cast<size_t>(i)]] = 3 + i;
    }
    EXPECT_EQ(table.after_exec(), wanted);
  } while (std::next_permutation(numbers.begin(), numbers.end()));
}

TEST(SpawnDescriptors, PipeToTheParentIsMovedOutOfTheWay) {
  Table table;
  table.open[3] = {report, true};
  table.open[4] = {4, true};
  std::vector<FdPlace> places = {{4, 3}};
  int keep = 3;
  Failure failure;
  ASSERT_EQ(spawn::place_fds(table.door(), places, keep, failure), 0);
  EXPECT_EQ(table.open[3], (Open{4, false}));
  EXPECT_EQ(table.open[keep], (Open{report, true}));
}

TEST(SpawnDescriptors, OneDescriptorGoesToTwoNumbers) {
  Table table;
  table.open[3] = {3, true};
  std::vector<FdPlace> places = {{3, 0}, {3, 1}};
  int keep = 9;
  Failure failure;
  ASSERT_EQ(spawn::place_fds(table.door(), places, keep, failure), 0);
  EXPECT_EQ(table.after_exec(), (std::map<int, int>{{0, 3}, {1, 3}}));
}

TEST(SpawnDescriptors, NoFreeNumberIsTold) {
  Table table;
  table.limit = 4;
  table.open[3] = {3, true};
  std::vector<FdPlace> places = {{3, 3}};
  int keep = 9;
  Failure failure;
  EXPECT_EQ(spawn::place_fds(table.door(), places, keep, failure), -EMFILE);
  EXPECT_STREQ(failure.call, "fcntl");
}

class SpawnDescriptorsLeft : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(CloseRange, SpawnDescriptorsLeft, testing::Values(true, false));

TEST_P(SpawnDescriptorsLeft, AreTheFirstThreeAndThoseThatWerePlaced) {
  Table table;
  table.has_close_range = GetParam();
  for (int fd = 0; fd < 20; fd++) {
    table.open[fd] = {fd, false};
  }
  std::vector<FdPlace> places = {{3, 12}, {4, 5}};
  Failure failure;
  ASSERT_EQ(spawn::close_others_on_exec(table.door(), places, failure), 0);
  EXPECT_EQ(table.after_exec(), (std::map<int, int>{{0, 0}, {1, 1}, {2, 2}, {5, 5}, {12, 12}}));
}
