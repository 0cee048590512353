// SPDX-License-Identifier: MIT
// Option words and optional fields.
#include "table/options.hpp"

#include <gtest/gtest.h>
#include <mountplan/attributes.h>
#include <mountplan/table.h>

#include <cerrno>
#include <string>

namespace table = mountplan::table;

TEST(Attributes, KnowsEveryWordOfTheKernel) {
  EXPECT_EQ(table::attributes("ro,nosuid,nodev,noexec,nosymfollow,noatime,nodiratime"),
            uint64_t{MPLAN_ATTR_RDONLY | MPLAN_ATTR_NOSUID | MPLAN_ATTR_NODEV | MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOSYMFOLLOW |
                     MPLAN_ATTR_NOATIME | MPLAN_ATTR_NODIRATIME});
  EXPECT_EQ(table::attributes("rw,relatime"), uint64_t{MPLAN_ATTR_RELATIME});
}

TEST(Attributes, TakesNeitherRelatimeNorNoatimeAsStrict) {
  EXPECT_EQ(table::attributes("rw"), uint64_t{MPLAN_ATTR_STRICTATIME});
  EXPECT_EQ(table::attributes("ro,nodiratime"), uint64_t{MPLAN_ATTR_RDONLY | MPLAN_ATTR_NODIRATIME | MPLAN_ATTR_STRICTATIME});
}

TEST(Attributes, ComparesWholeWords) { EXPECT_EQ(table::attributes("rox,nosuidx,xro,relatime"), uint64_t{MPLAN_ATTR_RELATIME}); }

TEST(UnknownOption, GivesTheWordsThatAreNoAttribute) {
  std::string_view word;
  ASSERT_TRUE(table::unknown_option("rw,idmapped,nodev,,future=1", 0, word));
  EXPECT_EQ(word, "idmapped");
  ASSERT_TRUE(table::unknown_option("rw,idmapped,nodev,,future=1", 1, word));
  EXPECT_EQ(word, "future=1");
  EXPECT_FALSE(table::unknown_option("rw,idmapped,nodev,,future=1", 2, word));
}

TEST(Peers, DecodesWhatItKnows) {
  const table::Peers peers = table::peers("shared:12 master:3 propagate_from:2 unbindable");
  EXPECT_EQ(peers.propagation, uint64_t{MPLAN_PROPAGATION_SHARED | MPLAN_PROPAGATION_SLAVE | MPLAN_PROPAGATION_UNBINDABLE});
  EXPECT_EQ(peers.shared, 12u);
  EXPECT_EQ(peers.master, 3u);
  EXPECT_EQ(peers.propagate_from, 2u);
}

TEST(Peers, IsPrivateWhereNothingIsSaid) {
  EXPECT_EQ(table::peers("").propagation, uint64_t{MPLAN_PROPAGATION_PRIVATE});
  EXPECT_EQ(table::peers("colour:red shared:x shared: propagate_from:7").propagation, uint64_t{MPLAN_PROPAGATION_PRIVATE});
}

namespace {

class Words : public testing::Test {
 protected:
  void SetUp() override {
    const std::string text = "1 0 0:1 / / rw,idmapped - overlay none rw,lowerdir=/a\\054upperdir=/evil,,x\\134054\\04\n";
    ASSERT_EQ(mplan_table_parse(text.data(), text.size(), 0, &table_, nullptr), 0);
  }
  void TearDown() override { mplan_table_unref(table_); }

  std::string super_option(size_t option) {
    char out[64];
    const int64_t length = mplan_table_super_option(table_, 0, option, out, sizeof out);
    return length < 0 ? "none" : std::string(out, static_cast<size_t>(length));
  }

  mplan_table *table_ = nullptr;
};

}  // namespace

TEST_F(Words, OfTheSuperBlockAreSplitBeforeTheyAreUnescaped) {
  EXPECT_EQ(super_option(0), "rw");
  EXPECT_EQ(super_option(1), "lowerdir=/a,upperdir=/evil");
  EXPECT_EQ(super_option(2), "");
  EXPECT_EQ(super_option(3), "x\\054\\04");
  EXPECT_EQ(super_option(4), "none");
}

TEST_F(Words, AreCutToTheBufferAndCounted) {
  char out[4] = "###";
  EXPECT_EQ(mplan_table_super_option(table_, 0, 1, out, sizeof out), 26);
  EXPECT_STREQ(out, "low");
  EXPECT_EQ(mplan_table_unknown_option(table_, 0, 0, out, sizeof out), 8);
  EXPECT_STREQ(out, "idm");
  EXPECT_EQ(mplan_table_unknown_option(table_, 0, 0, nullptr, 0), 8);
}

TEST_F(Words, AreRefusedOutOfRange) {
  EXPECT_EQ(mplan_table_super_option(table_, 1, 0, nullptr, 0), -ERANGE);
  EXPECT_EQ(mplan_table_unknown_option(table_, 0, 1, nullptr, 0), -ENOENT);
  EXPECT_EQ(mplan_table_unknown_option(nullptr, 0, 0, nullptr, 0), -EINVAL);
  EXPECT_EQ(mplan_table_super_option(table_, 0, 0, nullptr, 1), -EINVAL);
}
