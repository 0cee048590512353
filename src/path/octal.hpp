// SPDX-License-Identifier: MIT
// The kernel's octal escapes in mount tables: `\040` for a space.
#pragma once

#include <cstddef>

namespace mountplan::path {

// Undoes the escapes of `length` bytes in place, once, and returns the new length; writes no NUL. An escape is a backslash and
// three octal digits from \001 to \377; anything else stays as it is (\000 too: it would cut a C string short).
size_t unescape(char *text, size_t length);

}  // namespace mountplan::path
