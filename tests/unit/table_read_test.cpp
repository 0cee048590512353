// SPDX-License-Identifier: MIT
// Reading from a kernel that misbehaves on demand.
#include "table/read.hpp"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "unit/mount_text.hpp"

using mountplan::base::Failure;
using mountplan::kernel::Call;
using mountplan::kernel::Kernel;
using mountplan::table::Limits;
using mountplan::table::Memory;
using mountplan::table::Table;
using mountplan::test::mount_line;

namespace {

// A mountinfo file: each reading gives the next of `texts` (the last one for ever), at most `page` bytes per read. A poll
// says "changed" as many times as asked.
struct FakeKernel {
  std::vector<std::string> texts;
  size_t page = 40;
  int changes = 0;
  int interrupts = 0;
  long open_result = 5;
  long read_error = 0;
  long seek_result = 0;
  short poll_events = POLLERR | POLLPRI;

  size_t reading = 0;
  size_t offset = 0;
  int polls = 0;
  int seeks = 0;
  int closes = 0;
  std::string opened;

  Kernel kernel() { return Kernel{this, invoke}; }

  static long invoke(void *self, Call call, const long args[6]) { return static_cast<FakeKernel *>(self)->answer(call, args); }

  long answer(Call call, const long args[6]) {
    switch (call) {
      case Call::openat:
        opened = reinterpret_cast<const char *>(args[1]);
        return open_result;
      case Call::close:
        closes++;
        return 0;
      case Call::read:
        return read(reinterpret_cast<char *>(args[1]), static_cast<size_t>(args[2]));
      case Call::poll:
        polls++;
        reinterpret_cast<struct pollfd *>(args[0])->revents = changes > 0 ? poll_events : 0;
        return changes-- > 0 ? 1 : 0;
      case Call::lseek:
        seeks++;
        if (seek_result == 0) {
          reading += reading + 1 < texts.size() ? 1 : 0;
          offset = 0;
        }
        return seek_result;
      default:
        ADD_FAILURE() << "unexpected " << mountplan::kernel::call_name(call);
        return -ENOSYS;
    }
  }

  long read(char *out, size_t size) {
    if (interrupts > 0) {
      interrupts--;
      return -EINTR;
    }
    if (read_error != 0) {
      return read_error;
    }
    const std::string &text = texts[reading];
    const size_t take = std::min({size, page, text.size() - offset});
    memcpy(out, text.data() + offset, take);
    offset += take;
    return static_cast<long>(take);
  }
};

struct Result {
  Memory memory;
  Table table{memory};
  Failure failure;
  int result = 0;
};

struct Read : testing::Test {
  FakeKernel fake;
  Result read;

  int run() { return read.result = mountplan::table::read_fd(fake.kernel(), 5, Limits{}, read.table, read.failure); }
};

}  // namespace

TEST_F(Read, JoinsPagesToTheEnd) {
  std::string text;
  for (unsigned i = 1; i < 5000; i++) {
    text += mount_line(i, 0, "/");
  }
  fake.texts = {text};
  fake.page = 4096;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(read.table.count(), 4999u);
  EXPECT_EQ(read.table.flags, 0u);
  EXPECT_EQ(fake.seeks, 0);
}

TEST_F(Read, GoesOnAfterASignal) {
  fake.texts = {mount_line(1, 0, "/")};
  fake.interrupts = 3;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(read.table.count(), 1u);
}

TEST_F(Read, ReadsAgainWhenTheTableChanged) {
  fake.texts = {mount_line(1, 0, "/"), mount_line(2, 0, "/") + mount_line(3, 2, "/a")};
  fake.changes = 1;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(read.table.count(), 2u);
  EXPECT_EQ(read.table.entries[0].id, 2u);
  EXPECT_EQ(read.table.flags, 0u);
}

TEST_F(Read, FlagsATableThatNeverHoldsStill) {
  fake.texts = {mount_line(1, 0, "/")};
  fake.changes = 1000;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(read.table.flags, uint64_t{MPLAN_TABLE_UNSTABLE});
  EXPECT_EQ(read.table.count(), 1u);
  EXPECT_EQ(fake.seeks, 8);
}

TEST_F(Read, TakesAStableReadingAfterTheLastTry) {
  fake.texts = {mount_line(1, 0, "/")};
  fake.changes = 8;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(read.table.flags, 0u);
}

TEST_F(Read, NeverReadsAgainWhatCanNotSeek) {
  fake.texts = {mount_line(1, 0, "/")};
  fake.changes = 1000;
  fake.seek_result = -ESPIPE;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(fake.seeks, 1);
  EXPECT_EQ(read.table.flags, 0u);
}

TEST_F(Read, NeverReadsAgainAFileThatAnswersOtherwise) {
  fake.texts = {mount_line(1, 0, "/")};
  fake.changes = 1;
  fake.poll_events = POLLHUP;
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(fake.seeks, 0);
}

TEST_F(Read, ReportsTheErrorOfRead) {
  fake.read_error = -EIO;
  EXPECT_EQ(run(), -EIO);
  EXPECT_STREQ(read.failure.call, "read");
}

TEST_F(Read, StopsAtTheLimitOfBytes) {
  fake.texts = {std::string(1000, 'x')};
  Limits limits;
  limits.bytes = 100;
  EXPECT_EQ(mountplan::table::read_fd(fake.kernel(), 5, limits, read.table, read.failure), -EFBIG);
  EXPECT_LT(fake.offset, 200u);
}

TEST_F(Read, OfSelfOpensTheThreadsFileAndClosesIt) {
  fake.texts = {mount_line(1, 0, "/")};
  ASSERT_EQ(mountplan::table::read_self(fake.kernel(), Limits{}, read.table, read.failure), 0);
  EXPECT_EQ(fake.opened, "/proc/thread-self/mountinfo");
  EXPECT_EQ(fake.closes, 1);
}

TEST_F(Read, OfAProcessNamesTheFileThatIsMissing) {
  fake.open_result = -ENOENT;
  EXPECT_EQ(mountplan::table::read_pid(fake.kernel(), 42, Limits{}, read.table, read.failure), -ENOENT);
  EXPECT_STREQ(read.failure.call, "openat");
  EXPECT_STREQ(read.failure.path, "/proc/42/mountinfo");
  EXPECT_EQ(fake.closes, 0);
}

TEST_F(Read, OfAProcessRefusesPidsThatAreNotPositive) {
  EXPECT_EQ(mountplan::table::read_pid(fake.kernel(), 0, Limits{}, read.table, read.failure), -EINVAL);
  EXPECT_EQ(mountplan::table::read_pid(fake.kernel(), -1, Limits{}, read.table, read.failure), -EINVAL);
}

TEST_F(Read, FillsARegionToItsEnd) {
  std::string text;
  while (text.size() < 20000) {
    text += mount_line(1, 0, "/");
  }
  fake.texts = {text};
  fake.page = 4096;
  std::vector<char> region(mountplan::table::region_size(text.size(), text.size() / mount_line(1, 0, "/").size()));
  Memory memory(region.data(), region.size());
  Table table(memory);
  EXPECT_EQ(mountplan::table::read_fd(fake.kernel(), 5, Limits{}, table, read.failure), 0);

  std::vector<char> small(10000);
  Memory small_memory(small.data(), small.size());
  Table small_table(small_memory);
  fake.offset = 0;
  EXPECT_EQ(mountplan::table::read_fd(fake.kernel(), 5, Limits{}, small_table, read.failure), -ENOMEM);
}

TEST(ReadLive, TakesAPipeAndAFileFromItsOffset) {
  const std::string text = mount_line(1, 0, "/") + mount_line(2, 1, "/a");
  int pipe_fds[2];
  ASSERT_EQ(pipe2(pipe_fds, O_CLOEXEC), 0);
  ASSERT_EQ(write(pipe_fds[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(pipe_fds[1]);
  const int file = memfd_create("table", MFD_CLOEXEC);
  ASSERT_EQ(write(file, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  ASSERT_EQ(lseek(file, static_cast<off_t>(mount_line(1, 0, "/").size()), SEEK_SET), static_cast<off_t>(mount_line(1, 0, "/").size()));

  mplan_table *from_pipe = nullptr;
  mplan_table *from_file = nullptr;
  ASSERT_EQ(mplan_table_read_fd(pipe_fds[0], 0, &from_pipe, nullptr), 0);
  ASSERT_EQ(mplan_table_read_fd(file, 0, &from_file, nullptr), 0);
  EXPECT_EQ(mplan_table_count(from_pipe), 2u);
  EXPECT_EQ(mplan_table_count(from_file), 1u);
  EXPECT_EQ(mplan_table_find_id(from_file, 2), 0);
  mplan_table_unref(from_pipe);
  mplan_table_unref(from_file);
  close(pipe_fds[0]);
  close(file);
}

TEST(ReadLive, RefusesADescriptorThatIsNotOpen) {
  mplan_table *table = nullptr;
  mplan_error *error = nullptr;
  EXPECT_EQ(mplan_table_read_fd(-1, 0, &table, &error), -EBADF);
  EXPECT_STREQ(mplan_error_call(error), "read");
  EXPECT_EQ(table, nullptr);
  mplan_error_free(error);
}

TEST(ReadLive, ReadsItsOwnTable) {
  mplan_table *table = nullptr;
  ASSERT_EQ(mplan_table_read_self(0, &table, nullptr), 0);
  EXPECT_GT(mplan_table_count(table), 0u);
  mplan_table_unref(table);
}

TEST(ReadLive, SaysThatThereIsNoSuchProcess) {
  mplan_table *table = nullptr;
  EXPECT_EQ(mplan_table_read_pid(INT32_MAX, 0, &table, nullptr), -ENOENT);
}
