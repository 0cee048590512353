// SPDX-License-Identifier: MIT
// What a word that is not known was probably meant to be.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mountplan::tool {

// `; did you mean "tmpfs"?`, or nothing where no candidate is near.
std::string did_you_mean(std::string_view word, const std::vector<std::string> &candidates);

}  // namespace mountplan::tool
