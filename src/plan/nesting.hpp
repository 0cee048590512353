// SPDX-License-Identifier: MIT
// How two paths lie to each other, by component and without looking at any file. Host paths may be relative and may have `..`,
// whose meaning depends on symbolic links: where it matters the answer is "no", and the check at prepare time decides.
#pragma once

#include <string_view>

namespace mountplan::plan {

// The same components, `.` and repeated slashes left aside.
bool same_path(std::string_view one, std::string_view other);

// `path` is `folder` or something below it.
bool lies_inside(std::string_view path, std::string_view folder);

}  // namespace mountplan::plan
