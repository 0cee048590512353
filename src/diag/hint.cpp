// SPDX-License-Identifier: MIT
#include "diag/diag.hpp"

namespace mountplan::diag {

const char *hint(const base::Failure &, char *, size_t) { return nullptr; }

}  // namespace mountplan::diag
