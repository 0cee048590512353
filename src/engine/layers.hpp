// SPDX-License-Identifier: MIT
// The layers of an overlay as one string, for kernels that do not take them one by one.
#pragma once

#include "base/writer.hpp"
#include "engine/backend.hpp"

namespace mountplan::engine {

bool is_layer(const Option &option);

// What the option lowerdir takes: the run of layers that begins at options[0], named by descriptor, so that nothing needs escaping. Returns
// how many there were.
size_t join_layers(const Option *options, size_t count, base::Writer &out);

}  // namespace mountplan::engine
