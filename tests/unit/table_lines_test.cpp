// SPDX-License-Identifier: MIT
// Lines by every way of finding bytes, against the plain parser of tests/fuzz; and that nothing beside the text is read. There is a short
// way for usual lines and a long one for all: what is here is near the border between them.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <random>

#include "unit/finders.hpp"
#include "unit/table_text.hpp"

namespace table = mountplan::table;
namespace tests = mountplan::tests;
using mountplan::base::Failure;

// More text than the short way looks ahead, so that a line before it is taken by it.
static const std::string usual = "20 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n21 20 0:5 / /proc rw - proc proc rw\n";

// The end of a page with an unreadable one behind it.
class PageEnd {
 public:
  PageEnd() {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_ = 16 * page;
    start_ = static_cast<char *>(mmap(nullptr, size_ + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (start_ == MAP_FAILED || mprotect(start_ + size_, page, PROT_NONE) != 0) {
      throw std::runtime_error("no memory for the test");
    }
    end_ = size_ + page;
  }
  PageEnd(const PageEnd &) = delete;
  PageEnd &operator=(const PageEnd &) = delete;
  ~PageEnd() { munmap(start_, end_); }

  // Memory that ends there and has `size` bytes.
  char *last(size_t size) const { return start_ + size_ - size; }

 private:
  char *start_;
  size_t size_;
  size_t end_;
};

class TableLines : public testing::TestWithParam<const table::Finder *> {
 protected:
  // What is made of `text`, the last byte of whose padding is the last of a page.
  std::string parse(const std::string &text, const table::Limits &limits = {}) {
    // Given entries and index before the text, as many as parsing wants or more: then the text is the last of the region.
    const size_t lines = static_cast<size_t>(std::count(text.begin(), text.end(), '\n')) + (text.empty() || text.back() == '\n' ? 0 : 1);
    const size_t slots = 2 * lines + 16;
    const auto rounded = [](size_t size) { return (size + 15) / 16 * 16; };
    const size_t size = rounded(lines * sizeof(table::Entry)) + rounded(slots * sizeof(uint32_t)) + table::padded(text.size());
    table::Memory memory(page_.last(size), size);
    table::Table table(memory);
    Failure failure;
    EXPECT_TRUE(table.entries.resize(lines) && table.index.resize(slots) && table.text.resize(table::padded(text.size())));
    EXPECT_EQ(table.text.data() + table.text.size(), page_.last(0));
    memcpy(table.text.data(), text.data(), text.size());
    table.length = text.size();
    const int result = table::parse_in_place_with(*GetParam(), limits, table, failure);
    return tests::told(table, result, failure);
  }

  PageEnd page_;
};

INSTANTIATE_TEST_SUITE_P(Each, TableLines, testing::ValuesIn(tests::all_finders()), tests::finder_name);

// Every place of a block at which a text may end, and every way in which it may stop short.
TEST_P(TableLines, CutAnywhereAreReadWithinTheirText) {
  const std::string last_lines[] = {
      "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n",
      "1 2 3:4 / / r - t s r\n",
      "12345678 87654321 12345678:12345678 / /a\\040b rw a b c d - t  o p\n",
  };
  for (const std::string &line : last_lines) {
    for (size_t shift = 0; shift < table::block_size; shift++) {
      const std::string before = usual + "22 20 0:6 / /" + std::string(shift, 'x') + " rw - proc proc rw\n";
      for (size_t length = 0; length <= line.size(); length++) {
        const std::string text = before + line.substr(0, length);
        ASSERT_EQ(parse(text), tests::told_by_reference(text, {})) << text;
      }
    }
  }
}

// Where a device would be, and its colon, is behind the end of some of these: of "1 2     -" with as much padding as makes it look like a
// line.
TEST_P(TableLines, OfFewBytesAtTheEndAreReadWithinTheirText) {
  for (const char *line :
       {"1 2\n", "1 2", "1 2 \n", "1\n", "\n", " \n", "  ", "1 2 3\n", "1 2 12345678\n", "1 2 123456789\n", "1 2 12345678:", "1 2     -",
        "1 2     -\n", "1 2     - \n", "1 2      - \n", "      -\n", "1 2 12345678    -\n"}) {
    for (size_t shift = 0; shift < table::block_size; shift++) {
      for (const std::string &before : {std::string(), "22 20 0:6 / /" + std::string(shift, 'x') + " rw - proc proc rw\n"}) {
        const std::string text = before + line;
        ASSERT_EQ(parse(text), tests::told_by_reference(text, {})) << text;
      }
    }
  }
}

TEST_P(TableLines, OfRandomBytesAtTheEndAreReadWithinTheirText) {
  std::mt19937 random(3);
  for (int round = 0; round < 20000; round++) {
    std::string text = "22 20 0:6 / /" + std::string(random() % table::block_size, 'x') + " rw - proc proc rw\n";
    for (unsigned length = random() % 24; length > 0; length--) {
      constexpr char few[] = {' ', ' ', ' ', ' ', '-', '-', '1', '2', ':', '\n'};
      text += few[random() % sizeof few];
    }
    ASSERT_EQ(parse(text), tests::told_by_reference(text, {})) << text;
  }
}

TEST_P(TableLines, HaveNumbersOfAnyLength) {
  std::vector<std::string> numbers = {"",
                                      "-",
                                      ":",
                                      "-1",
                                      "x",
                                      "1x",
                                      "0x1",
                                      "+1",
                                      "4294967295",
                                      "4294967296",
                                      "18446744073709551615",
                                      "18446744073709551616",
                                      "-9223372036854775808",
                                      "-9223372036854775809"};
  for (size_t digits = 1; digits <= 24; digits++) {
    numbers.push_back(std::string("123456789012345678901234").substr(0, digits));
    numbers.push_back(std::string(digits, '9'));
    numbers.push_back(std::string(digits, '0'));
  }
  for (const std::string &number : numbers) {
    for (const std::string &start : {number + " 2 3:4", "1 " + number + " 3:4", "1 2 " + number + ":4", "1 2 3:" + number, "1 2 " + number,
                                     "1 2 " + number + ":" + number, "1 2 " + number + ":4:5"}) {
      const std::string text = start + " / / rw - t s o\n" + usual;
      ASSERT_EQ(parse(text), tests::told_by_reference(text, {})) << text;
    }
  }
}

TEST_P(TableLines, HaveAnyNumberOfOptionalFields) {
  std::string optional;
  for (int count = 0; count < 40; count++, optional += "shared:" + std::to_string(count) + " ") {
    const std::string text = "1 2 3:4 / / rw " + optional + "- t s o\n" + usual;
    ASSERT_EQ(parse(text), tests::told_by_reference(text, {})) << text;
  }
}

TEST_P(TableLines, EndAtTheLimit) {
  for (uint64_t most = 0; most < usual.size(); most++) {
    table::Limits limits;
    limits.line = most;
    ASSERT_EQ(parse(usual, limits), tests::told_by_reference(usual, limits)) << most;
  }
}

TEST_P(TableLines, WithAStrangeByteAreReadByTheLongWay) {
  std::mt19937 random(2);
  const std::string lines[] = {
      "36 35 98:0 /mnt1 /mnt2 rw,noatime shared:1 master:2 - ext3 /dev/root rw,errors=continue\n",
      "1234567 1 0:1234 / / ro - proc  rw\n",
      "12345678901 7 0:1 / /a\\040b rw shared:1 master:2 propagate_from:3 unbindable x - t s o p\n",
      "20 1 254:1 / / rw,relatime shared:1 - ext4 /dev/mapper/vg-root rw\n",
  };
  for (int round = 0; round < 5000; round++) {
    std::string text;
    for (int i = 0; i < 8; i++) {
      text += lines[random() % std::size(lines)];
    }
    for (unsigned changes = random() % 3; changes > 0; changes--) {
      constexpr char strange[] = {' ', '\n', '\\', '\0', '-', ':', '9', '/', '\x01', '\x80', '\t', ','};
      const size_t at = random() % text.size();
      switch (random() % 3) {
        case 0:
          text[at] = strange[random() % sizeof strange];
          break;
        case 1:
          text.insert(at, 1, strange[random() % sizeof strange]);
          break;
        default:
          text.erase(at, 1 + random() % 3);
      }
    }
    ASSERT_EQ(parse(text), tests::told_by_reference(text, {})) << text;
  }
}
