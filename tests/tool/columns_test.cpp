// SPDX-License-Identifier: MIT
// Column output: names can not disturb the terminal, columns line up, branches are drawn as findmnt draws them.
#include "columns.hpp"

#include <gtest/gtest.h>

#include <clocale>

using namespace mountplan::tool;

namespace {

const Style ascii{};
const Style utf8{.utf8 = true, .colour = false};

class Columns : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(setlocale(LC_CTYPE, "C.UTF-8"), nullptr); }
};

}  // namespace

TEST_F(Columns, ShowControlCharactersAsEscapes) { EXPECT_EQ(printable("/a\nb\x1b[2J\x7f", utf8), "/a\\x0ab\\x1b[2J\\x7f"); }

TEST_F(Columns, ShowBytesThatAreNotUtf8AsEscapes) { EXPECT_EQ(printable("/\xff\xc3\xa9", utf8), "/\\xff\xc3\xa9"); }

TEST_F(Columns, ShowEveryByteAboveAsciiAsEscapeInAnAsciiLocale) { EXPECT_EQ(printable("/\xc3\xa9", ascii), "/\\xc3\\xa9"); }

TEST_F(Columns, ShowDirectionalMarksAsEscapes) { EXPECT_EQ(printable("/\xe2\x80\xaegpj", utf8), "/\\xe2\\x80\\xaegpj"); }

TEST_F(Columns, CountWideCharactersAsTwoCells) { EXPECT_EQ(display_width("\xe6\x97\xa5x", utf8), 3u); }

TEST_F(Columns, LineUpAndEndWithoutBlanks) {
  EXPECT_EQ(align({"A", "BB"}, {{{"long", ""}}, {{"x", "y"}}}, ascii), "A    BB\nlong\nx    y\n");
}

TEST_F(Columns, DimRowsOnlyWithColour) {
  EXPECT_EQ(align({"A"}, {{{"x"}, true}}, ascii), "A\nx\n");
  EXPECT_EQ(align({"A"}, {{{"x"}, true}}, {.utf8 = false, .colour = true}), "A\n\x1b[2mx\x1b[0m\n");
}

TEST_F(Columns, DrawBranchesOfATree) {
  // root, first, its child, second (last), its two children
  EXPECT_EQ(draw_branches({0, 1, 2, 1, 2, 2}, utf8), (std::vector<std::string>{"", "├─", "│ └─", "└─", "  ├─", "  └─"}));
  EXPECT_EQ(draw_branches({0, 1, 2, 1, 2, 2}, ascii), (std::vector<std::string>{"", "|-", "| `-", "`-", "  |-", "  `-"}));
}

TEST_F(Columns, DrawNoBranchBetweenTreesOfAForest) {
  EXPECT_EQ(draw_branches({0, 1, 0, 1}, utf8), (std::vector<std::string>{"", "└─", "", "└─"}));
}
