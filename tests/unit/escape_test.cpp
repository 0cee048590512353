// SPDX-License-Identifier: MIT
// The pure half of mount.h: the overlay escape and the permission of parents.
#include <gtest/gtest.h>
#include <mountplan/mount.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace {

std::string escaped(const std::string &text) {
  char out[64];
  int64_t length = mplan_overlay_escape(text.data(), text.size(), out, sizeof out);
  EXPECT_LT(length, int64_t{sizeof out});
  EXPECT_EQ(out[length], '\0');
  return std::string(out, static_cast<size_t>(length));
}

TEST(OverlayEscape, PutsABackslashBeforeWhatWouldEndThePath) {
  EXPECT_EQ(escaped("/a,b:c\\d"), "/a\\,b\\:c\\\\d");
  EXPECT_EQ(escaped("\\,:"), "\\\\\\,\\:");
}

TEST(OverlayEscape, LeavesEveryOtherByteAlone) {
  for (int byte = 0; byte < 256; byte++) {
    std::string text(1, static_cast<char>(byte));
    bool special = byte == '\\' || byte == ',' || byte == ':';
    EXPECT_EQ(escaped(text), special ? "\\" + text : text) << byte;
  }
  EXPECT_EQ(escaped(""), "");
}

TEST(OverlayEscape, ReturnsTheLengthNeededWhateverFits) {
  char out[4];
  memset(out, 'x', sizeof out);
  EXPECT_EQ(mplan_overlay_escape("a:b", 3, out, sizeof out), 4);
  EXPECT_STREQ(out, "a\\:");
  EXPECT_EQ(mplan_overlay_escape("a:b", 3, nullptr, 0), 4);
  EXPECT_EQ(mplan_overlay_escape("a:b", 3, out, 1), 4);
  EXPECT_STREQ(out, "");
}

TEST(OverlayEscape, RefusesMissingPointers) {
  char out[4];
  EXPECT_EQ(mplan_overlay_escape(nullptr, 1, out, sizeof out), -EINVAL);
  EXPECT_EQ(mplan_overlay_escape("a", 1, nullptr, 1), -EINVAL);
  EXPECT_EQ(mplan_overlay_escape("a", SIZE_MAX, out, sizeof out), -EINVAL);
  EXPECT_EQ(mplan_overlay_escape(nullptr, 0, nullptr, 0), 0);
}

TEST(ParentMode, GivesNothingToThoseTheModeGivesNothing) {
  struct {
    uint32_t mode, parent;
  } cases[] = {{0755, 0755}, {0777, 0755}, {01777, 0755}, {0750, 0750}, {0700, 0700}, {0705, 0705},
               {0711, 0755}, {0720, 0750}, {0000, 0700},  {0444, 0755}, {0440, 0750}, {07000, 0700}};
  for (const auto &row : cases) {
    EXPECT_EQ(mplan_parent_mode(row.mode), row.parent) << std::oct << row.mode;
  }
}

}  // namespace
