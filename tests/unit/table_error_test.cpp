// SPDX-License-Identifier: MIT
// Malformed mountinfo text: each kind of mistake with line, column and what was expected; and the limits.
#include <gtest/gtest.h>

#include <cerrno>

#include "unit/mount_text.hpp"

using mountplan::base::Kind;
using mountplan::table::Limits;
using mountplan::test::mount_line;
using mountplan::test::Parsed;

namespace {

struct Mistake {
  const char *name;
  std::string line;
  uint64_t column;
  const char *detail;
};

void PrintTo(const Mistake &mistake, std::ostream *out) { *out << mistake.line; }

class Malformed : public testing::TestWithParam<Mistake> {};

}  // namespace

TEST_P(Malformed, IsAParseErrorWithLineAndColumn) {
  const Mistake &mistake = GetParam();
  Parsed parsed(mount_line(1, 0, "/") + mistake.line + "\n" + mount_line(3, 1, "/b"));
  EXPECT_EQ(parsed.result, -EBADMSG);
  EXPECT_EQ(parsed.failure.error, EBADMSG);
  EXPECT_EQ(parsed.failure.kind, Kind::parse);
  EXPECT_EQ(parsed.failure.line, 2u);
  EXPECT_EQ(parsed.failure.column, mistake.column);
  EXPECT_STREQ(parsed.failure.detail, mistake.detail);
}

INSTANTIATE_TEST_SUITE_P(
    Parse, Malformed,
    testing::Values(
        Mistake{"EmptyLine", "", 1, "too few fields: expected the mount id"},
        Mistake{"IdOnly", "2", 2, "too few fields: expected a space and more fields"},
        Mistake{"NothingAfterTheId", "2 ", 3, "too few fields: expected the parent id"},
        Mistake{"EndsAtTheOptions", "2 1 0:1 / /a rw", 16, "too few fields: expected a space and more fields"},
        Mistake{"EndsAtTheSeparator", "2 1 0:1 / /a rw -", 17, "missing separator: expected \" - \" before the file system type"},
        Mistake{"EndsAtTheType", "2 1 0:1 / /a rw - tmpfs", 24, "too few fields: expected a space and more fields"},
        Mistake{"EndsAtTheSource", "2 1 0:1 / /a rw - tmpfs none", 29, "too few fields: expected a space and more fields"},
        Mistake{"NoSuperOptions", "2 1 0:1 / /a rw - tmpfs none ", 30, "too few fields: expected the super options"},
        Mistake{"IdIsNoNumber", "x 1 0:1 / /a rw - tmpfs none rw", 1, "bad number: expected the mount id"},
        Mistake{"IdHasATail", "2x 1 0:1 / /a rw - tmpfs none rw", 2, "bad number: expected the mount id"},
        Mistake{"IdIsTooLarge", "18446744073709551616 1 0:1 / /a rw - tmpfs none rw", 20, "bad number: expected the mount id"},
        Mistake{"ParentIsOnlyAMinus", "2 - 0:1 / /a rw - tmpfs none rw", 4, "bad number: expected the parent id"},
        Mistake{"DeviceWithoutColon", "2 1 01 / /a rw - tmpfs none rw", 7, "bad major:minor: expected two numbers, MAJOR:MINOR"},
        Mistake{"DeviceWithoutMinor", "2 1 0: / /a rw - tmpfs none rw", 7, "bad major:minor: expected two numbers, MAJOR:MINOR"},
        Mistake{"DeviceWithoutMajor", "2 1 :1 / /a rw - tmpfs none rw", 5, "bad major:minor: expected two numbers, MAJOR:MINOR"},
        Mistake{"MinorIsTooLarge", "2 1 0:4294967296 / /a rw - tmpfs none rw", 17, "bad major:minor: expected two numbers, MAJOR:MINOR"},
        Mistake{"EmptyParent", "2  0:1 / /a rw - tmpfs none rw", 3, "empty field: expected the parent id"},
        Mistake{"EmptyRoot", "2 1 0:1  /a rw - tmpfs none rw", 9, "empty field: expected the root"},
        Mistake{"EmptyMountPoint", "2 1 0:1 /  rw - tmpfs none rw", 11, "empty field: expected the mount point"},
        Mistake{"EmptyOptions", "2 1 0:1 / /a  - tmpfs none rw", 14, "empty field: expected the mount options"},
        Mistake{"EmptyOptionalField", "2 1 0:1 / /a rw  - tmpfs none rw", 17,
                "empty field: expected an optional field or the separator \" - \""},
        Mistake{"EmptyType", "2 1 0:1 / /a rw -  none rw", 19, "empty field: expected the file system type"},
        Mistake{"NoSeparator", "2 1 0:1 / /a rw tmpfs none rw", 28, "missing separator: expected \" - \" before the file system type"},
        Mistake{"NulInAName", std::string("2 1 0:1 / /a\0b rw - tmpfs none rw", 33), 13, "NUL byte: expected text"},
        Mistake{"NulAtTheEnd", std::string("2 1 0:1 / /a rw - tmpfs none rw\0", 32), 32, "NUL byte: expected text"}),
    [](const testing::TestParamInfo<Mistake> &mistake) { return mistake.param.name; });

TEST(Limit, OfBytesIsEfbig) {
  Limits limits;
  limits.bytes = 10;
  Parsed parsed(mount_line(1, 0, "/"), limits);
  EXPECT_EQ(parsed.result, -EFBIG);
}

TEST(Limit, OfMountsIsEoverflow) {
  Limits limits;
  limits.mounts = 2;
  EXPECT_EQ(Parsed(mount_line(1, 0, "/") + mount_line(2, 1, "/a"), limits).result, 0);
  EXPECT_EQ(Parsed(mount_line(1, 0, "/") + mount_line(2, 1, "/a") + mount_line(3, 1, "/b"), limits).result, -EOVERFLOW);
}

TEST(Limit, OfALineIsEmsgsizeAndNamesTheLine) {
  Limits limits;
  limits.line = mount_line(1, 0, "/").size() - 1;
  Parsed parsed(mount_line(1, 0, "/") + mount_line(2, 1, "/a"), limits);
  EXPECT_EQ(parsed.result, -EMSGSIZE);
  EXPECT_EQ(parsed.failure.line, 2u);
  EXPECT_EQ(parsed.failure.column, limits.line + 1);
}

TEST(Limit, OfALineComesBeforeWhatIsWrongBehindIt) {
  Limits limits;
  limits.line = 100;
  EXPECT_EQ(Parsed(std::string(200, 'x') + "\n", limits).result, -EMSGSIZE);
}

TEST(Limit, RefusesALineOverTheRealOne) {
  std::string line = "1 0 0:1 / / rw - tmpfs none rw,";
  line.append(MPLAN_TABLE_MAX_LINE - line.size() + 1, 'x');
  EXPECT_EQ(Parsed(line + "\n").result, -EMSGSIZE);
}
