// SPDX-License-Identifier: MIT
// The vectors of tests/vectors, which other languages read too. The README there says what is in them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <mountplan.hpp>
#include <nlohmann/json.hpp>

using nlohmann::json;

namespace {

std::string content(const std::filesystem::path &path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::vector<std::string> names(const char *kind) {
  std::vector<std::string> out;
  for (const auto &entry : std::filesystem::directory_iterator(std::filesystem::path(VECTORS) / kind)) {
    if (entry.path().extension() == ".json") {
      out.push_back(entry.path().stem());
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

json load(const char *kind, const std::string &name) {
  return json::parse(content(std::filesystem::path(VECTORS) / kind / (name + ".json")));
}

json or_null(std::string_view text) { return text.empty() ? json() : json(text); }
json or_null(const char *text) { return text == nullptr ? json() : json(text); }

std::string test_name(const testing::TestParamInfo<std::string> &vector) {
  std::string name = vector.param;
  std::erase(name, '-');
  return name;
}

// Tables.

json unfolded(const mountplan::Table &table, const json &target) {
  const std::string path = target.is_null() ? "" : target.get<std::string>();
  try {
    json out = {{"target", target}, {"nodes", json::array()}, {"visible", json::array()}};
    const mountplan::Tree tree = target.is_null() ? table.unfold() : table.unfold(path);
    for (const mplan_node &node : tree) {
      out["nodes"].push_back(tree.mount(node).id);
      if (node.covered == 0) {
        out["visible"].push_back(table[node.mount].id);
      }
    }
    return out;
  } catch (const mountplan::Error &error) {
    return {{"target", target}, {"error", error.detail()}};
  }
}

json fields(const mountplan::Table &table, size_t i) {
  const mplan_mount mount = table[i];
  return {
      {"id", mount.id},
      {"parent_id", mount.parent_id},
      {"major", mount.major},
      {"minor", mount.minor},
      {"attributes", mount.attributes},
      {"propagation", mount.propagation},
      {"shared", mount.shared},
      {"master", mount.master},
      {"propagate_from", mount.propagate_from},
      {"root", mount.root},
      {"mount_point", mount.mount_point},
      {"options", mount.options},
      {"optional", mount.optional},
      {"type", mount.type},
      {"source", mount.source},
      {"super_options", mount.super_options},
      {"unique_id", mount.unique_id},
      {"unknown_options", table.unknown_options(i)},
      {"super_option_words", table.super_options(i)},
  };
}

class TableVector : public testing::TestWithParam<std::string> {};

TEST_P(TableVector, IsReadAsItSays) {
  const json expected = load("tables", GetParam());
  const std::string text = content(std::filesystem::path(VECTORS) / "tables" / (GetParam() + ".mountinfo"));
  if (expected.contains("error")) {
    try {
      mountplan::Table::parse(text);
      FAIL() << "no error";
    } catch (const mountplan::Error &error) {
      EXPECT_EQ(error.code(), std::errc::bad_message);
      const json got = {{"line", error.line()}, {"column", error.column()}, {"detail", error.detail()}};
      EXPECT_EQ(got, expected["error"]);
    }
    return;
  }
  const mountplan::Table table = mountplan::Table::parse(text);
  ASSERT_FALSE(expected["cases"].empty());
  for (const json &expectation : expected["cases"]) {
    EXPECT_EQ(unfolded(table, expectation["target"]), expectation);
  }
  if (expected.contains("mounts")) {
    ASSERT_EQ(table.size(), expected["mounts"].size());
    for (size_t i = 0; i < table.size(); i++) {
      EXPECT_EQ(fields(table, i), expected["mounts"][i]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, TableVector, testing::ValuesIn(names("tables")), test_name);

// Plans. Each call is looked up by its name; its arguments come from the vector.

struct Builder {
  mountplan::Plan plan;
  std::optional<mountplan::Op> op;  // added last
};

// The `i`-th argument of a call, as what the function takes.
struct Argument {
  const json &call;
  size_t i;
  operator uint64_t() const { return call.at(i).get<uint64_t>(); }
  operator uint32_t() const { return call.at(i).get<uint32_t>(); }
  std::string text() const { return call.at(i).get<std::string>(); }
};

using Step = void (*)(Builder &, const json &);

// An op with a target and flags alone, and one with a source before.
template <mountplan::Op (mountplan::Plan::*add)(const mountplan::String &, uint64_t)>
void on_target(Builder &b, const json &call) {
  b.op = (b.plan.*add)(Argument{call, 1}.text(), Argument{call, 2});
}
template <mountplan::Op (mountplan::Plan::*add)(const mountplan::String &, const mountplan::String &, uint64_t)>
void from_source(Builder &b, const json &call) {
  const std::string target = Argument{call, 2}.text();
  b.op = call.at(1).is_null() ? (b.plan.*add)(nullptr, target, Argument{call, 3})
                              : (b.plan.*add)(Argument{call, 1}.text(), target, Argument{call, 3});
}

using mountplan::Plan;
const std::map<std::string, Step> steps = {
    {"plan_set_flags",
     [](Builder &b, const json &call) {
       b.plan.set_flags(Argument{call, 1});
     }},
    {"plan_set_parent_mode",
     [](Builder &b, const json &call) {
       b.plan.set_parent_mode(Argument{call, 1});
     }},
    {"plan_bind", from_source<&Plan::bind>},
    {"plan_symlink", from_source<&Plan::symlink>},
    {"plan_move", from_source<&Plan::move>},
    {"plan_etc", from_source<&Plan::etc>},
    {"plan_root", on_target<&Plan::root>},
    {"plan_remount", on_target<&Plan::remount>},
    {"plan_proc", on_target<&Plan::proc>},
    {"plan_sysfs", on_target<&Plan::sysfs>},
    {"plan_devpts", on_target<&Plan::devpts>},
    {"plan_mqueue", on_target<&Plan::mqueue>},
    {"plan_bpf", on_target<&Plan::bpf>},
    {"plan_ramfs", on_target<&Plan::ramfs>},
    {"plan_dev", on_target<&Plan::dev>},
    {"plan_overlay", on_target<&Plan::overlay>},
    {"plan_mask", on_target<&Plan::mask>},
    {"plan_propagation", on_target<&Plan::propagation>},
    {"plan_unmount", on_target<&Plan::unmount>},
    {"plan_tmpfs",
     [](Builder &b, const json &call) {
       b.op = b.plan.tmpfs(Argument{call, 1}.text(), Argument{call, 2}, Argument{call, 3}, Argument{call, 4});
     }},
    {"plan_dir",
     [](Builder &b, const json &call) {
       b.op = b.plan.dir(Argument{call, 1}.text(), Argument{call, 2}, Argument{call, 3});
     }},
    {"plan_chmod",
     [](Builder &b, const json &call) {
       b.op = b.plan.chmod(Argument{call, 1}.text(), Argument{call, 2}, Argument{call, 3});
     }},
    {"plan_file",
     [](Builder &b, const json &call) {
       b.op = b.plan.file(Argument{call, 1}.text(), Argument{call, 2}.text(), Argument{call, 3}, Argument{call, 4});
     }},
    {"op_set_attrs",
     [](Builder &b, const json &call) {
       b.op->set_attrs(Argument{call, 1}, Argument{call, 2});
     }},
    {"op_set_symlinks",
     [](Builder &b, const json &call) {
       b.op->set_symlinks(Argument{call, 1});
     }},
    {"op_set_inodes",
     [](Builder &b, const json &call) {
       b.op->set_inodes(Argument{call, 1});
     }},
    {"op_add_layer",
     [](Builder &b, const json &call) {
       b.op->add_layer(Argument{call, 1}.text());
     }},
    {"op_add_data_layer",
     [](Builder &b, const json &call) {
       b.op->add_data_layer(Argument{call, 1}.text());
     }},
    {"op_set_upper",
     [](Builder &b, const json &call) {
       b.op->set_upper(Argument{call, 1}.text(), Argument{call, 2}.text());
     }},
};

void build(Builder &builder, const json &calls) {
  for (const json &call : calls) {
    steps.at(call.at(0).get<std::string>())(builder, call);
  }
}

// What fails, and where; null where nothing does.
json failure(const json &vector) {
  const char *from = "add";
  Builder builder;
  try {
    build(builder, vector["calls"]);
    from = "validate";
    builder.plan.validate();
    from = "explain";
    builder.plan.explain();
  } catch (const mountplan::Error &error) {
    return {
        {"from", from},
        {"errno", error.code().value()},
        {"kind", error.kind()},
        {"stage", error.stage()},
        {"op", error.op()},
        {"op_name", or_null(error.op_name())},
        {"call", or_null(error.call())},
        {"source", or_null(error.source())},
        {"target", or_null(error.target())},
        {"path", or_null(error.path())},
        {"detail", or_null(error.detail())},
        {"hint", or_null(error.hint())},
        {"message", error.what()},
    };
  }
  return {};
}

json ops_of(const mountplan::Plan &plan) {
  json out = json::array();
  for (const mplan_op &op : plan) {
    json layers = json::array();
    for (size_t layer = 0; layer < op.layers; layer++) {
      layers.push_back(or_null(plan.layer(out.size(), layer)));
    }
    out.push_back({
        {"kind", op.kind},
        {"name", op.name},
        {"mode", op.mode},
        {"flags", op.flags},
        {"size", op.size},
        {"attrs_set", op.attrs_set},
        {"attrs_clear", op.attrs_clear},
        {"symlinks", op.symlinks},
        {"source", or_null(op.source)},
        {"target", or_null(op.target)},
        {"layers", layers},
    });
  }
  return out;
}

uint32_t backend_named(const std::string &name) {
  uint32_t backend = 0;
  while (mountplan::backend_name(backend) != name) {
    backend++;
  }
  return backend;
}

// null where this kernel does not have the backend.
json explained(const mountplan::Plan &plan, uint32_t backend) {
  try {
    json out = json::array();
    for (const mplan_event &step : plan.explain({.backend = backend})) {
      if (step.flags != 0) {
        out.push_back({step.op, or_null(step.op_name), or_null(step.call), or_null(step.source), or_null(step.target), step.flags});
      }
    }
    return out;
  } catch (const mountplan::Error &error) {
    if (error.kind() != MPLAN_ERROR_UNSUPPORTED) {
      throw;
    }
    return {};
  }
}

class PlanVector : public testing::TestWithParam<std::string> {};

TEST_P(PlanVector, IsReadBackAndExplainedAsItSaysOrFails) {
  const json expected = load("plans", GetParam());
  if (expected.contains("error")) {
    EXPECT_EQ(failure(expected), expected["error"]);
    return;
  }
  Builder builder;
  build(builder, expected["calls"]);
  EXPECT_EQ(ops_of(builder.plan), expected["ops"]);
  const json explain = expected.value("explain", json::object());
  size_t compared = 0;
  for (const auto &[backend, wanted] : explain.items()) {
    const json got = explained(builder.plan, backend_named(backend));
    if (!got.is_null()) {
      EXPECT_EQ(got, wanted) << backend;
      compared++;
    }
  }
  if (compared == 0 && !explain.empty()) {
    const char *const required = getenv("MOUNTPLAN_REQUIRE_LIVE");
    ASSERT_STRNE(required != nullptr ? required : "", "1") << "nothing was compared";
    GTEST_SKIP() << "this kernel has none of the backends of this vector";
  }
}

INSTANTIATE_TEST_SUITE_P(Vectors, PlanVector, testing::ValuesIn(names("plans")), test_name);

}  // namespace
