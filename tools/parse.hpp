// SPDX-License-Identifier: MIT
// From words to a Request, driven by the option table.
#pragma once

#include <string>
#include <vector>

#include "options.hpp"
#include "problems.hpp"

namespace mountplan::tool {

// `command` is "run", "explain" or "apply"; `words` what follows it. Throws UsageError; with `problems`, what is
// wrong in a file that the words name is left out and told there.
Request parse_options(const std::string &command, std::vector<std::string> words, Problems *problems = nullptr);

// Adds what a file stands for, as if --oci or --plan with it came after the options. `form` is "oci" or "json", or empty: then an OCI
// configuration is known by its ociVersion.
void add_file(const std::string &command, const std::string &form, const std::string &file, Request &request, Problems *problems = nullptr);

// The options of a command, from the table.
std::string option_help(const std::string &command);

// Every word that an argument of this kind may be; none where there is no such list.
std::vector<std::string> words_of(Kind kind);

// A word as it would be typed in a shell.
std::string quoted(const std::string &word);

}  // namespace mountplan::tool
