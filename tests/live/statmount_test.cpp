// SPDX-License-Identifier: MIT
// The two readers of the mount table against each other: listmount(2) and statmount(2), and the text.
#include <mountplan/mountplan.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "live/harness.hpp"

namespace {

class Table {
 public:
  explicit Table(uint64_t flags) {
    mplan_error *error = nullptr;
    result_ = mplan_table_read_self(flags, &table_, &error);
    message_ = error != nullptr ? mplan_error_message(error) : "";
    mplan_error_free(error);
  }
  Table(const Table &) = delete;
  Table &operator=(const Table &) = delete;
  ~Table() { mplan_table_unref(table_); }

  int result() const { return result_; }
  const std::string &message() const { return message_; }
  size_t count() const { return mplan_table_count(table_); }
  uint64_t flags() const { return mplan_table_flags(table_); }
  struct mplan_mount at(size_t i) const {
    struct mplan_mount mount = {};
    EXPECT_EQ(mplan_table_get(table_, i, &mount, sizeof mount), 0);
    return mount;
  }

 private:
  mplan_table *table_ = nullptr;
  int result_ = 0;
  std::string message_;
};

constexpr const char *no_statmount = "statmount(2) does not tell every field here";

bool can_read() {
  Table table(MPLAN_TABLE_READ_STATMOUNT);
  return table.result() != -ENOSYS && table.result() != -EOPNOTSUPP;
}

void add(const std::string &name, unsigned long flags = 0, const char *data = nullptr, const char *source = "test") {
  live::mkdirs(live::path(name));
  ASSERT_EQ(mount(source, live::path(name).c_str(), "tmpfs", flags, data), 0) << name << ": " << strerror(errno);
}

void change(const std::string &name, unsigned long type) {
  ASSERT_EQ(mount(nullptr, live::path(name).c_str(), nullptr, type, nullptr), 0) << name << ": " << strerror(errno);
}

void make_busy() {
  add("a");
  add("a/deep/er", MS_NOSUID | MS_NODEV | MS_NOEXEC);
  add("a-b", MS_RDONLY | MS_NOATIME);
  add("stack", MS_STRICTATIME);
  add("stack/hidden");
  add("stack", MS_NODIRATIME, "size=64k,mode=700");
  add("two words");
  add("new\nline");
  add("back\\slash");
  add("tab\tand#hash");
  add("\xff\x01");
  add("source", 0, nullptr, "a source, with\\all #\n\t");
  add("empty source", 0, nullptr, "");
  add("lazy", MS_LAZYTIME | MS_SYNCHRONOUS | MS_DIRSYNC);
  add("nolinks", 256);
  add("shared");
  change("shared", MS_SHARED);
  add("shared/below");
  add("both");
  ASSERT_EQ(mount(live::path("shared").c_str(), live::path("both").c_str(), nullptr, MS_BIND, nullptr), 0);
  change("both", MS_SLAVE);
  change("both", MS_SHARED);
  add("unbindable");
  change("unbindable", MS_UNBINDABLE);
  live::mkdirs(live::path("a/sub dir"));
  add("bind");
  ASSERT_EQ(mount(live::path("a/sub dir").c_str(), live::path("bind").c_str(), nullptr, MS_BIND, nullptr), 0);
  for (const char *name : {"upper", "work", "merged"}) {
    live::mkdirs(live::path(std::string("overlay/") + name));
  }
  live::mkdirs(live::path("overlay/low,er:1"));
  const std::string options = "lowerdir=" + live::path("overlay/low\\,er\\:1") + ",upperdir=" + live::path("overlay/upper") +
                              ",workdir=" + live::path("overlay/work") + ",userxattr";
  ASSERT_EQ(mount("overlay", live::path("overlay/merged").c_str(), "overlay", 0, options.c_str()), 0) << strerror(errno);
}

// Both readers give the same table, field by field.
void expect_equal() {
  Table text(MPLAN_TABLE_READ_MOUNTINFO);
  Table stat(MPLAN_TABLE_READ_STATMOUNT);
  ASSERT_EQ(text.result(), 0) << text.message();
  ASSERT_EQ(stat.result(), 0) << stat.message();
  ASSERT_EQ(text.count(), stat.count());
  std::set<uint64_t> unique;
  for (size_t i = 0; i < text.count(); i++) {
    const struct mplan_mount a = text.at(i);
    const struct mplan_mount b = stat.at(i);
    SCOPED_TRACE(a.mount_point);
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.parent_id, b.parent_id);
    EXPECT_EQ(a.major, b.major);
    EXPECT_EQ(a.minor, b.minor);
    EXPECT_EQ(a.attributes, b.attributes);
    EXPECT_EQ(a.propagation, b.propagation);
    EXPECT_EQ(a.shared, b.shared);
    EXPECT_EQ(a.master, b.master);
    EXPECT_EQ(a.propagate_from, b.propagate_from);
    EXPECT_STREQ(a.root, b.root);
    EXPECT_STREQ(a.mount_point, b.mount_point);
    EXPECT_STREQ(a.options, b.options);
    EXPECT_STREQ(a.optional, b.optional);
    EXPECT_STREQ(a.type, b.type);
    EXPECT_STREQ(a.source, b.source);
    EXPECT_STREQ(a.super_options, b.super_options);
    EXPECT_EQ(a.unique_id, 0u);
    EXPECT_NE(b.unique_id, 0u);
    EXPECT_TRUE(unique.insert(b.unique_id).second);
  }
}

// Nothing is to be found at /proc any more.
void hide_proc() { ASSERT_EQ(mount("none", "/proc", "tmpfs", 0, nullptr), 0) << strerror(errno); }

}  // namespace

LIVE_TEST(LiveStatmount, GivesTheTableOfTheTextFieldByField) {
  if (!can_read()) {
    GTEST_SKIP() << no_statmount;
  }
  make_busy();
  expect_equal();
}

LIVE_TEST(LiveStatmount, GivesTheForestThatAChrootSees) {
  if (!can_read()) {
    GTEST_SKIP() << no_statmount;
  }
  make_busy();
  live::mkdirs(live::path("jail/proc"));
  live::mkdirs(live::path("jail/x"));
  ASSERT_EQ(mount("/proc", live::path("jail/proc").c_str(), nullptr, MS_BIND | MS_REC, nullptr), 0);
  add("jail/x/inner");
  ASSERT_EQ(chroot(live::path("jail").c_str()), 0);
  ASSERT_EQ(chdir("/"), 0);
  expect_equal();
  Table stat(MPLAN_TABLE_READ_STATMOUNT);
  ASSERT_GE(stat.count(), 2u);
  EXPECT_STREQ(stat.at(stat.count() - 1).mount_point, "/x/inner");
}

LIVE_TEST(LiveStatmount, IsWhatTheDefaultTakesWhereThereIsNoProc) {
  if (!can_read()) {
    GTEST_SKIP() << no_statmount;
  }
  make_busy();
  hide_proc();
  Table text(MPLAN_TABLE_READ_MOUNTINFO);
  EXPECT_EQ(text.result(), -ENOENT);
  Table table(0);
  ASSERT_EQ(table.result(), 0) << table.message();
  EXPECT_NE(table.at(0).unique_id, 0u);
  bool found = false;
  for (size_t i = 0; i < table.count(); i++) {
    found = found || table.at(i).mount_point == live::path("two words");
  }
  EXPECT_TRUE(found);
}

LIVE_TEST(LiveStatmount, HoldsItsGroundInAStormOfMounts) {
  if (!can_read()) {
    GTEST_SKIP() << no_statmount;
  }
  add("still");
  live::mkdirs(live::path("storm"));
  std::atomic<bool> stop = false;
  std::thread storm([&] {
    while (!stop) {
      mount("test", live::path("storm").c_str(), "tmpfs", 0, nullptr);
      umount2(live::path("storm").c_str(), MNT_DETACH);
    }
  });
  for (int i = 0; i < 2000; i++) {
    Table table(MPLAN_TABLE_READ_STATMOUNT);
    if (table.result() != 0) {
      ADD_FAILURE() << table.message();
      break;
    }
    size_t still = 0;
    for (size_t m = 0; m < table.count(); m++) {
      still += table.at(m).mount_point == live::path("still") ? 1 : 0;
    }
    EXPECT_EQ(still, 1u);
  }
  stop = true;
  storm.join();
}

LIVE_TEST(LiveStatmount, IsRefusedWhereItCanNotBeMeant) {
  mplan_table *table = nullptr;
  EXPECT_EQ(mplan_table_read_self(MPLAN_TABLE_READ_STATMOUNT | MPLAN_TABLE_READ_MOUNTINFO, &table, nullptr), -EINVAL);
  EXPECT_EQ(mplan_table_read_self(1 << 2, &table, nullptr), -EINVAL);
  EXPECT_EQ(mplan_table_read_pid(getpid(), MPLAN_TABLE_READ_STATMOUNT, &table, nullptr), -EINVAL);
  EXPECT_EQ(mplan_table_parse("", 0, MPLAN_TABLE_READ_MOUNTINFO, &table, nullptr), -EINVAL);
  EXPECT_EQ(mplan_table_read_pid(getpid(), MPLAN_TABLE_READ_MOUNTINFO, &table, nullptr), 0);
  mplan_table_unref(table);
}
