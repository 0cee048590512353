// SPDX-License-Identifier: MIT
// Plan files (docs/plan-files.md): a plan as JSON, in the words of the options.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "problems.hpp"

namespace mountplan::tool {

// A word of a command line, and where it comes from: "plan.json:7:3: /ops/2". Empty for what was typed.
struct Word {
  std::string text;
  std::string origin;
  bool begins = false;  // of a file: what comes before has nothing to do with it
};

// A file that may be a pipe: it can be read once.
struct TextFile {
  std::string name;  // for messages
  std::string text;
};

// The file that an option names, `-` being standard input. Throws UsageError, also where it is longer than a plan may be.
TextFile read_text_file(const std::string &file, const std::string &option);

// The options that the text of a plan file stands for. Throws UsageError with the place in the file, or with `problems` leaves out what is
// wrong.
std::vector<Word> words_of_plan(const std::string &file, std::string_view text, Problems *problems = nullptr);

// The name that an argument of this option has in a plan file: "source".
std::string plan_key(const PlanOption &option, size_t argument);

// The name that a modifier has in a plan file: "size", or "layers" of --overlay-src.
std::string modifier_key(const PlanOption &modifier);

}  // namespace mountplan::tool
