// SPDX-License-Identifier: MIT
// Paths as text: cleaning, prefixes, octal escapes.
#include <gtest/gtest.h>

#include <string>

#include "path/clean.hpp"
#include "path/octal.hpp"

namespace path = mountplan::path;

static std::string clean(std::string text) {
  std::string out(text.size() + 2, '#');
  out.resize(path::clean(text, out.data()));
  return out;
}

static std::string unescape(std::string text) {
  text.resize(path::unescape(text.data(), text.size()));
  return text;
}

TEST(Clean, LeavesACleanPathAsItIs) {
  EXPECT_EQ(clean("/"), "/");
  EXPECT_EQ(clean("/usr/lib"), "/usr/lib");
  EXPECT_EQ(clean("/..."), "/...");
  EXPECT_EQ(clean("/.a/..b"), "/.a/..b");
}

TEST(Clean, JoinsSlashesAndDropsTheLastOne) { EXPECT_EQ(clean("///usr//lib/"), "/usr/lib"); }

TEST(Clean, DropsDots) { EXPECT_EQ(clean("/./usr/./lib/."), "/usr/lib"); }

TEST(Clean, GoesUpAndStopsAtTheRoot) {
  EXPECT_EQ(clean("/usr/../lib"), "/lib");
  EXPECT_EQ(clean("/usr/lib/../.."), "/");
  EXPECT_EQ(clean("/../../usr"), "/usr");
}

TEST(Clean, WorksInPlace) {
  std::string text = "//a/./b/../c/";
  text.resize(path::clean(text, text.data()));
  EXPECT_EQ(text, "/a/c");
}

TEST(HasPrefix, ComparesByComponent) {
  EXPECT_TRUE(path::has_prefix("/mnt/a", "/mnt/a"));
  EXPECT_TRUE(path::has_prefix("/mnt/a/b", "/mnt/a"));
  EXPECT_FALSE(path::has_prefix("/mnt/ab", "/mnt/a"));
  EXPECT_FALSE(path::has_prefix("/mnt", "/mnt/a"));
}

TEST(HasPrefix, TakesTheRootAsPrefixOfAll) {
  EXPECT_TRUE(path::has_prefix("/", "/"));
  EXPECT_TRUE(path::has_prefix("/a", "/"));
}

TEST(Unescape, UndoesWhatTheKernelEscapes) { EXPECT_EQ(unescape("a\\040b\\011c\\012d\\134e\\043"), "a b\tc\nd\\e#"); }

TEST(Unescape, HappensOnce) { EXPECT_EQ(unescape("\\134040"), "\\040"); }

TEST(Unescape, TakesEveryByteButNul) {
  EXPECT_EQ(unescape("\\001\\377"), "\001\377");
  EXPECT_EQ(unescape("a\\000b"), "a\\000b");
  EXPECT_EQ(unescape("\\400"), "\\400");
}

TEST(Unescape, LeavesWhatIsNoEscape) {
  EXPECT_EQ(unescape("\\"), "\\");
  EXPECT_EQ(unescape("a\\04"), "a\\04");
  EXPECT_EQ(unescape("\\08x\\x41\\n"), "\\08x\\x41\\n");
  EXPECT_EQ(unescape("\\\\040"), "\\ ");
}
