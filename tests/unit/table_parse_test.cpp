// SPDX-License-Identifier: MIT
// Well-formed mountinfo text, field by field.
#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

#include "unit/mount_text.hpp"

using mountplan::table::Entry;
using mountplan::test::mount_line;
using mountplan::test::Parsed;

TEST(Parse, ReadsAllFieldsOfALine) {
  Parsed parsed("36 35 98:7 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n");
  ASSERT_EQ(parsed.result, 0);
  ASSERT_EQ(parsed.table.count(), 1u);
  const Entry &entry = parsed.table.entries[0];
  EXPECT_EQ(entry.id, 36u);
  EXPECT_EQ(entry.parent_id, 35u);
  EXPECT_EQ(entry.major, 98u);
  EXPECT_EQ(entry.minor, 7u);
  EXPECT_EQ(parsed.string(&Entry::root), "/mnt1");
  EXPECT_EQ(parsed.string(&Entry::mount_point), "/mnt2");
  EXPECT_EQ(entry.mount_point_length, 5u);
  EXPECT_EQ(parsed.string(&Entry::options), "rw,noatime");
  EXPECT_EQ(parsed.string(&Entry::optional), "shared:1 master:2");
  EXPECT_EQ(parsed.string(&Entry::type), "ext3");
  EXPECT_EQ(parsed.string(&Entry::source), "/dev/root");
  EXPECT_EQ(parsed.string(&Entry::super_options), "rw,errors=continue");
}

TEST(Parse, TakesEmptyTextAsATableWithoutMounts) {
  Parsed parsed("");
  EXPECT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.table.count(), 0u);
  EXPECT_EQ(parsed.table.find(1), mountplan::table::none);
}

TEST(Parse, TakesALastLineWithoutNewline) {
  for (size_t padding = 0; padding < 130; padding++) {  // the end at every place in a block
    const std::string text = mount_line(1, 0, "/") + "2 1 0:1 / /" + std::string(padding, 'x') + " rw - tmpfs none rw,last";
    Parsed parsed(text);
    ASSERT_EQ(parsed.result, 0);
    ASSERT_EQ(parsed.table.count(), 2u);
    EXPECT_EQ(parsed.string(&Entry::super_options, 1), "rw,last");
  }
}

TEST(Parse, TakesALineWithoutOptionalFields) {
  Parsed parsed("1 0 0:1 / / rw - tmpfs none rw\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::optional), "");
  EXPECT_EQ(parsed.string(&Entry::type), "tmpfs");
}

TEST(Parse, KeepsOptionalFieldsItDoesNotKnow) {
  Parsed parsed("1 0 0:1 / / rw colour:red -- shared:7 - tmpfs none rw\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::optional), "colour:red -- shared:7");
}

TEST(Parse, TakesTheFirstSeparatorAfterTheOptions) {
  Parsed parsed("1 0 0:1 - - - - - - - -\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::root), "-");
  EXPECT_EQ(parsed.string(&Entry::options), "-");
  EXPECT_EQ(parsed.string(&Entry::optional), "");
  EXPECT_EQ(parsed.string(&Entry::type), "-");
  EXPECT_EQ(parsed.string(&Entry::source), "-");
  EXPECT_EQ(parsed.string(&Entry::super_options), "- -");
}

TEST(Parse, TakesAnEmptySource) {
  Parsed parsed("1 0 0:1 / / rw - tmpfs  rw,size=1k\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::source), "");
  EXPECT_EQ(parsed.string(&Entry::super_options), "rw,size=1k");
}

TEST(Parse, TakesUnescapedSpacesInTheLastFieldAsWindowsSubsystemWritesThem) {
  Parsed parsed(
      "83 75 0:52 / /Docker/host rw,noatime - 9p C:\\134Program\\040Files\\134Docker rw,dirsync,aname=drvfs;path=C:\\Program "
      "Files\\Docker;symlinkroot=/mnt/ \n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::source), "C:\\Program Files\\Docker");
  EXPECT_EQ(parsed.string(&Entry::super_options), "rw,dirsync,aname=drvfs;path=C:\\Program Files\\Docker;symlinkroot=/mnt/ ");
}

TEST(Parse, UndoesEscapesOnceButNotInTheSuperOptions) {
  Parsed parsed("1 0 0:1 /a\\040b /c\\134040d rw - fuse.a\\040b s\\043t rw,lowerdir=/a\\054upperdir=/evil\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::root), "/a b");
  EXPECT_EQ(parsed.string(&Entry::mount_point), "/c\\040d");
  EXPECT_EQ(parsed.table.entries[0].mount_point_length, 7u);
  EXPECT_EQ(parsed.string(&Entry::type), "fuse.a b");
  EXPECT_EQ(parsed.string(&Entry::source), "s#t");
  EXPECT_EQ(parsed.string(&Entry::super_options), "rw,lowerdir=/a\\054upperdir=/evil");
}

TEST(Parse, TakesRootsThatAreNoPaths) {
  Parsed parsed("1 0 0:4 net:[4026531840] /run/netns/a rw shared:5 - nsfs nsfs rw\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::root), "net:[4026531840]");
}

TEST(Parse, TakesDeletedAndUnreachablePathsAsTheKernelWroteThem) {
  Parsed parsed("1 0 0:4 /a//deleted /../.. rw - tmpfs none rw\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::root), "/a//deleted");
  EXPECT_EQ(parsed.string(&Entry::mount_point), "/../..");
}

TEST(Parse, TakesAnyByteInNamesEscapedOrNot) {
  for (int byte = 1; byte < 256; byte++) {
    char escaped[8];
    snprintf(escaped, sizeof escaped, "\\%03o", static_cast<unsigned>(byte));
    const bool special = strchr(" \n\\", byte) != nullptr;
    const std::string name = special ? escaped : std::string(1, static_cast<char>(byte));
    Parsed parsed(mount_line(1, 0, "/x" + name + escaped + "y"));
    ASSERT_EQ(parsed.result, 0) << byte;
    EXPECT_EQ(parsed.string(&Entry::mount_point), "/x" + std::string(2, static_cast<char>(byte)) + "y");
  }
}

TEST(Parse, TakesIdsAsKeysHoweverLargeOrNegative) {
  Parsed parsed(mount_line(UINT64_MAX, 9223372036854775808u, "/") + "-1 -9223372036854775808 0:1 / / rw - tmpfs none rw\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.table.entries[0].id, UINT64_MAX);
  EXPECT_EQ(parsed.table.entries[1].id, UINT64_MAX);
  EXPECT_EQ(parsed.table.entries[0].parent_id, parsed.table.entries[1].parent_id);
}

TEST(Parse, CutsNothingOffALineOfManyLayers) {
  std::string layers = "rw,lowerdir=";
  while (layers.size() < 126000) {
    layers += "/var/lib/layers/" + std::to_string(layers.size()) + ":";
  }
  Parsed parsed("1 0 0:1 / / rw - overlay overlay " + layers + "\n" + mount_line(2, 1, "/a"));
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::super_options), layers);
  EXPECT_EQ(parsed.string(&Entry::mount_point, 1), "/a");
}

TEST(Parse, TakesALineOfExactlyTheLimit) {
  std::string line = "1 0 0:1 / / rw - tmpfs none rw,";
  line.append(MPLAN_TABLE_MAX_LINE - line.size(), 'x');
  Parsed parsed(line + "\n");
  ASSERT_EQ(parsed.result, 0);
  EXPECT_EQ(parsed.string(&Entry::super_options).size(), line.size() - strlen("1 0 0:1 / / rw - tmpfs none "));
}
