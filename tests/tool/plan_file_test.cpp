// SPDX-License-Identifier: MIT
// Plan files: which options they stand for, and how what is wrong with them is told.
#include "plan_file.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>

#include "json_source.hpp"
#include "parse.hpp"

using namespace mountplan::tool;

namespace {

using Words = std::vector<std::string>;

Words words(std::string_view text) {
  Words out;
  for (const Word &word : words_of_plan("plan", text)) {
    out.push_back(word.text);
  }
  return out;
}

std::string refusal(std::string_view text) {
  try {
    words_of_plan("plan", text);
  } catch (const UsageError &error) {
    return error.what();
  }
  return "accepted";
}

TEST(PlanFile, StandsForItsOptionsInOrder) {
  EXPECT_EQ(
      words(R"({"options": {"unshare-pid": true, "unshare-net": false, "uid": 5, "setenv": {"A": "b", "C": ""}, "cap-add": ["ALL"]},
                      "ops": [{"op": "tmpfs", "target": "/tmp", "perms": "1777", "size": 4096},
                              {"source": "/usr", "op": "ro-bind", "target": "/usr"},
                              {"op": "overlay", "layers": ["/a", "/b"], "target": "/o", "upper": "/u", "work": "/w"},
                              {"op": "chmod", "target": "/tmp", "perms": "700"}]})"),
      (Words{"--unshare-pid", "--uid", "5",         "--setenv", "A",       "b",    "--setenv",  "C",    "",     "--cap-add",     "ALL",
             "--perms",       "1777",  "--size",    "4096",     "--tmpfs", "/tmp", "--ro-bind", "/usr", "/usr", "--overlay-src", "/a",
             "--overlay-src", "/b",    "--overlay", "/u",       "/w",      "/o",   "--chmod",   "700",  "/tmp"}));
}

TEST(PlanFile, TextIsUnescapedAndMayBeAnyUtf8) {
  EXPECT_EQ(words(R"({"ops": [{"op": "dir", "target": "/\"\\\u00e4 \ud83d\ude00"}]})"), (Words{"--dir", "/\"\\ä 😀"}));
}

TEST(PlanFile, OfTheWholeOptionTableIsUnderstood) {
  for (const PlanOption &option : plan_options()) {
    if (option.add == nullptr) {
      continue;
    }
    Words wanted = {option.name};
    nlohmann::json op = {{"op", option.name + 2}};
    for (size_t i = 0; i < option.argument_count(); i++) {
      wanted.push_back(std::to_string(i));
      op[plan_key(option, i)] = std::to_string(i);
    }
    EXPECT_EQ(words(nlohmann::json({{"ops", {op}}}).dump()), wanted);
  }
}

// By hand made schemas fall behind: it has each op with exactly its names, and each option.
TEST(PlanFile, SchemaHasTheWholeOptionTable) {
  std::ifstream file(SCHEMA);
  nlohmann::json schema = nlohmann::json::parse(file);
  std::map<std::string, std::set<std::string>> ops;
  for (const nlohmann::json &op : schema["properties"]["ops"]["items"]["oneOf"]) {
    for (const auto &[name, value] : op["properties"].items()) {
      ops[op["properties"]["op"]["const"]].insert(name);
    }
  }
  std::set<std::string> known;
  for (const PlanOption &option : plan_options()) {
    std::string name = option.name + 2;
    bool is_setting =
        option.set != nullptr && option.section != Section::modifier && option.commands != on_convert && name != "help" && !name.empty();
    EXPECT_EQ(schema["properties"]["options"]["properties"].contains(name), is_setting) << name;
    if (option.add == nullptr) {
      continue;
    }
    std::set<std::string> names = {"op"};
    for (size_t i = 0; i < option.argument_count(); i++) {
      names.insert(plan_key(option, i));
    }
    for (const PlanOption &modifier : plan_options()) {
      if (modifier.section == Section::modifier && (option.modifiers & modifier.modifiers) != 0) {
        names.insert(modifier_key(modifier));
      }
    }
    EXPECT_EQ(ops[name], names) << name;
    known.insert(name);
  }
  EXPECT_EQ(ops.size(), known.size());
}

struct Wrong {
  const char *name;
  const char *text;
  const char *told;
};

std::ostream &operator<<(std::ostream &out, const Wrong &wrong) { return out << wrong.name; }

class PlanFileWrong : public testing::TestWithParam<Wrong> {};

TEST_P(PlanFileWrong, IsToldWithItsPlace) { EXPECT_EQ(refusal(GetParam().text), GetParam().told); }

INSTANTIATE_TEST_SUITE_P(
    Files, PlanFileWrong,
    testing::Values(
        Wrong{"Empty", "", "plan:1:1: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal"},
        Wrong{"Cut", "{\n  \"ops\": [",
              "plan:2:10: syntax error while parsing value - unexpected end of input; expected '[', '{', or a literal"},
        Wrong{"NoObject", "[]", "plan:1:1: must be an object, not an array"}, Wrong{"NoOps", "{}", "plan:1:1: \"ops\" is missing"},
        Wrong{"OpsNoArray", "{\"ops\": 5}", "plan:1:9: /ops: must be an array, not a number"},
        Wrong{"Unknown", "{\"opps\": []}",
              "plan:1:2: /opps: the plan has no member \"opps\", but: $schema, options, ops; did you mean "
              "\"ops\"?"},
        Wrong{"Twice", "{\"ops\": [],\n \"ops\": []}", "plan:2:2: the name \"ops\" is there twice"},
        Wrong{"NoOp", "{\"ops\": [\n {}]}", "plan:2:2: /ops/0: \"op\" is missing"},
        Wrong{"UnknownOp", "{\"ops\": [{\"op\": \"tmpf\"}]}",
              "plan:1:17: /ops/0/op: there is no op \"tmpf\"; mountplan run --help lists them, without the leading --; did you mean "
              "\"tmpfs\"?"},
        Wrong{"MemberOfAnother", "{\"ops\": [{\"op\": \"dir\", \"target\": \"/a\", \"size\": 1}]}",
              "plan:1:40: /ops/0/size: dir has no member \"size\", but: op, target, perms, symlinks"},
        Wrong{"Missing", "{\"ops\": [{\"op\": \"bind\", \"source\": \"/a\"}]}", "plan:1:10: /ops/0: \"target\" is missing"},
        Wrong{"ModeAsNumber", "{\"ops\": [{\"op\": \"dir\", \"target\": \"/a\", \"perms\": 755 }]}",
              "plan:1:49: /ops/0/perms: must be a string, not a number"},
        Wrong{"Nul", "{\"ops\": [{\"op\": \"dir\", \"target\": \"/a\\u0000b\"}]}", "plan:1:34: /ops/0/target: has a NUL byte"},
        Wrong{"UnknownOption", "{\"options\": {\"a/b\": 1}, \"ops\": []}",
              "plan:1:14: /options/a~1b: options has no member \"a/b\", but: the long names of the options that are no ops, as "
              "mountplan run --help has them"},
        Wrong{"OptionWithoutArgument", "{\"options\": {\"unshare-pid\": \"yes\"}, \"ops\": []}",
              "plan:1:29: /options/unshare-pid: must be a boolean, not a string"},
        Wrong{"Deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[", "plan:1:33: more than 32 levels"}),
    [](const auto &wrong) { return wrong.param.name; });

TEST(PlanFile, AllThatIsWrongIsToldAndTheRestIsRead) {
  Problems problems;
  Words read;
  for (const Word &word : words_of_plan("plan", R"({"opps": 1, "options": {"uid": [], "gid": {}, "unshare-pid": true}, "ops": [
{"op": "dir", "target": 5}, {"op": "dir", "target": "/a"}, 7, {"op": "dir", "taget": "/b", "perm": "755"}]})",
                                        &problems)) {
    read.push_back(word.text);
  }
  std::vector<std::string> places;
  for (const Problem &problem : problems.list) {
    places.push_back(problem.text.substr(0, problem.text.find(": ", problem.text.find(": ") + 1)));
  }
  EXPECT_EQ(places, (Words{"plan:1:2: /opps", "plan:1:43: /options/gid", "plan:2:25: /ops/0/target", "plan:2:60: /ops/2",
                           "plan:2:77: /ops/3/taget", "plan:2:92: /ops/3/perm", "plan:2:63: /ops/3"}));
  EXPECT_EQ(read, (Words{"--unshare-pid", "--dir", "/a"}));
}

TEST(PlanFile, ManySmallValuesAreRefusedBeforeTheyTakeMuchMemory) {
  std::string text = "{\n\"ops\": [\n0";
  for (int i = 0; i < 100'000; i++) {
    text += ",\n0";
  }
  EXPECT_EQ(refusal(text), "plan:100001:1: more than 100000 values");
}

TEST(PlanFile, TooLongIsRefused) { EXPECT_EQ(refusal(std::string(5 << 20, ' ')), "plan: more than 4194304 bytes"); }

}  // namespace
