// SPDX-License-Identifier: MIT
// The tables of tests/vectors, which other languages read too, through the public functions.
#include <gtest/gtest.h>
#include <mountplan/tree.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

using nlohmann::json;

namespace {

std::string content(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> names() {
  std::vector<std::string> out;
  for (const auto &entry : std::filesystem::directory_iterator(VECTORS)) {
    if (entry.path().extension() == ".mountinfo") {
      out.push_back(entry.path().stem());
    }
  }
  return out;
}

json unfold(mplan_table *table, const json &target) {
  mplan_tree *tree = nullptr;
  mplan_error *error = nullptr;
  const std::string path = target.is_null() ? "" : target.get<std::string>();
  if (mplan_tree_unfold(table, target.is_null() ? nullptr : path.c_str(), 0, &tree, &error) < 0) {
    json out = {{"target", target}, {"error", mplan_error_detail(error)}};
    mplan_error_free(error);
    return out;
  }
  json out = {{"target", target}, {"nodes", json::array()}, {"visible", json::array()}};
  for (size_t i = 0; i < mplan_tree_count(tree); i++) {
    struct mplan_node node;
    struct mplan_mount mount;
    EXPECT_EQ(mplan_tree_get(tree, i, &node, sizeof node), 0);
    EXPECT_EQ(mplan_table_get(table, node.mount, &mount, sizeof mount), 0);
    out["nodes"].push_back(mount.id);
    if (node.covered == 0) {
      out["visible"].push_back(mount.id);
    }
  }
  mplan_tree_free(tree);
  return out;
}

class Vector : public testing::TestWithParam<std::string> {};

}  // namespace

TEST_P(Vector, IsReadAsItSays) {
  const std::filesystem::path base = std::filesystem::path(VECTORS) / GetParam();
  const std::string text = content(base.string() + ".mountinfo");
  const json expected = json::parse(content(base.string() + ".json"));
  mplan_table *table = nullptr;
  mplan_error *error = nullptr;
  const int result = mplan_table_parse(text.data(), text.size(), 0, &table, &error);
  if (expected.contains("error")) {
    ASSERT_EQ(result, -EBADMSG);
    const json got = {{"line", mplan_error_line(error)}, {"column", mplan_error_column(error)}, {"detail", mplan_error_detail(error)}};
    EXPECT_EQ(got, expected["error"]);
    mplan_error_free(error);
    return;
  }
  ASSERT_EQ(result, 0) << mplan_error_message(error);
  ASSERT_FALSE(expected["cases"].empty());
  for (const json &expectation : expected["cases"]) {
    EXPECT_EQ(unfold(table, expectation["target"]), expectation);
  }
  mplan_table_unref(table);
}

INSTANTIATE_TEST_SUITE_P(Table, Vector, testing::ValuesIn(names()), [](const testing::TestParamInfo<std::string> &file) {
  std::string name = file.param;
  std::erase(name, '-');
  return name;
});
