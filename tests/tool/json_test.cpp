// SPDX-License-Identifier: MIT
// JSON text: any byte survives, and the result is valid JSON.
#include "json.hpp"

#include <gtest/gtest.h>

#include <ostream>

using mountplan::tool::json_string;
using mountplan::tool::JsonWriter;

struct Escape {
  const char *name;
  std::string_view given;
  const char *expected;
};

void PrintTo(const Escape &test, std::ostream *out) { *out << test.name; }

class JsonString : public testing::TestWithParam<Escape> {};

TEST_P(JsonString, IsWrittenAs) { EXPECT_EQ(json_string(GetParam().given), GetParam().expected); }

INSTANTIATE_TEST_SUITE_P(
    Escapes, JsonString,
    testing::Values(Escape{"Empty", "", R"("")"}, Escape{"Plain", "/a b", R"("/a b")"},
                    Escape{"QuoteAndBackslash", "a\"b\\c", R"("a\"b\\c")"},
                    Escape{"Controls", "\n\t\x01\x1f\x7f", R"("\n\t\u0001\u001f\u007f")"},
                    Escape{"WellFormed", "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
                    Escape{"LoneByte", "a\xff/b", R"("a\udcff/b")"}, Escape{"FirstByteThatIsNotAscii", "\x80", R"("\udc80")"},
                    Escape{"CutSequence", "\xe2\x82", R"("\udce2\udc82")"},
                    Escape{"CutSequenceBeforeText", "\xe2\x82/", R"("\udce2\udc82/")"}, Escape{"Overlong", "\xc0\xaf", R"("\udcc0\udcaf")"},
                    Escape{"OverlongThree", "\xe0\x80\xaf", R"("\udce0\udc80\udcaf")"},
                    Escape{"Surrogate", "\xed\xb2\x80", R"("\udced\udcb2\udc80")"},
                    Escape{"AboveUnicode", "\xf4\x90\x80\x80", R"("\udcf4\udc90\udc80\udc80")"}),
    [](const auto &test) { return test.param.name; });

TEST(JsonWriter, PutsCommasBetweenValuesAndMembers) {
  JsonWriter json;
  json.open_object().key("a").number(18446744073709551615u).key("b").open_array().boolean(true).null().signed_number(-1);
  json.open_object().close_object().close_array().key("c").string("x").close_object();
  EXPECT_EQ(json.text(), R"({"a":18446744073709551615,"b":[true,null,-1,{}],"c":"x"})");
}
