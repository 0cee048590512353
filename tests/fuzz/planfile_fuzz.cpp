// SPDX-License-Identifier: MIT
// Plan files and OCI configurations: any text is refused with its place, or stands for words; and what they describe, converted to a plan
// file, stands for the same.
#include "build.hpp"
#include "convert.hpp"
#include "fuzz/check.hpp"
#include "oci.hpp"
#include "parse.hpp"
#include "plan_file.hpp"

using namespace mountplan::fuzz;
using namespace mountplan::tool;

namespace {

Words texts(const std::vector<Word> &words) {
  Words out;
  for (const Word &word : words) {
    check(word.origin.starts_with("name:"), "a word knows its place");
    check(word.text.find('\0') == std::string::npos, "a word has no NUL byte");
    out.push_back(word.text);
  }
  return out;
}

// A plan file may name descriptors, files and further plan files. Those are not read here.
bool reads_more(const Words &words) {
  for (const std::string &word : words) {
    if (word == "--args" || word == "--plan" || word == "--oci" || word.ends_with("data") || word == "--file") {
      return true;
    }
  }
  return false;
}

// What is told of a file that is read to its end begins with its name, and each option that is left is one that can be typed.
void try_oci(std::string_view text) {
  std::vector<std::string> notes;
  Words first;
  try {
    first = texts(words_of_oci("name", text, {"gid", "none"}, notes));
  } catch (const UsageError &error) {
    check(std::string_view(error.what()).starts_with("name:"), "what is wrong is told with its place");
    Problems problems;
    try {
      words_of_oci("name", text, {}, notes, &problems);
      check(!problems.list.empty(), "what is wrong is found again");
    } catch (const UsageError &) {
    }
  }
  for (const std::string &note : notes) {
    check(note.starts_with("name:"), "a note tells the file");
  }
  if (reads_more(first)) {
    return;
  }
  try {
    Request request = parse_options("convert", first);
    check(request.command.empty(), "a configuration makes no command");
    plan_text(request, "convert");
  } catch (const UsageError &) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  try_oci({reinterpret_cast<const char *>(data), size});
  Words words;
  try {
    words = texts(words_of_plan("name", {reinterpret_cast<const char *>(data), size}));
  } catch (const UsageError &error) {
    check(std::string_view(error.what()).starts_with("name:"), "what is wrong is told with its place");
    return 0;
  }
  if (reads_more(words)) {
    return 0;
  }
  Request request;
  try {
    request = parse_options("convert", words);
  } catch (const UsageError &error) {
    return 0;
  }
  check(request.command.empty(), "a plan file has no command");
  std::string text;
  try {
    text = plan_text(request, "convert");
  } catch (const UsageError &error) {
    return 0;  // an order of settings
  }
  Request again = parse_options("convert", texts(words_of_plan("name", text)));
  check(again.settings == request.settings, "the same settings");
  check_same(options_text(again), options_text(request), "the same options");
  return 0;
}
