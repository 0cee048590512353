// SPDX-License-Identifier: MIT
// The escape of overlayfs option strings, for kernels that take layers as text: a `\` before each `\`, `,` and `:`.
#pragma once

#include <cstddef>
#include <string_view>

namespace mountplan::path {

// Writes as much as fits into `size` bytes, NUL-terminated unless size is 0. Returns the length the whole has without the NUL.
size_t overlay_escape(std::string_view text, char *out, size_t size);

}  // namespace mountplan::path
