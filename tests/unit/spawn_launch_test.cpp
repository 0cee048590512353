// SPDX-License-Identifier: MIT
// What is worked out and refused before a child is made, and the order of the calls that give it its ids.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <mountplan/spawn.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "spawn/idmap.hpp"
#include "spawn/launch.hpp"

using mountplan::base::Failure;
using mountplan::kernel::Call;
using mountplan::kernel::Kernel;
namespace kernel = mountplan::kernel;
namespace spawn = mountplan::spawn;

namespace {

// A kernel on which the caller has uid and gid 1000, with or without privilege over ids; what is opened and written is remembered.
struct Recorder {
  bool privileged = false;
  bool refuses_maps = false;
  std::vector<std::string> done;

  Kernel door() { return Kernel{this, invoke}; }

  static long invoke(void *self, Call call, const long args[6]) {
    auto &recorder = *static_cast<Recorder *>(self);
    auto text = [&](int i) { return std::string(reinterpret_cast<const char *>(args[i])); };
    switch (call) {
      case Call::geteuid:
      case Call::getegid:
        return 1000;
      case Call::openat:
      case Call::openat2:
        recorder.done.push_back("open " + text(1));
        return 50;
      case Call::statx:
        reinterpret_cast<struct statx *>(args[4])->stx_ino = 1;
        return 0;
      case Call::fstatfs:
        reinterpret_cast<struct statfs *>(args[1])->f_type = kernel::proc_super_magic;
        return 0;
      case Call::write:
        recorder.done.push_back("write " + std::string(reinterpret_cast<const char *>(args[1]), static_cast<size_t>(args[2])));
        return recorder.refuses_maps ? -EPERM : args[2];
      case Call::capget:
        reinterpret_cast<__user_cap_data_struct *>(args[1])->effective = recorder.privileged ? 1u << CAP_SETGID : 0;
        return 0;
      default:
        return 0;
    }
  }
};

struct Case {
  Recorder recorder;
  spawn::Spec spec{kernel::live};
  spawn::Launch launch;
  Failure failure;

  Case() {
    const char *argv[] = {"/bin/true"};
    spawn::set_argv(spec, argv, 1, failure);
    spec.namespaces = MPLAN_NAMESPACE_USER;
  }
  int plan() { return spawn::plan_launch(spec, recorder.door(), launch, failure); }
  std::vector<std::string> maps_written() {
    EXPECT_EQ(plan(), 0);
    spawn::write_id_maps(recorder.door(), launch, 77, failure);
    std::erase(recorder.done, "open /proc");
    return recorder.done;
  }
  std::vector<std::string> candidates(const char *program, std::vector<const char *> env) {
    EXPECT_EQ(spawn::set_argv(spec, &program, 1, failure), 0);
    EXPECT_EQ(spawn::set_env(spec, env.data(), env.size(), failure), 0);
    EXPECT_EQ(plan(), 0);
    std::vector<std::string> result;
    for (const char *candidate : launch.candidates) {
      result.push_back(candidate != nullptr ? candidate : "end");
    }
    return result;
  }
};

using Strings = std::vector<std::string>;

}  // namespace

TEST(SpawnPath, ProgramWithASlashIsNotSearched) { EXPECT_EQ(Case().candidates("./tool", {"PATH=/bin"}), (Strings{"./tool", "end"})); }

TEST(SpawnPath, EveryComponentIsTriedInOrderAnEmptyOneIsTheWorkingDirectory) {
  EXPECT_EQ(Case().candidates("tool", {"A=b", "PATH=/first::/second:"}),
            (Strings{"/first/tool", "./tool", "/second/tool", "./tool", "end"}));
}

TEST(SpawnPath, WithoutPathTheSystemsDirectoriesAreSearched) {
  EXPECT_EQ(Case().candidates("tool", {"XPATH=/no"}), (Strings{"/usr/bin/tool", "/bin/tool", "end"}));
}

TEST(SpawnIdMap, OrdinaryUserDeniesSetgroupsBeforeTheGroupMap) {
  EXPECT_EQ(Case().maps_written(), (Strings{"open 77/uid_map", "write 1000 1000 1\n", "open 77/setgroups", "write deny", "open 77/gid_map",
                                            "write 1000 1000 1\n", "open 77/setgroups"}));
}

TEST(SpawnIdMap, CallerWithPrivilegeOverGroupsLeavesSetgroupsAllowed) {
  Case given;
  given.recorder.privileged = true;
  EXPECT_EQ(given.maps_written(),
            (Strings{"open 77/uid_map", "write 1000 1000 1\n", "open 77/gid_map", "write 1000 1000 1\n", "open 77/setgroups"}));
}

TEST(SpawnIdMap, RefusedOwnIdIsAnErrorThatNamesTheFile) {
  Case given;
  given.recorder.refuses_maps = true;
  ASSERT_EQ(given.plan(), 0);
  EXPECT_EQ(spawn::write_id_maps(given.recorder.door(), given.launch, 77, given.failure), -EPERM);
  EXPECT_STREQ(given.failure.call, "write");
  EXPECT_STREQ(given.failure.path, "/proc/77/uid_map");
}

TEST(SpawnIds, ProgramRunsAsTheInsideIdOfTheCaller) {
  Case given;
  ASSERT_EQ(spawn::add_range(given.spec.uid_map, {0, 1000, 1}, given.failure), 0);
  ASSERT_EQ(spawn::add_range(given.spec.gid_map, {5, 999, 10}, given.failure), 0);
  ASSERT_EQ(given.plan(), 0);
  EXPECT_EQ(given.launch.ids.uid, 0u);
  EXPECT_EQ(given.launch.ids.gid, 6u);
}

TEST(SpawnIds, RootIsBuiltAsRootWhereTheCallerIsNotMapped) {
  Case given;
  ASSERT_EQ(spawn::add_range(given.spec.uid_map, {0, 100000, 1000}, given.failure), 0);
  ASSERT_EQ(spawn::set_ids(given.spec, {33, 1000}, given.failure), 0);
  ASSERT_EQ(given.plan(), 0);
  EXPECT_EQ(given.launch.setup_ids.uid, 0u);
  EXPECT_EQ(given.launch.ids.uid, 33u);
}

TEST(SpawnIds, CallerThatIsNotMappedHasToSayWhoTheProgramIs) {
  Case given;
  ASSERT_EQ(spawn::add_range(given.spec.uid_map, {0, 100000, 1000}, given.failure), 0);
  EXPECT_EQ(given.plan(), -EINVAL);
  EXPECT_STREQ(given.failure.detail, "the caller's uid 1000 is not in the id map, and no id was set");
}

TEST(SpawnIds, MapWithoutAUserNamespaceIsRefused) {
  Case given;
  given.spec.namespaces = 0;
  ASSERT_EQ(spawn::add_range(given.spec.uid_map, {0, 1000, 1}, given.failure), 0);
  EXPECT_EQ(given.plan(), -EINVAL);
}

TEST(SpawnCapabilities, AreDroppedInANewUserNamespaceAndKeptByRootWithoutOne) {
  Case inside;
  ASSERT_EQ(inside.plan(), 0);
  EXPECT_TRUE(inside.launch.limit_capabilities);
  Case outside;
  outside.spec.namespaces = 0;
  ASSERT_EQ(spawn::set_ids(outside.spec, {0, 0}, outside.failure), 0);
  ASSERT_EQ(outside.plan(), 0);
  EXPECT_FALSE(outside.launch.limit_capabilities);
}

TEST(SpawnSpec, EnvironmentIsNameAndValue) {
  Case given;
  const char *env[] = {"NAME=", "no value"};
  EXPECT_EQ(spawn::set_env(given.spec, env, 1, given.failure), 0);
  EXPECT_EQ(spawn::set_env(given.spec, env, 2, given.failure), -EINVAL);
}

TEST(SpawnSpec, HostNameHasAtMost64Bytes) {
  Case given;
  EXPECT_EQ(spawn::set_hostname(given.spec, std::string(64, 'x').c_str(), given.failure), 0);
  EXPECT_EQ(spawn::set_hostname(given.spec, std::string(65, 'x').c_str(), given.failure), -EINVAL);
}

TEST(SpawnSpec, WorkingDirectoryIsAbsolute) {
  Case given;
  EXPECT_EQ(spawn::set_cwd(given.spec, "relative", given.failure), -EINVAL);
}

TEST(SpawnSpec, UnknownBitIsNamed) {
  Case given;
  EXPECT_EQ(spawn::set_flags(given.spec, 1u << 20 | 1u << 25, given.failure), -EINVAL);
  EXPECT_STREQ(given.failure.detail, "unknown bit 0x100000 in the flags");
}

TEST(SpawnSpec, RangesThatOverlapOnEitherSideAreRefused) {
  Case given;
  auto &map = given.spec.uid_map;
  ASSERT_EQ(spawn::add_range(map, {0, 100, 10}, given.failure), 0);
  EXPECT_EQ(spawn::add_range(map, {9, 200, 1}, given.failure), -EINVAL);
  EXPECT_EQ(spawn::add_range(map, {10, 109, 1}, given.failure), -EINVAL);
  EXPECT_EQ(spawn::add_range(map, {10, 110, 1}, given.failure), 0);
}

TEST(SpawnSpec, RangeEndsAtTheLastId) {
  Case given;
  EXPECT_EQ(spawn::add_range(given.spec.uid_map, {0, UINT32_MAX - 1, 2}, given.failure), -EINVAL);
  EXPECT_EQ(spawn::add_range(given.spec.uid_map, {0, UINT32_MAX - 1, 1}, given.failure), 0);
}

TEST(SpawnSpec, TakesAtMost340Ranges) {
  Case given;
  for (uint32_t i = 0; i < 340; i++) {
    ASSERT_EQ(spawn::add_range(given.spec.uid_map, {i, i, 1}, given.failure), 0);
  }
  EXPECT_EQ(spawn::add_range(given.spec.uid_map, {340, 340, 1}, given.failure), -EINVAL);
}

TEST(SpawnSpec, DescriptorIsDuplicatedOnceForEachNumber) {
  Case given;
  ASSERT_EQ(spawn::add_fd(given.spec, 0, 5, given.failure), 0);
  EXPECT_EQ(spawn::add_fd(given.spec, 0, 5, given.failure), -EINVAL);
  EXPECT_EQ(spawn::add_fd(given.spec, -1, 6, given.failure), -EBADF);
  EXPECT_NE(given.spec.fds[0].from, 0);
}
