// SPDX-License-Identifier: MIT
// The reader of listmount(2) and statmount(2), on a kernel that plays a namespace: mounts vanish, come, and do not tell everything.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <map>
#include <string>

#include "kernel/statmount.hpp"
#include "table/parse.hpp"
#include "table/read.hpp"
#include "table/read_statmount.hpp"

namespace {

using mountplan::kernel::Call;
using mountplan::kernel::Kernel;
using mountplan::kernel::MountRequest;
using mountplan::kernel::StatMount;
using mountplan::table::Limits;
using mountplan::table::Memory;
using mountplan::table::Table;

constexpr uint64_t unique_base = uint64_t{1} << 31;

struct FakeMount {
  uint32_t parent = 1;
  std::string point = "/";
  std::string root = "/";
  std::string type = "tmpfs";
  std::string subtype = "";
  std::string source = "none";
  std::string options = "";
  uint64_t attributes = 0;
  uint64_t propagation = 1 << 18;
  uint64_t shared = 0;
  uint64_t master = 0;
  uint64_t from = 0;
  uint32_t super_flags = 0;
};

// The mounts by their old id; the unique one is that and unique_base.
struct FakeNamespace {
  std::map<uint32_t, FakeMount> mounts;
  uint64_t known = 0x1fff;
  long list_result = 0;
  std::function<void(uint32_t id)> before_stat = [](uint32_t) {};
  std::function<void()> before_list = [] {};
  int lists = 0;
  bool proc = true;

  Kernel kernel() { return Kernel{this, invoke}; }
  static long invoke(void *self, Call call, const long args[6]) { return static_cast<FakeNamespace *>(self)->answer(call, args); }

  long answer(Call call, const long args[6]) {
    switch (call) {
      case Call::listmount:
        return list(*reinterpret_cast<const MountRequest *>(args[0]), reinterpret_cast<uint64_t *>(args[1]), static_cast<size_t>(args[2]));
      case Call::statmount:
        return stat(*reinterpret_cast<const MountRequest *>(args[0]), reinterpret_cast<char *>(args[1]), static_cast<size_t>(args[2]));
      case Call::openat:
        return proc ? 7 : -ENOENT;
      case Call::read:
      case Call::poll:
      case Call::close:
        return 0;
      default:
        ADD_FAILURE() << "unexpected " << mountplan::kernel::call_name(call);
        return -ENOSYS;
    }
  }

  long list(const MountRequest &request, uint64_t *ids, size_t room) {
    EXPECT_EQ(request.id, UINT64_MAX);
    lists++;
    before_list();
    if (list_result != 0) {
      return list_result;
    }
    long count = 0;
    for (const auto &[id, mount] : mounts) {
      if (unique_base + id > request.param && static_cast<size_t>(count) < room) {
        ids[count++] = unique_base + id;
      }
    }
    return count;
  }

  long stat(const MountRequest &request, char *out, size_t size) {
    const auto id = static_cast<uint32_t>(request.id - unique_base);
    before_stat(id);
    if (!mounts.contains(id)) {
      return -ENOENT;
    }
    const FakeMount &mount = mounts[id];
    StatMount stat;
    memset(&stat, 0, sizeof stat);
    std::string strings;
    const auto text = [&](uint64_t bit, const std::string &value, uint32_t &offset) {
      if ((known & request.param & bit) != 0 && !value.empty()) {
        offset = static_cast<uint32_t>(strings.size());
        strings += value + '\0';
        stat.mask |= bit;
      }
    };
    text(mountplan::kernel::statmount_point, mount.point, stat.point);
    text(mountplan::kernel::statmount_root, mount.root, stat.root);
    text(mountplan::kernel::statmount_type, mount.type, stat.type);
    text(mountplan::kernel::statmount_subtype, mount.subtype, stat.subtype);
    text(mountplan::kernel::statmount_source, mount.source, stat.source);
    text(mountplan::kernel::statmount_options, mount.options, stat.super_options);
    stat.mask |= known & request.param & 0x7;
    if ((known & mountplan::kernel::statmount_supported) != 0) {
      stat.mask |= mountplan::kernel::statmount_supported;
      stat.supported = known;
    }
    stat.id = request.id;
    stat.id_old = id;
    stat.parent_id_old = mount.parent;
    stat.major = 0;
    stat.minor = 7;
    stat.attributes = mount.attributes;
    stat.propagation = mount.propagation;
    stat.peer_group = mount.shared;
    stat.master = mount.master;
    stat.propagate_from = mount.from;
    stat.super_flags = mount.super_flags;
    if (sizeof stat + strings.size() > size) {
      return -EOVERFLOW;
    }
    memcpy(out, &stat, sizeof stat);
    memcpy(out + sizeof stat, strings.data(), strings.size());
    return 0;
  }
};

struct Result {
  Memory memory;
  Table table{memory};
  mountplan::base::Failure failure;
};

struct Statmount : testing::Test {
  FakeNamespace fake;
  Result read;

  int run() { return mountplan::table::read_statmount(fake.kernel(), Limits{}, read.table, read.failure); }
  std::string point(size_t i) { return read.table.string(read.table.entries[i].mount_point); }
};

}  // namespace

TEST_F(Statmount, GivesTheFieldsOfTheText) {
  FakeMount mount;
  mount.parent = 20;
  mount.point = "/two words";
  mount.root = "/sub";
  mount.type = "fuse";
  mount.subtype = "sshfs";
  mount.source = "host:";
  mount.options = "user_id=0,a\\054b";
  mount.attributes = 0x01 | 0x02 | 0x80 | 0x20 | 0x200000;  // ro nosuid nodiratime strictatime nosymfollow
  mount.propagation = (1 << 20) | (1 << 19);
  mount.shared = 3;
  mount.master = 4;
  mount.from = 2;
  mount.super_flags = 1 | 16;
  fake.mounts[21] = mount;
  ASSERT_EQ(run(), 0) << read.failure.detail;

  Result text;
  const std::string line =
      "21 20 0:7 /sub /two\\040words ro,nosuid,nodiratime,nosymfollow shared:3 master:4 propagate_from:2 - fuse.sshfs host: "
      "ro,sync,user_id=0,a\\054b\n";
  ASSERT_EQ(mountplan::table::parse(line, Limits{}, text.table, text.failure), 0);
  ASSERT_EQ(read.table.count(), 1u);
  const auto &got = read.table.entries[0];
  const auto &expected = text.table.entries[0];
  EXPECT_EQ(got.id, expected.id);
  EXPECT_EQ(got.parent_id, expected.parent_id);
  EXPECT_EQ(got.minor, expected.minor);
  EXPECT_EQ(got.mount_point_length, expected.mount_point_length);
  for (auto field : {&mountplan::table::Entry::root, &mountplan::table::Entry::mount_point, &mountplan::table::Entry::options,
                     &mountplan::table::Entry::optional, &mountplan::table::Entry::type, &mountplan::table::Entry::source,
                     &mountplan::table::Entry::super_options}) {
    EXPECT_STREQ(read.table.string(got.*field), text.table.string(expected.*field));
  }
  EXPECT_EQ(read.table.unique_ids[0], unique_base + 21);
}

TEST_F(Statmount, TakesASourceThatIsNotToldAsEmpty) {
  fake.mounts[1] = {};
  fake.mounts[2] = {.parent = 1, .point = "/a", .source = ""};
  ASSERT_EQ(run(), 0);
  EXPECT_STREQ(read.table.string(read.table.entries[1].source), "");
}

TEST_F(Statmount, LeavesOutAMountThatVanishedAfterItWasListed) {
  fake.mounts[1] = {};
  fake.mounts[2] = {.parent = 1, .point = "/gone"};
  fake.mounts[3] = {.parent = 1, .point = "/stays"};
  fake.before_stat = [&](uint32_t id) {
    if (id == 2) {
      fake.mounts.erase(2);
    }
  };
  ASSERT_EQ(run(), 0) << read.failure.detail;
  ASSERT_EQ(read.table.count(), 2u);
  EXPECT_EQ(point(1), "/stays");
  EXPECT_EQ(read.table.unique_ids[1], unique_base + 3);
  EXPECT_EQ(read.table.flags, 0u);
}

TEST_F(Statmount, ReadsAgainWhenAMountAppearedMeanwhile) {
  fake.mounts[1] = {};
  fake.before_list = [&] {
    if (fake.lists == 2) {
      fake.mounts[2] = {.parent = 1, .point = "/late"};
    }
  };
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(fake.lists, 4);
  ASSERT_EQ(read.table.count(), 2u);
  EXPECT_EQ(point(1), "/late");
  EXPECT_EQ(read.table.flags, 0u);
}

TEST_F(Statmount, FlagsANamespaceThatNeverHoldsStill) {
  fake.mounts[1] = {};
  fake.before_list = [&] {
    if (fake.lists % 2 == 0) {
      fake.mounts[static_cast<uint32_t>(fake.lists)] = {.parent = 1, .point = "/more"};
    }
  };
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(read.table.flags, uint64_t{MPLAN_TABLE_UNSTABLE});
}

TEST_F(Statmount, TakesMoreMountsThanOneListHolds) {
  for (uint32_t id = 1; id <= 3000; id++) {
    fake.mounts[id] = {.parent = 1, .point = "/" + std::to_string(id)};
  }
  ASSERT_EQ(run(), 0);
  ASSERT_EQ(read.table.count(), 3000u);
  EXPECT_EQ(point(2999), "/3000");
  EXPECT_EQ(read.table.find(3000), 2999u);
}

TEST_F(Statmount, TakesAnAnswerThatIsLongerThanTheFirstBuffer) {
  fake.mounts[1] = {.options = std::string(126602, 'x')};
  ASSERT_EQ(run(), 0);
  EXPECT_EQ(strlen(read.table.string(read.table.entries[0].super_options)), 3u + 126602u);
}

TEST_F(Statmount, RefusesAKernelThatDoesNotTellTheSource) {
  fake.known = 0xff;  // Linux 6.11
  fake.mounts[1] = {};
  EXPECT_EQ(run(), -EOPNOTSUPP);
  EXPECT_EQ(read.failure.kind, mountplan::base::Kind::unsupported);
}

TEST_F(Statmount, NeverTakesAFieldThatTheMaskDoesNotName) {
  fake.known = 0x1fff & ~mountplan::kernel::statmount_point;
  fake.mounts[1] = {};
  EXPECT_EQ(run(), -EOPNOTSUPP);
}

TEST_F(Statmount, ThatCanNotListIsAnErrorAndNotAnEmptyTable) {
  fake.list_result = -EPERM;
  EXPECT_EQ(run(), -EPERM);
  EXPECT_STREQ(read.failure.call, "listmount");
}

TEST_F(Statmount, StopsAtTheLimitOfMounts) {
  for (uint32_t id = 1; id <= 20; id++) {
    fake.mounts[id] = {};
  }
  Limits limits;
  limits.mounts = 10;
  EXPECT_EQ(mountplan::table::read_statmount(fake.kernel(), limits, read.table, read.failure), -EOVERFLOW);
}

TEST_F(Statmount, FillsARegionAsWell) {
  for (uint32_t id = 1; id <= 100; id++) {
    fake.mounts[id] = {.parent = 1, .point = "/" + std::to_string(id)};
  }
  static char region[1 << 20];
  Memory memory(region, sizeof region);
  Table table(memory);
  ASSERT_EQ(mountplan::table::read_statmount(fake.kernel(), Limits{}, table, read.failure), 0);
  EXPECT_EQ(table.count(), 100u);
}

TEST_F(Statmount, IsTheFallbackWhereThereIsNoProc) {
  fake.proc = false;
  fake.mounts[5] = {};
  ASSERT_EQ(mountplan::table::read_self_by(fake.kernel(), 0, Limits{}, read.table, read.failure), 0);
  EXPECT_EQ(read.table.count(), 1u);
}

TEST_F(Statmount, IsNotAskedWhereTheTextWasWanted) {
  fake.proc = false;
  fake.mounts[5] = {};
  EXPECT_EQ(mountplan::table::read_self_by(fake.kernel(), MPLAN_TABLE_READ_MOUNTINFO, Limits{}, read.table, read.failure), -ENOENT);
  EXPECT_EQ(fake.lists, 0);
}

TEST_F(Statmount, ThatIsMissingTooLeavesTheErrorOfTheText) {
  fake.proc = false;
  fake.list_result = -ENOSYS;
  EXPECT_EQ(mountplan::table::read_self_by(fake.kernel(), 0, Limits{}, read.table, read.failure), -ENOENT);
  EXPECT_STREQ(read.failure.call, "openat");
}
