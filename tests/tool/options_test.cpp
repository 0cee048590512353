// SPDX-License-Identifier: MIT
// The options of run, explain and apply: what is understood, and how what is not understood is refused.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <ostream>
#include <set>

#include "capabilities.hpp"
#include "parse.hpp"

using namespace mountplan::tool;

namespace {

using Words = std::vector<std::string>;

std::string refusal(const std::string &command, const Words &words) {
  try {
    parse_options(command, words);
  } catch (const UsageError &error) {
    return error.what();
  }
  return "accepted";
}

Words typed(const Request &request) {
  Words texts;
  for (const Op &op : request.ops) {
    texts.push_back(op.typed);
  }
  return texts;
}

// The number of a descriptor from which these bytes can be read.
std::string descriptor_with(const std::string &bytes) {
  FILE *file = tmpfile();
  EXPECT_EQ(fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
  rewind(file);
  int descriptor = dup(fileno(file));
  fclose(file);
  return std::to_string(descriptor);
}

}  // namespace

TEST(Options, KeepTheOrderOfOps) {
  Request request = parse_options("run", {"--tmpfs", "/", "--unshare-pid", "--ro-bind", "/usr", "/usr", "--dir", "/tmp"});
  EXPECT_EQ(typed(request), (Words{"--tmpfs /", "--ro-bind /usr /usr", "--dir /tmp"}));
  EXPECT_EQ(request.namespaces, uint64_t{MPLAN_NAMESPACE_PID});
}

TEST(Options, EndAtTheFirstWordThatIsNoOption) {
  EXPECT_EQ(parse_options("run", {"--unshare-net", "ls", "--tmpfs"}).command, (Words{"ls", "--tmpfs"}));
}

TEST(Options, EndAtTwoDashes) { EXPECT_EQ(parse_options("run", {"--", "--tmpfs", "x"}).command, (Words{"--tmpfs", "x"})); }

TEST(Options, GiveModifiersToTheNextOpOnly) {
  Request request = parse_options("run", {"--size", "4096", "--perms", "0700", "--tmpfs", "/a", "--tmpfs", "/b"});
  ASSERT_EQ(request.ops.size(), 2u);
  EXPECT_EQ(request.ops[0].mode, 0700u);
  EXPECT_EQ(request.ops[0].size, 4096u);
  EXPECT_EQ(request.ops[0].typed, "--size 4096 --perms 0700 --tmpfs /a");
  EXPECT_EQ(request.ops[1].mode, std::nullopt);
  EXPECT_EQ(request.ops[1].size, 0u);
}

TEST(Options, ReadModifiersThatBubblewrapLacks) {
  Request request = parse_options("run", {"--attrs", "ro,dev", "--flags", "ensure", "--symlinks", "refuse", "--idmap", "u:0:1:2 g:0:1:2",
                                          "--beneath", "c", "--bind", "/a", "/b", "--inodes", "5", "--flags", "readonly", "--tmpfs", "/t"});
  ASSERT_EQ(request.ops.size(), 2u);
  EXPECT_EQ(request.ops[0].attributes, uint64_t{MPLAN_ATTR_RDONLY} | uint64_t{MPLAN_ATTR_NODEV} << 16);
  EXPECT_EQ(request.ops[0].flags_set, uint64_t{MPLAN_BIND_ENSURE});
  EXPECT_EQ(request.ops[0].policy, uint32_t{MPLAN_SYMLINK_REFUSE});
  EXPECT_EQ(request.ops[0].beneath, "c");
  EXPECT_EQ(request.ops[1].inodes, 5u);
  EXPECT_EQ(request.ops[1].flags_set, uint64_t{MPLAN_TMPFS_READONLY});
}

// What the library can do the command can be asked for: each kind of op has an option.
TEST(OptionTable, ReachesEveryKindOfOp) {
  mplan_plan *plan = nullptr;
  ASSERT_EQ(mplan_plan_new(&plan, nullptr), 0);
  Request request;
  request.pure = true;
  for (const PlanOption &option : plan_options()) {
    if (option.add == nullptr) {
      continue;
    }
    Op op;
    for (size_t i = 0; i < option.argument_count(); i++) {
      bool type = option.arguments[i].kind == Kind::propagation;
      op.values.push_back({.text = "/a" + std::to_string(i), .number = type ? uint64_t{MPLAN_PROPAGATION_PRIVATE} : 0});
    }
    EXPECT_GE(option.add({plan, request, nullptr}, op), 0) << option.name;
  }
  std::set<uint32_t> kinds;
  for (size_t i = 0; i < mplan_plan_count(plan); i++) {
    mplan_op op{};
    ASSERT_EQ(mplan_plan_get(plan, i, &op, sizeof op), 0);
    kinds.insert(op.kind);
  }
  mplan_plan_free(plan);
  for (uint32_t kind = 1; mplan_op_kind_name(kind) != nullptr; kind++) {
    EXPECT_TRUE(kinds.contains(kind)) << mplan_op_kind_name(kind);
  }
}

TEST(Options, CollectOverlayLayersBottomFirst) {
  Request request = parse_options("run", {"--overlay-src", "/low", "--overlay-src", "/high", "--tmp-overlay", "/"});
  ASSERT_EQ(request.ops.size(), 1u);
  EXPECT_EQ(request.ops[0].layers, (Words{"/low", "/high"}));
}

TEST(Options, SpliceArgumentsFromADescriptorInPlace) {
  std::string fd = descriptor_with(std::string("--tmpfs\0/b c\0--dir\0/d", 21));
  Request request = parse_options("run", {"--dir", "/a", "--args", fd, "--dir", "/e", "cmd"});
  EXPECT_EQ(typed(request), (Words{"--dir /a", "--tmpfs '/b c'", "--dir /d", "--dir /e"}));
  EXPECT_EQ(request.command, Words{"cmd"});
}

TEST(Options, StopWhenArgumentsFromADescriptorAreTooMany) {
  std::string empty_words(200'002, '\0');
  EXPECT_EQ(refusal("run", {"--args", descriptor_with(empty_words)}), "--args: more than 100000 arguments");
}

TEST(Options, TakeUnshareAllApartAndShareNetAway) {
  Request request = parse_options("run", {"--unshare-all", "--share-net"});
  EXPECT_EQ(request.namespaces, uint64_t{MPLAN_NAMESPACE_IPC | MPLAN_NAMESPACE_PID | MPLAN_NAMESPACE_UTS});
  EXPECT_TRUE(request.user_namespace_if_possible);
  EXPECT_TRUE(request.cgroup_namespace_if_possible);
}

TEST(Options, LetTextBeginWithDashes) {
  Request request = parse_options("run", {"--setenv", "FLAGS", "--fast"});
  ASSERT_EQ(request.environment.size(), 1u);
  EXPECT_EQ(request.environment[0].value, "--fast");
}

TEST(Options, KeepTheOrderOfCapabilities) {
  Request request = parse_options("run", {"--cap-drop", "ALL", "--cap-add", "CAP_NET_ADMIN"});
  ASSERT_EQ(request.capabilities.size(), 2u);
  EXPECT_FALSE(request.capabilities[0].add);
  EXPECT_EQ(request.capabilities[1].set, uint64_t{1} << 12);
}

TEST(Capabilities, AreKnownWithAndWithoutPrefixInAnyCase) {
  EXPECT_EQ(capability_set("CAP_CHOWN"), uint64_t{1});
  EXPECT_EQ(capability_set("checkpoint_restore"), uint64_t{1} << 40);
  EXPECT_EQ(capability_set("CAP_NONE"), std::nullopt);
}

struct Refused {
  const char *name;
  const char *command;
  Words words;
  const char *message;
};

void PrintTo(const Refused &test, std::ostream *out) { *out << test.name; }

class OptionsRefuse : public testing::TestWithParam<Refused> {};

TEST_P(OptionsRefuse, WithAMessageThatNamesTheOption) { EXPECT_EQ(refusal(GetParam().command, GetParam().words), GetParam().message); }

INSTANTIATE_TEST_SUITE_P(
    Words, OptionsRefuse,
    testing::Values(
        Refused{"MissingLastArgument", "run", {"--ro-bind", "/a"}, "--ro-bind: DEST is missing"},
        Refused{"OptionWhereAPathIsWanted",
                "run",
                {"--ro-bind", "/a", "--dev", "/dev"},
                "--ro-bind: DEST is missing: --dev looks like an option (a path of that name is ./--dev)"},
        Refused{"OptionWhereANumberIsWanted", "run", {"--uid", "--gid", "1"}, "--uid: UID is missing: --gid looks like an option"},
        Refused{"EmptyPath", "run", {"--bind", "", "/a"}, "--bind: SRC is empty"},
        Refused{"BubblewrapOption", "run", {"--seccomp", "3"}, "--seccomp is a bubblewrap option that mountplan does not offer"},
        Refused{"UnknownOption", "run", {"--frobnicate"}, "unknown option --frobnicate"},
        Refused{"NearlyAnOption", "run", {"--ro-bnd"}, "unknown option --ro-bnd; did you mean \"--ro-bind\"?"},
        Refused{"OptionWithEquals", "run", {"--tmpfs=/a"}, "unknown option --tmpfs=/a"},
        Refused{"ModifierBeforeNothing", "run", {"--size", "1"}, "--size must be followed by one of: --tmpfs"},
        Refused{"ModifierBeforeCommand", "run", {"--size", "1", "ls"}, "--size must be followed by one of: --tmpfs"},
        Refused{"ModifierBeforeAnOpItDoesNotFit",
                "run",
                {"--perms", "0700", "--bind", "/a", "/b"},
                "--perms must be followed by one of: --tmpfs, --dir, --file, --bind-data, --ro-bind-data"},
        Refused{"OneOfTwoModifiersDoesNotFit",
                "run",
                {"--size", "1", "--perms", "0700", "--dir", "/b"},
                "--size must be followed by one of: --tmpfs"},
        Refused{"ModifierBeforeASetting", "run", {"--size", "1", "--unshare-pid"}, "--size must be followed by one of: --tmpfs"},
        Refused{"LayersBeforeAnotherOp",
                "run",
                {"--overlay-src", "/a", "--tmpfs", "/"},
                "--overlay-src must be followed by one of: --overlay, --tmp-overlay, --ro-overlay"},
        Refused{"ModifierTwice", "run", {"--perms", "0700", "--perms", "0755", "--dir", "/"}, "--perms is given twice for one option"},
        Refused{"NotOctal", "run", {"--chmod", "0789", "/a"}, "--chmod: OCTAL must be an octal permission up to 7777, not 0789"},
        Refused{"ModeTooLarge", "run", {"--perms", "10000"}, "--perms: OCTAL must be an octal permission up to 7777, not 10000"},
        Refused{"SizeZero", "run", {"--size", "0"}, "--size: BYTES must be a number of bytes above zero, not 0"},
        Refused{"SizeTooLarge",
                "run",
                {"--size", "9223372036854775808"},
                "--size: BYTES must be a number of bytes above zero, not 9223372036854775808"},
        Refused{"NegativeDescriptor", "run", {"--args", "-1"}, "--args: FD must be the number of a file descriptor, not -1"},
        Refused{
            "UnknownCapability", "run", {"--cap-drop", "CAP_FLY"}, "--cap-drop: CAP must be the name of a capability, or ALL, not CAP_FLY"},
        Refused{"UnknownPropagation",
                "run",
                {"--propagation", "loud", "/"},
                "--propagation: TYPE must be private, slave, shared, unbindable, or one of them with an r in front, not loud"},
        Refused{"VariableWithEquals", "run", {"--setenv", "A=B", "c"}, "--setenv: VAR must not be empty nor contain '='"},
        Refused{"FlagOfAnother", "run", {"--flags", "recursive", "--tmpfs", "/a"}, "--flags: --tmpfs has no flag recursive, but: readonly"},
        Refused{
            "FlagsTwice", "run", {"--flags", "ensure", "--flags", "ensure", "--bind", "/", "/"}, "--flags is given twice for one option"},
        Refused{"AttributesUnknown",
                "run",
                {"--attrs", "r", "--bind", "/", "/"},
                "--attrs: LIST must be ro, nosuid, nodev, noexec, nosymfollow, noatime, nodiratime, relatime, strictatime, rw, suid, dev "
                "or exec, with commas between, not r"},
        Refused{"IdMapWithoutGroups", "run", {"--idmap", "u:0:1:1"}, "--idmap: MAP must map users and groups"},
        Refused{"IdMapEmptyRange",
                "run",
                {"--idmap", "b:0:1:0"},
                "--idmap: MAP must be u:ID:ID:COUNT, g:ID:ID:COUNT or b:ID:ID:COUNT with spaces between, or a path, not b:0:1:0"},
        Refused{"OptionOfAnotherCommand", "apply", {"--unshare-pid"}, "--unshare-pid is an option of run and explain, not of apply"},
        Refused{"JsonOnRun", "run", {"-J"}, "-J is an option of explain, not of run"}),
    [](const auto &test) { return test.param.name; });

TEST(OptionTable, DescribesEveryOptionOnce) {
  for (const PlanOption &option : plan_options()) {
    EXPECT_EQ(std::ranges::count_if(plan_options(), [&](const PlanOption &other) { return std::string_view(other.name) == option.name; }),
              1)
        << option.name;
    EXPECT_STRNE(option.help, "") << option.name;
  }
}

TEST(OptionTable, KnowsWhichOptionsBubblewrapLacks) {
  EXPECT_TRUE(std::ranges::any_of(plan_options(), [](const PlanOption &option) { return is_own(option); }));
  for (const PlanOption &option : plan_options()) {
    bool both = std::string_view(option.name) == "--ro-bind" || std::string_view(option.name) == "--unshare-pid";
    EXPECT_FALSE(both && is_own(option)) << option.name;
  }
}

TEST(OptionTable, OffersNoOptionThatItCallsForeign) {
  for (std::string_view name : foreign_options()) {
    EXPECT_TRUE(std::ranges::none_of(plan_options(), [&](const PlanOption &option) { return name == option.name; })) << name;
  }
}

TEST(OptionHelp, NamesTheOptionsOfTheCommandOnly) {
  EXPECT_NE(option_help("run").find("--ro-bind SRC DEST"), std::string::npos);
  EXPECT_EQ(option_help("apply").find("--unshare-pid"), std::string::npos);
}
