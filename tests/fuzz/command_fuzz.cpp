// SPDX-License-Identifier: MIT
// The command line of mountplan: words ended by NUL, the first byte choosing the command, after a byte 1 what descriptor 60 has to read.
// The plan is built, not applied. A line is refused with a message or gives a plan that the library takes; and an op as it is told to the
// user
// ("--perms 0700 --dir /a"), typed again, is the same op.
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>

#include "build.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"
#include "parse.hpp"

using namespace mountplan::fuzz;
using namespace mountplan::tool;

namespace {

constexpr int readable = 60;

void set_descriptors() {
  int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  int file = memfd_create("arguments", MFD_CLOEXEC);
  check(dup2(null, 0) == 0 && dup2(file, readable) == readable, "descriptors are set");
  close(null);
  close(file);
}

// Does a word name a descriptor of the fuzzer, or a file, which may keep who reads from it waiting?
bool names_foreign_descriptor(const Words &words) {
  for (const std::string &word : words) {
    bool number = !word.empty() && word.size() < 10 && word.find_first_not_of("0123456789") == std::string::npos;
    int descriptor = number ? std::stoi(word) : 0;
    if (word == "--plan") {
      return true;  // planfile_fuzz.cpp
    }
    if (descriptor != 0 && descriptor != readable && fcntl(descriptor, F_GETFD) >= 0) {
      return true;
    }
  }
  return false;
}

Words words_of(std::string_view text) {
  Words words;
  for (Bytes left(reinterpret_cast<const uint8_t *>(text.data()), text.size()); !left.empty();) {
    words.emplace_back(left.until('\0'));
  }
  return words;
}

void set_content(std::string_view content) {
  static size_t length = 0;
  if (length != 0 || !content.empty()) {
    bool written =
        ftruncate(readable, 0) == 0 && pwrite(readable, content.data(), content.size(), 0) == static_cast<ssize_t>(content.size());
    check(written, "the content is written");
    length = content.size();
  }
  lseek(readable, 0, SEEK_SET);
}

// Standard output and error go here while it lives.
class Capture {
 public:
  Capture() {
    rewind(stream());
    stdout = stderr = stream();
  }
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;
  ~Capture() { end(); }
  std::string_view end() {
    stdout = out_;
    stderr = err_;
    return {text, static_cast<size_t>(ftell(stream()))};
  }

 private:
  static FILE *stream() {
    static FILE *const opened = [] {
      FILE *file = fmemopen(text, sizeof text, "w");
      setvbuf(file, nullptr, _IONBF, 0);
      return file;
    }();
    return opened;
  }
  static inline char text[1 << 17];
  FILE *out_ = stdout;
  FILE *err_ = stderr;
};

// What is told fits on a terminal: whole lines, each with its beginning, nothing that moves the cursor.
void check_told(std::string_view text) {
  check(text.ends_with('\n'), "a message is whole lines");
  for (char c : text) {
    check(c == '\n' || (c >= 0x20 && c < 0x7f), "a message is printable");
  }
  while (!text.empty()) {
    check(text.starts_with("mountplan: ") || text.starts_with("hint: "), "each line of a message says whose it is");
    text.remove_prefix(text.find('\n') + 1);
  }
}

// As a shell does, with quotes as parse.hpp makes them.
Words shell_words(const std::string &line) {
  Words words = {""};
  bool quoted = false;
  for (size_t i = 0; i < line.size(); i++) {
    if (line[i] == '\'') {
      quoted = !quoted;
    } else if (line[i] == '\\' && !quoted) {
      words.back() += line[++i];
    } else if (line[i] == ' ' && !quoted) {
      words.emplace_back();
    } else {
      words.back() += line[i];
    }
  }
  check(!quoted, "quotes are closed");
  return words;
}

void check_typed_again(const std::string &command, const Op &op) {
  Request again = parse_options(command, shell_words(op.typed));
  check_same(again.ops.size(), 1u, "an op typed again is one op");
  const Op &same = again.ops[0];
  check(same.option == op.option && same.mode == op.mode && same.size == op.size && same.layers == op.layers, "the same op");
  check_same(same.values.size(), op.values.size(), "the number of its values");
  for (size_t i = 0; i < op.values.size(); i++) {
    check_same(same.values[i].text, op.values[i].text, "a value typed again");
    check_same(same.values[i].number, op.values[i].number, "a number typed again");
  }
}

void check_plan(const Request &request, const BuiltPlan &built) {
  size_t count = mplan_plan_count(built.plan.get());
  check(count >= request.ops.size(), "each option that makes something is in the plan");
  check_same(built.typed.size(), count, "for each op there is what was typed");
  check_same(mplan_plan_validate(built.plan.get(), nullptr), 0, "the plan is valid");
}

void try_line(const std::string &command, const Words &words) {
  Capture capture;
  try {
    Request request = read_request(command, words);
    for (const Op &op : request.ops) {
      check_typed_again(command, op);
    }
    try {
      request.pure = true;  // no processes for id maps
      BuiltPlan built = build_plan(request);
      check_plan(request, built);
      check(capture.end().empty(), "an accepted line is silent");
    } catch (const Exit &exit) {
      check(exit.code == exit_usage || exit.code == exit_setup, "the exit code of a refused op");
      check_told(capture.end());
    }
  } catch (const Exit &exit) {
    check(exit.code == exit_success && !capture.end().empty(), "help is printed");
  } catch (const UsageError &error) {
    print_message(error.what());
    check_told(capture.end());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static const bool ready = (set_descriptors(), setenv("LC_ALL", "C", 1) == 0);
  static constexpr const char *commands[] = {"run", "explain", "apply"};
  check(ready, "the harness is ready");
  Bytes in(data, size);
  const char *command = commands[in.below(std::size(commands))];
  Words words = words_of(in.until(1));
  std::string_view content = in.rest();
  if (!names_foreign_descriptor(words) && !names_foreign_descriptor(words_of(content))) {
    set_content(content);
    try_line(command, words);
  }
  return 0;
}
