// SPDX-License-Identifier: MIT
// The adders: what each takes, what each refuses and how it says so, and the attributes each asks for.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>

#include "plan_adders.hpp"
#include "plan_tools.hpp"

namespace mountplan::test {
namespace {

class EveryAdder : public testing::TestWithParam<Adder> {
 protected:
  int add(uint64_t flags, mplan_error **err = nullptr) { return add("/target", flags, err); }
  int add(const char *target, uint64_t flags, mplan_error **err) {
    return GetParam().add(plan_.get(), target, flags | GetParam().needed, err);
  }

  PlanOwner plan_ = new_plan();
};
INSTANTIATE_TEST_SUITE_P(, EveryAdder, testing::ValuesIn(adders), [](const auto &row) { return row.param.name; });

TEST_P(EveryAdder, ReturnsTheIndexOfTheOpThatCanThenBeLookedAt) {
  ASSERT_EQ(mplan_plan_dir(plan_.get(), "/first", 0755, 0, nullptr), 0);
  ASSERT_EQ(add(0), 1);
  ASSERT_EQ(mplan_plan_count(plan_.get()), 2u);
  mplan_op op = op_of(plan_.get(), 1);
  EXPECT_EQ(op.kind, GetParam().kind);
  EXPECT_STREQ(op.name, mplan_op_kind_name(GetParam().kind));
  EXPECT_EQ(op.flags, GetParam().needed);
  EXPECT_EQ(op.symlinks, 0u);
}

TEST_P(EveryAdder, RefusesEachBitThatIsNoFlagOfItsOwnAndNamesIt) {
  for (int bit = 0; bit < 64; bit++) {
    uint64_t flag = uint64_t{1} << bit;
    if ((flag & GetParam().known) != 0) {
      continue;
    }
    char detail[64];
    base::Writer(detail, sizeof detail).text("flags has unknown bit ").hex(flag);
    Told told = expect_refused(plan_.get(), EINVAL, detail, [&](mplan_error **err) { return add(flag, err); });
    EXPECT_EQ(told.op, 0);
    EXPECT_EQ(told.op_name, mplan_op_kind_name(GetParam().kind));
  }
}

TEST_P(EveryAdder, TakesEachOfItsFlagsAlone) {
  for (int bit = 0; bit < 64; bit++) {
    uint64_t flag = uint64_t{1} << bit;
    bool conflicts = (GetParam().needed != 0 && flag < (1 << 8)) || (GetParam().add == adders[1].add && flag == MPLAN_BIND_ENSURE);
    if ((flag & GetParam().known) != 0 && !conflicts) {
      plan_ = new_plan();
      EXPECT_EQ(add(flag), 0) << flag;
      EXPECT_EQ(op_of(plan_.get(), 0).flags, flag | GetParam().needed);
    }
  }
}

TEST_P(EveryAdder, RefusesAPlanThatIsNull) {
  Told told = tell([](mplan_error **err) { return GetParam().add(nullptr, "/target", GetParam().needed, err); });
  EXPECT_EQ(told.result, -EINVAL);
  EXPECT_EQ(told.detail, "plan is NULL");
  EXPECT_EQ(told.op, -1);
}

TEST_P(EveryAdder, FailsWithoutAnErrorObjectToo) { EXPECT_EQ(add(uint64_t{1} << 63, nullptr), -EINVAL); }

TEST_P(EveryAdder, RefusesTargetsThatAreNoPathInsideTheRoot) {
  if (!GetParam().takes_target) {
    EXPECT_EQ(add("this is not looked at", 0, nullptr), 0);
    return;
  }
  const std::string component(256, 'c');
  std::string longest;
  while (longest.size() < 4095) {
    longest += "/1234567";
  }
  struct {
    std::string target, detail;
    int error;
  } cases[] = {
      {"", "target is empty", EINVAL},
      {"relative", "target \"relative\" is not absolute", EINVAL},
      {"./relative", "target \"./relative\" is not absolute", EINVAL},
      {"..", "target \"..\" is not absolute", EINVAL},
      {"/..", "target \"/..\" has a .. component", EINVAL},
      {"/a/../b", "target \"/a/../b\" has a .. component", EINVAL},
      {"/a/..", "target \"/a/..\" has a .. component", EINVAL},
      {"/a\n/../b", "target \"/a\\012/../b\" has a .. component", EINVAL},
      {"/a/" + component, "target has a component of 256 bytes, at most 255 are allowed", ENAMETOOLONG},
      {longest + "/" + "1234567", "target is 4104 bytes long, at most 4095 are allowed", ENAMETOOLONG},
      {"/" + std::string(200, 'a') + "/..", "target \"/" + std::string(159, 'a') + "\"... has a .. component", EINVAL},
  };
  for (const auto &bad : cases) {
    Told told = expect_refused(plan_.get(), bad.error, bad.detail, [&](mplan_error **err) { return add(bad.target.c_str(), 0, err); });
    EXPECT_EQ(told.op, 0);
    EXPECT_EQ(told.target, bad.target);
  }
  expect_refused(plan_.get(), EINVAL, "target is NULL", [&](mplan_error **err) { return add(nullptr, 0, err); });
}

TEST_P(EveryAdder, CleansTheTargetAndKeepsACopy) {
  char target[] = "//a/./b//c/.";
  ASSERT_EQ(add(target, 0, nullptr), 0);
  std::fill(std::begin(target), std::end(target), 'x');
  const char *expected = GetParam().takes_target ? "/a/b/c" : GetParam().kind == MPLAN_OP_ETC ? "/etc" : "/";
  EXPECT_STREQ(op_of(plan_.get(), 0).target, expected);
}

// --- what only some adders take ---

class PlanAdd : public testing::Test {
 protected:
  PlanOwner owner_ = new_plan();
  mplan_plan *plan_ = owner_.get();
};

TEST_F(PlanAdd, SaysWhichOpWasRefusedWithItsSourceAndTarget) {
  ASSERT_EQ(mplan_plan_dir(plan_, "/first", 0755, 0, nullptr), 0);
  Told told = expect_refused(plan_, EINVAL, "target \"../x\" is not absolute",
                             [&](mplan_error **err) { return mplan_plan_bind(plan_, "/usr", "../x", 0, err); });
  EXPECT_EQ(told.op, 1);
  EXPECT_EQ(told.op_name, "bind");
  EXPECT_EQ(told.source, "/usr");
  EXPECT_EQ(told.target, "../x");
}

TEST_F(PlanAdd, RefusesModesAboveThePermissionBits) {
  const char *detail = "mode 010000 is above 07777";
  expect_refused(plan_, EINVAL, detail, [&](mplan_error **err) { return mplan_plan_tmpfs(plan_, "/t", 0, 010000, 0, err); });
  expect_refused(plan_, EINVAL, detail, [&](mplan_error **err) { return mplan_plan_dir(plan_, "/t", 010000, 0, err); });
  expect_refused(plan_, EINVAL, detail, [&](mplan_error **err) { return mplan_plan_chmod(plan_, "/t", 010000, 0, err); });
  expect_refused(plan_, EINVAL, detail, [&](mplan_error **err) { return mplan_plan_file(plan_, "/t", "", 0, 010000, 0, err); });
  expect_refused(plan_, EINVAL, detail, [&](mplan_error **err) { return mplan_plan_file_fd(plan_, 0, "/t", 010000, 0, err); });
  expect_refused(plan_, EINVAL, detail, [&](mplan_error **err) { return mplan_plan_set_parent_mode(plan_, 010000, err); });
  EXPECT_EQ(mplan_plan_dir(plan_, "/t", 07777, 0, nullptr), 0);
  EXPECT_EQ(op_of(plan_, 0).mode, 07777u);
}

TEST_F(PlanAdd, RefusesSourcesThatAreNoPath) {
  const std::string longest(4095, 's');
  auto bind = [&](const char *source) { return [=, this](mplan_error **err) { return mplan_plan_bind(plan_, source, "/t", 0, err); }; };
  expect_refused(plan_, EINVAL, "source is NULL", bind(nullptr));
  expect_refused(plan_, EINVAL, "source is empty", bind(""));
  expect_refused(plan_, ENAMETOOLONG, "source is 4096 bytes long, at most 4095 are allowed", bind((longest + "s").c_str()));
  EXPECT_EQ(mplan_plan_bind(plan_, longest.c_str(), "/t", 0, nullptr), 0);
  EXPECT_EQ(mplan_plan_bind(plan_, "../relative/to/the/working/directory", "/t", 0, nullptr), 1);
  EXPECT_STREQ(op_of(plan_, 1).source, "../relative/to/the/working/directory");
}

TEST_F(PlanAdd, RefusesLinkTextsThatNoLinkCanHave) {
  const std::string longest(4095, 's');
  auto symlink = [&](const char *text) { return [=, this](mplan_error **err) { return mplan_plan_symlink(plan_, text, "/t", 0, err); }; };
  expect_refused(plan_, EINVAL, "text is NULL", symlink(nullptr));
  expect_refused(plan_, EINVAL, "text is empty", symlink(""));
  expect_refused(plan_, ENAMETOOLONG, "text is 4096 bytes long, at most 4095 are allowed", symlink((longest + "s").c_str()));
  EXPECT_EQ(mplan_plan_symlink(plan_, longest.c_str(), "/t", 0, nullptr), 0);
}

TEST_F(PlanAdd, RefusesMoveSourcesThatAreNoPathInsideTheRoot) {
  auto move = [&](const char *source) { return [=, this](mplan_error **err) { return mplan_plan_move(plan_, source, "/t", 0, err); }; };
  expect_refused(plan_, EINVAL, "source is NULL", move(nullptr));
  expect_refused(plan_, EINVAL, "source \"a\" is not absolute", move("a"));
  expect_refused(plan_, EINVAL, "source \"/a/../b\" has a .. component", move("/a/../b"));
  EXPECT_EQ(mplan_plan_move(plan_, "/./a/", "/t", 0, nullptr), 0);
  EXPECT_STREQ(op_of(plan_, 0).source, "/a");
}

TEST_F(PlanAdd, RefusesFlagsThatExcludeEachOther) {
  auto bind = [&](mplan_error **err) { return mplan_plan_bind(plan_, "/s", "/t", MPLAN_BIND_OPTIONAL | MPLAN_BIND_ENSURE, err); };
  expect_refused(plan_, EINVAL, "OPTIONAL and ENSURE exclude each other", bind);
  auto proc = [&](uint64_t flags) { return [=, this](mplan_error **err) { return mplan_plan_proc(plan_, "/t", flags, err); }; };
  expect_refused(plan_, EINVAL, "HIDEPID_NOACCESS and HIDEPID_INVISIBLE exclude each other",
                 proc(MPLAN_PROC_HIDEPID_NOACCESS | MPLAN_PROC_HIDEPID_INVISIBLE));
  expect_refused(plan_, EINVAL, "HIDEPID_INVISIBLE and HIDEPID_PTRACEABLE exclude each other",
                 proc(MPLAN_PROC_HIDEPID_INVISIBLE | MPLAN_PROC_HIDEPID_PTRACEABLE));
  expect_refused(plan_, EINVAL, "EPHEMERAL and READONLY exclude each other",
                 [&](mplan_error **err) { return mplan_plan_overlay(plan_, "/t", MPLAN_OVERLAY_EPHEMERAL | MPLAN_OVERLAY_READONLY, err); });
}

TEST_F(PlanAdd, WantsExactlyOnePropagationType) {
  auto propagation = [&](uint64_t flags) {
    return [=, this](mplan_error **err) { return mplan_plan_propagation(plan_, "/t", flags, err); };
  };
  expect_refused(plan_, EINVAL, "flags has no propagation type", propagation(0));
  expect_refused(plan_, EINVAL, "flags has no propagation type", propagation(MPLAN_PROPAGATION_RECURSIVE));
  expect_refused(plan_, EINVAL, "SLAVE and SHARED exclude each other", propagation(MPLAN_PROPAGATION_SLAVE | MPLAN_PROPAGATION_SHARED));
  for (uint64_t type : {MPLAN_PROPAGATION_PRIVATE, MPLAN_PROPAGATION_SLAVE, MPLAN_PROPAGATION_SHARED, MPLAN_PROPAGATION_UNBINDABLE}) {
    EXPECT_GE(mplan_plan_propagation(plan_, "/t", type | MPLAN_PROPAGATION_RECURSIVE, nullptr), 0);
  }
}

TEST_F(PlanAdd, RefusesATmpfsSizeTheKernelCanNotHold) {
  expect_refused(plan_, ERANGE, "size 9223372036854775808 is above 9223372036854775807",
                 [&](mplan_error **err) { return mplan_plan_tmpfs(plan_, "/t", uint64_t{1} << 63, 0755, 0, err); });
  ASSERT_EQ(mplan_plan_tmpfs(plan_, "/t", INT64_MAX, 0755, 0, nullptr), 0);
  EXPECT_EQ(op_of(plan_, 0).size, uint64_t{INT64_MAX});
}

TEST_F(PlanAdd, CopiesTheContentOfAFile) {
  char content[] = {'a', '\0', 'b'};
  ASSERT_EQ(mplan_plan_file(plan_, "/t", content, sizeof content, 0444, 0, nullptr), 0);
  content[0] = 'x';
  EXPECT_EQ(op_of(plan_, 0).size, 3u);
  EXPECT_EQ(std::string(static_cast<const char *>(plan_->plan.ops[0].data), 3), std::string("a\0b", 3));
}

TEST_F(PlanAdd, TakesAFileWithoutContentButNoMissingContent) {
  EXPECT_EQ(mplan_plan_file(plan_, "/t", nullptr, 0, 0444, 0, nullptr), 0);
  expect_refused(plan_, EINVAL, "data is NULL but len is 1",
                 [&](mplan_error **err) { return mplan_plan_file(plan_, "/t", nullptr, 1, 0444, 0, err); });
}

TEST_F(PlanAdd, DuplicatesDescriptorsCloseOnExecAndClosesThemWithThePlan) {
  size_t before = open_fds();
  ASSERT_EQ(mplan_plan_bind_fd(plan_, 0, "/a", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_file_fd(plan_, 0, "/b", 0444, 0, nullptr), 1);
  EXPECT_EQ(open_fds(), before + 2);
  for (size_t i : {0, 1}) {
    int fd = op_of(plan_, i).source_fd;
    EXPECT_GE(fd, 3);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
  }
  owner_.reset();
  EXPECT_EQ(open_fds(), before);
}

TEST_F(PlanAdd, RefusesDescriptorsThatAreNotOpen) {
  int closed = dup(0);
  close(closed);
  for (int fd : {closed, -1}) {
    expect_refused(plan_, EBADF, "source_fd is not an open descriptor",
                   [&](mplan_error **err) { return mplan_plan_bind_fd(plan_, fd, "/t", 0, err); });
    expect_refused(plan_, EBADF, "fd is not an open descriptor",
                   [&](mplan_error **err) { return mplan_plan_file_fd(plan_, fd, "/t", 0444, 0, err); });
  }
}

TEST_F(PlanAdd, TellsWhenNoDescriptorIsLeft) {
  State before(plan_);
  rlimit old = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &old), 0);
  int lowest_free = dup(0);  // and now the highest allowed: all below are in use
  rlimit full = {static_cast<rlim_t>(lowest_free) + 1, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &full), 0);
  Told told = tell([&](mplan_error **err) { return mplan_plan_bind_fd(plan_, 0, "/t", 0, err); });
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &old), 0);
  close(lowest_free);
  EXPECT_EQ(told.result, -EMFILE);
  EXPECT_EQ(told.kind, MPLAN_ERROR_SYSCALL);
  EXPECT_EQ(told.call, "fcntl");
  EXPECT_EQ(told.detail, "source_fd can not be duplicated");
  EXPECT_TRUE(State(plan_) == before);
}

TEST_F(PlanAdd, DoesNotMakeTheSourceOfADescriptor) {
  expect_refused(plan_, EINVAL, "ENSURE does not go with a descriptor as the source",
                 [&](mplan_error **err) { return mplan_plan_bind_fd(plan_, 0, "/t", MPLAN_BIND_ENSURE, err); });
}

TEST_F(PlanAdd, AddsRootAndEtcOnce) {
  ASSERT_EQ(mplan_plan_root(plan_, "/srv/root", 0, nullptr), 0);
  ASSERT_EQ(mplan_plan_etc(plan_, "/srv/etc", "host", 0, nullptr), 1);
  expect_refused(plan_, EALREADY, "root is not repeatable", [&](mplan_error **err) { return mplan_plan_root(plan_, "/other", 0, err); });
  expect_refused(plan_, EALREADY, "etc is not repeatable", [&](mplan_error **err) { return mplan_plan_etc(plan_, "/other", "b", 0, err); });
}

TEST_F(PlanAdd, TakesTheHostsEtcUnlessAnotherIsGiven) {
  ASSERT_EQ(mplan_plan_etc(plan_, nullptr, "host", 0, nullptr), 0);
  EXPECT_STREQ(op_of(plan_, 0).source, "/etc");
  EXPECT_STREQ(plan_->plan.ops[0].prefix, "host");
  expect_refused(plan_, EINVAL, "source is NULL", [&](mplan_error **err) { return mplan_plan_root(plan_, nullptr, 0, err); });
}

TEST_F(PlanAdd, WantsOneComponentAsTheEtcPrefix) {
  auto etc = [&](const char *prefix) { return [=, this](mplan_error **err) { return mplan_plan_etc(plan_, nullptr, prefix, 0, err); }; };
  expect_refused(plan_, EINVAL, "prefix is NULL", etc(nullptr));
  expect_refused(plan_, EINVAL, "prefix is empty", etc(""));
  for (const char *bad : {".", "..", "a/b", "/a", "a/"}) {
    expect_refused(plan_, EINVAL, std::string("prefix \"") + bad + "\" is not the name of one directory entry", etc(bad));
  }
  expect_refused(plan_, ENAMETOOLONG, "prefix has a component of 256 bytes, at most 255 are allowed", etc(std::string(256, 'p').c_str()));
  EXPECT_EQ(mplan_plan_etc(plan_, nullptr, "...", 0, nullptr), 0);
}

TEST_F(PlanAdd, RefusesUnknownSettingsOfThePlan) {
  ASSERT_EQ(mplan_plan_set_flags(plan_, MPLAN_PLAN_CREATE, nullptr), 0);
  Told told =
      expect_refused(plan_, EINVAL, "flags has unknown bit 0x2", [&](mplan_error **err) { return mplan_plan_set_flags(plan_, 3, err); });
  EXPECT_EQ(told.op, -1);
  EXPECT_EQ(plan_->plan.flags, uint64_t{MPLAN_PLAN_CREATE});
}

TEST(PlanNew, RefusesToMakeAPlanForNobody) {
  Told told = tell([](mplan_error **err) { return mplan_plan_new(nullptr, err); });
  EXPECT_EQ(told.result, -EINVAL);
  EXPECT_EQ(told.detail, "out is NULL");
}

// --- attributes ---

constexpr uint64_t ro = MPLAN_ATTR_RDONLY, nosuid = MPLAN_ATTR_NOSUID, nodev = MPLAN_ATTR_NODEV, noexec = MPLAN_ATTR_NOEXEC;

struct Default {
  const char *adder;
  uint64_t flags, attributes;
};

class DefaultAttributes : public testing::TestWithParam<Default> {};
INSTANTIATE_TEST_SUITE_P(
    , DefaultAttributes,
    testing::Values(
        Default{"Bind", 0, ro | nosuid | nodev}, Default{"Bind", MPLAN_BIND_WRITABLE, nosuid | nodev},
        Default{"Bind", MPLAN_BIND_DEVICE, ro | nosuid}, Default{"Bind", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE, nosuid},
        Default{"Bind", MPLAN_BIND_OPTIONAL | MPLAN_BIND_RECURSIVE, ro | nosuid | nodev}, Default{"BindFd", 0, ro | nosuid | nodev},
        Default{"BindFd", MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE, nosuid}, Default{"Remount", 0, ro | nosuid | nodev},
        Default{"Remount", MPLAN_BIND_WRITABLE, nosuid | nodev}, Default{"Remount", MPLAN_BIND_DEVICE, ro | nosuid},
        Default{"Remount", MPLAN_REMOUNT_BEST_EFFORT, ro | nosuid | nodev}, Default{"Tmpfs", 0, nosuid | nodev},
        Default{"Tmpfs", MPLAN_TMPFS_READONLY, ro | nosuid | nodev}, Default{"Proc", 0, nosuid | nodev | noexec},
        Default{"Proc", MPLAN_PROC_SUBSET_PID, nosuid | nodev | noexec}, Default{"Sysfs", 0, ro | nosuid | nodev | noexec},
        Default{"Devpts", 0, nosuid | noexec}, Default{"Mqueue", 0, nosuid | nodev | noexec}, Default{"Bpf", 0, nosuid | nodev | noexec},
        Default{"Ramfs", 0, nosuid | nodev | noexec}, Default{"Dev", 0, ro | nosuid}, Default{"Dev", MPLAN_DEV_WRITABLE, nosuid},
        Default{"Dev", MPLAN_DEV_CONSOLE, ro | nosuid}, Default{"Overlay", 0, nosuid | nodev},
        Default{"Overlay", MPLAN_OVERLAY_DEVICE, nosuid}, Default{"Overlay", MPLAN_OVERLAY_READONLY, ro | nosuid | nodev},
        Default{"Overlay", MPLAN_OVERLAY_READONLY | MPLAN_OVERLAY_DEVICE, ro | nosuid},
        Default{"Overlay", MPLAN_OVERLAY_EPHEMERAL, nosuid | nodev}, Default{"File", 0, ro | nosuid | nodev},
        Default{"File", MPLAN_FILE_WRITABLE, nosuid | nodev}, Default{"File", MPLAN_FILE_COPY, 0},
        Default{"FileFd", 0, ro | nosuid | nodev}, Default{"Root", 0, ro | nosuid | nodev},
        Default{"Root", MPLAN_BIND_WRITABLE, nosuid | nodev}, Default{"Root", MPLAN_BIND_DEVICE, ro | nosuid},
        Default{"Etc", 0, ro | nosuid | nodev}, Default{"Dir", 0, 0}, Default{"Symlink", 0, 0}, Default{"Chmod", 0, 0},
        Default{"Mask", 0, 0}, Default{"Propagation", MPLAN_PROPAGATION_SLAVE, 0}, Default{"Move", 0, 0}, Default{"Unmount", 0, 0}),
    [](const auto &row) { return row.param.adder + std::to_string(row.param.flags); });

TEST_P(DefaultAttributes, FollowFromTheKindAndItsFlags) {
  const auto *adder =
      std::find_if(std::begin(adders), std::end(adders), [](const Adder &row) { return std::string(row.name) == GetParam().adder; });
  ASSERT_NE(adder, std::end(adders));
  PlanOwner plan = new_plan();
  ASSERT_EQ(adder->add(plan.get(), "/target", GetParam().flags, nullptr), 0);
  EXPECT_EQ(op_of(plan.get(), 0).attrs_set, GetParam().attributes);
  EXPECT_EQ(op_of(plan.get(), 0).attrs_clear, 0u);
}

}  // namespace
}  // namespace mountplan::test
