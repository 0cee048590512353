// SPDX-License-Identifier: MIT
// The table and the tree against what the kernel says by other calls: statmount(2) for the fields, statx(2) for what is visible.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <mountplan/tree.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "table/read.hpp"

namespace {

// Kernel structs of listmount(2) and statmount(2), written down from their documentation.
struct Request {
  uint32_t size = 24;
  uint32_t spare = 0;
  uint64_t id = 0;
  uint64_t param = 0;
};
struct StatMount {
  uint32_t size, options;
  uint64_t mask;
  uint32_t major, minor;
  uint64_t magic;
  uint32_t super_flags, type;
  uint64_t id, parent_id;
  uint32_t id_old, parent_id_old;
  uint64_t attributes, propagation, peer_group, master, propagate_from;
  uint32_t root, point;
  uint64_t namespace_id;
  uint32_t subtype, source;
  unsigned char rest[512 - 128];
  char strings[16384];
};
static_assert(offsetof(StatMount, strings) == 512);
constexpr uint64_t want_super = 1, want_basic = 2, want_propagate_from = 4, want_root = 8, want_point = 16, want_type = 32,
                   want_options = 128, want_subtype = 256, want_source = 512;

std::vector<uint64_t> list_mounts() {
  std::vector<uint64_t> ids(65536);
  Request request;
  request.id = UINT64_MAX;  // from the root on
  const long count = syscall(458, &request, ids.data(), ids.size(), 0);
  ids.resize(count < 0 ? 0 : static_cast<size_t>(count));
  return ids;
}

bool stat_mount(uint64_t id, StatMount &out) {
  Request request;
  request.id = id;
  request.param =
      want_super | want_basic | want_propagate_from | want_root | want_point | want_type | want_options | want_subtype | want_source;
  memset(&out, 0, sizeof out);
  return syscall(457, &request, &out, sizeof out, 0) == 0;
}

uint64_t attributes_of(uint64_t kernel) {
  constexpr uint64_t noatime = 0x10, strictatime = 0x20, nosymfollow = 0x200000;
  uint64_t out = kernel & 0xf;  // ro, nosuid, nodev, noexec
  out |= (kernel & nosymfollow) != 0 ? uint64_t{MPLAN_ATTR_NOSYMFOLLOW} : 0;
  out |= (kernel & 0x80) != 0 ? uint64_t{MPLAN_ATTR_NODIRATIME} : 0;
  const uint64_t atime = kernel & 0x70;
  return out | (atime == noatime ? MPLAN_ATTR_NOATIME : atime == strictatime ? MPLAN_ATTR_STRICTATIME : MPLAN_ATTR_RELATIME);
}

uint64_t propagation_of(uint64_t kernel) {
  uint64_t out = 0;
  out |= (kernel & MS_SHARED) != 0 ? uint64_t{MPLAN_PROPAGATION_SHARED} : 0;
  out |= (kernel & MS_SLAVE) != 0 ? uint64_t{MPLAN_PROPAGATION_SLAVE} : 0;
  out |= (kernel & MS_UNBINDABLE) != 0 ? uint64_t{MPLAN_PROPAGATION_UNBINDABLE} : 0;
  return out == 0 ? uint64_t{MPLAN_PROPAGATION_PRIVATE} : out;
}

// The id of the mount a path leads to, symbolic links and automounts left alone; 0 where it leads nowhere.
uint64_t mount_at(const char *path) {
  const int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  struct statx answer = {};
  const bool known = fd >= 0 && statx(fd, "", AT_EMPTY_PATH | AT_NO_AUTOMOUNT, STATX_MNT_ID, &answer) == 0;
  if (fd >= 0) {
    close(fd);
  }
  return known && (answer.stx_mask & STATX_MNT_ID) != 0 ? answer.stx_mnt_id : 0;
}

// A private mount namespace with a scratch tmpfs.
class Live : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) {
      refuse("mounting needs root");
    } else if (unshare(CLONE_NEWNS) != 0) {
      refuse("unshare: " + std::string(strerror(errno)));
    } else {
      ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
      char name[] = "/tmp/live-table-XXXXXX";
      ASSERT_NE(mkdtemp(name), nullptr);
      scratch_ = name;
      ASSERT_EQ(mount("scratch", name, "tmpfs", 0, nullptr), 0);
    }
  }
  void TearDown() override {
    mplan_tree_free(tree_);
    mplan_table_unref(table_);
    if (!scratch_.empty()) {
      umount2(scratch_.c_str(), MNT_DETACH);
      rmdir(scratch_.c_str());
    }
  }

  void refuse(const std::string &reason) {
    const char *required = getenv("MOUNTPLAN_REQUIRE_LIVE");
    if (required != nullptr && strcmp(required, "1") == 0) {
      FAIL() << reason;
    }
    GTEST_SKIP() << reason;
  }

  std::string path(const std::string &name) const { return scratch_ + "/" + name; }
  void add_tmpfs(const std::string &name, unsigned long flags = 0, const char *data = nullptr, const char *source = "test") {
    for (size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      mkdir(path(name.substr(0, slash)).c_str(), 0755);
    }
    mkdir(path(name).c_str(), 0755);
    ASSERT_EQ(mount(source, path(name).c_str(), "tmpfs", flags, data), 0) << name << ": " << strerror(errno);
  }
  void set_propagation(const std::string &name, unsigned long type) {
    ASSERT_EQ(mount(nullptr, path(name).c_str(), nullptr, type, nullptr), 0) << name;
  }

  // Everything that was ever got wrong: look-alike names, stacks, siblings above and beneath, odd bytes, flags, propagation.
  void make_mounts() {
    add_tmpfs("a");
    add_tmpfs("ab", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    add_tmpfs("a/deep/er");
    add_tmpfs("a-b", MS_RDONLY | MS_NOATIME);
    add_tmpfs("stack", MS_STRICTATIME);
    add_tmpfs("stack/hidden");
    add_tmpfs("stack/hidden/more");
    add_tmpfs("stack", 0, "size=64k,mode=700");
    add_tmpfs("stack", MS_NODIRATIME);
    add_tmpfs("stack/seen");
    add_tmpfs("long/er/path");
    add_tmpfs("long");
    add_tmpfs("long/er");
    add_tmpfs("two words");
    add_tmpfs("new\nline");
    add_tmpfs("back\\slash");
    add_tmpfs("back\\040slash");
    add_tmpfs("tab\tand#hash");
    add_tmpfs("\xff\x01");
    add_tmpfs("source", 0, nullptr, "a source, with\\all #\n\t");
    add_tmpfs("empty source", 0, nullptr, "");
    add_tmpfs("shared");
    set_propagation("shared", MS_SHARED);
    add_tmpfs("shared/below");
    add_tmpfs("both");
    ASSERT_EQ(mount(path("shared").c_str(), path("both").c_str(), nullptr, MS_BIND, nullptr), 0);
    set_propagation("both", MS_SLAVE);
    set_propagation("both", MS_SHARED);
    add_tmpfs("unbindable");
    set_propagation("unbindable", MS_UNBINDABLE);
    ASSERT_EQ(mkdir(path("a/sub").c_str(), 0755), 0);
    add_tmpfs("bind");
    ASSERT_EQ(mount(path("a/sub").c_str(), path("bind").c_str(), nullptr, MS_BIND, nullptr), 0);
  }

  void read() {
    mplan_error *error = nullptr;
    ASSERT_EQ(mplan_table_read_self(0, &table_, &error), 0) << mplan_error_message(error);
    ASSERT_EQ(mplan_table_flags(table_), 0u);
  }

  std::string scratch_;
  mplan_table *table_ = nullptr;
  mplan_tree *tree_ = nullptr;
};

}  // namespace

TEST_F(Live, EveryFieldIsWhatStatmountSays) {
  if (list_mounts().empty()) {
    if (errno == ENOSYS) {
      GTEST_SKIP() << "this kernel does not have listmount(2)";
    }
    refuse("no listmount(2) here");
    return;
  }
  make_mounts();
  ASSERT_FALSE(HasFatalFailure());
  read();
  std::map<uint64_t, StatMount> expected;
  for (const uint64_t id : list_mounts()) {
    StatMount stat;
    ASSERT_TRUE(stat_mount(id, stat));
    expected[stat.id_old] = stat;
  }
  ASSERT_EQ(mplan_table_count(table_), expected.size());
  for (size_t i = 0; i < mplan_table_count(table_); i++) {
    struct mplan_mount got;
    ASSERT_EQ(mplan_table_get(table_, i, &got, sizeof got), 0);
    ASSERT_EQ(expected.count(got.id), 1u) << got.id;
    const StatMount &stat = expected[got.id];
    SCOPED_TRACE(got.mount_point);
    const auto text = [&](uint32_t offset) { return std::string(stat.strings + offset); };
    EXPECT_EQ(got.parent_id, stat.parent_id_old);
    EXPECT_EQ(got.major, stat.major);
    EXPECT_EQ(got.minor, stat.minor);
    EXPECT_EQ(got.attributes, attributes_of(stat.attributes));
    EXPECT_EQ(got.propagation, propagation_of(stat.propagation));
    EXPECT_EQ(got.shared, stat.peer_group);
    EXPECT_EQ(got.master, stat.master);
    EXPECT_EQ(got.root, text(stat.root));
    EXPECT_EQ(got.mount_point, text(stat.point));
    const std::string subtype = (stat.mask & want_subtype) != 0 ? "." + text(stat.subtype) : "";
    EXPECT_EQ(got.type, text(stat.type) + subtype);
    if ((stat.mask & want_source) != 0) {
      EXPECT_EQ(got.source, text(stat.source));
    }
    if ((stat.mask & want_options) != 0 && strcmp(got.type, "tmpfs") == 0) {
      const std::string options = text(stat.options);
      EXPECT_EQ(got.super_options, (strncmp(got.super_options, "ro", 2) == 0 ? "ro" : "rw") + (options.empty() ? "" : "," + options));
    }
  }
}

TEST_F(Live, ExactlyTheVisibleMountsAreReachedByTheirPath) {
  make_mounts();
  ASSERT_FALSE(HasFatalFailure());
  read();
  mplan_error *error = nullptr;
  ASSERT_EQ(mplan_tree_unfold(table_, scratch_.c_str(), 0, &tree_, &error), 0) << mplan_error_message(error);
  size_t covered = 0;
  for (size_t i = 0; i < mplan_tree_count(tree_); i++) {
    struct mplan_node node;
    struct mplan_mount mount;
    ASSERT_EQ(mplan_tree_get(tree_, i, &node, sizeof node), 0);
    ASSERT_EQ(mplan_table_get(table_, node.mount, &mount, sizeof mount), 0);
    EXPECT_EQ(mount_at(mount.mount_point) == mount.id, node.covered == 0) << mount.mount_point << " reason " << node.reason;
    covered += node.covered;
  }
  // The two lower mounts of the stack with two below them, the path under its sibling, and the mounts that the two binds cover.
  EXPECT_EQ(covered, 7u);
}

TEST_F(Live, TheWholeNamespaceIsUnfoldedRight) {
  make_mounts();
  ASSERT_FALSE(HasFatalFailure());
  read();
  ASSERT_EQ(mplan_tree_unfold(table_, nullptr, 0, &tree_, nullptr), 0);
  ASSERT_EQ(mplan_tree_count(tree_), mplan_table_count(table_));
  for (size_t i = 0; i < mplan_tree_count(tree_); i++) {
    struct mplan_node node;
    struct mplan_mount mount;
    ASSERT_EQ(mplan_tree_get(tree_, i, &node, sizeof node), 0);
    ASSERT_EQ(mplan_table_get(table_, node.mount, &mount, sizeof mount), 0);
    EXPECT_EQ(mount_at(mount.mount_point) == mount.id, node.covered == 0) << mount.mount_point << " reason " << node.reason;
  }
}

TEST_F(Live, AMountPlacedBeneathIsNotTheTop) {
  add_tmpfs("top");
  const uint64_t top = mount_at(path("top").c_str());
  constexpr unsigned clone = 1, from_empty = 0x4, beneath = 0x200;
  add_tmpfs("other");
  const long tree = syscall(428, AT_FDCWD, path("other").c_str(), clone);
  ASSERT_GE(tree, 0);
  if (syscall(429, tree, "", AT_FDCWD, path("top").c_str(), from_empty | beneath) != 0) {
    if (errno == EINVAL) {
      GTEST_SKIP() << "this kernel places nothing beneath a mount";
    }
    refuse("no move_mount(2) beneath here: " + std::string(strerror(errno)));
    return;
  }
  read();
  ASSERT_EQ(mplan_tree_unfold(table_, path("top").c_str(), 0, &tree_, nullptr), 0);
  struct mplan_node node;
  struct mplan_mount mount;
  ASSERT_EQ(mplan_tree_get(tree_, 0, &node, sizeof node), 0);
  ASSERT_EQ(mplan_table_get(table_, node.mount, &mount, sizeof mount), 0);
  EXPECT_EQ(mount.id, top);
}

TEST_F(Live, ATableThatChangesWhileItIsReadIsReadAgain) {
  // Given a mount that appears between the last line and the end of the file.
  struct Disturber {
    std::function<void()> disturb;
    int readings = 0;
    static long invoke(void *self, mountplan::kernel::Call call, const long args[6]) {
      auto *disturber = static_cast<Disturber *>(self);
      const long result = mountplan::kernel::live.invoke(mountplan::kernel::live.self, call, args);
      if (call == mountplan::kernel::Call::read && result == 0 && disturber->readings++ == 0) {
        disturber->disturb();
      }
      return result;
    }
  } disturber;
  disturber.disturb = [&] { add_tmpfs("late"); };
  mountplan::table::Memory memory;
  mountplan::table::Table table(memory);
  mountplan::base::Failure failure;
  const mountplan::kernel::Kernel kernel{&disturber, Disturber::invoke};
  ASSERT_EQ(mountplan::table::read_self(kernel, {}, table, failure), 0) << failure.detail;
  EXPECT_EQ(disturber.readings, 2);
  EXPECT_EQ(table.flags, 0u);
  EXPECT_NE(table.find(mount_at(path("late").c_str())), mountplan::table::none);
}

TEST_F(Live, AnotherProcessIsReadByItsPid) {
  add_tmpfs("mine");
  mplan_error *error = nullptr;
  ASSERT_EQ(mplan_table_read_pid(getpid(), 0, &table_, &error), 0) << mplan_error_message(error);
  EXPECT_GE(mplan_table_find_id(table_, mount_at(path("mine").c_str())), 0);
}
