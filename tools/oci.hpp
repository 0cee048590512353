// SPDX-License-Identifier: MIT
// OCI runtime configurations (docs/oci.md): the root file system of a config.json, in the words of the options.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "plan_file.hpp"

namespace mountplan::tool {

// The options that the text of a config.json stands for. `skipped`: types of mounts and names of mount options that are left out. What was
// left out, and what is not read, is told in `notes`. Throws UsageError with the place in the file, or with `problems` goes on.
std::vector<Word> words_of_oci(const std::string &file, std::string_view text, const std::set<std::string> &skipped,
                               std::vector<std::string> &notes, Problems *problems = nullptr);

// Whether the text is that of such a configuration: it has an ociVersion. False where that can not be told.
bool is_oci(std::string_view text);

}  // namespace mountplan::tool
