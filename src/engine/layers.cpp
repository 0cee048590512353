// SPDX-License-Identifier: MIT
#include "engine/layers.hpp"

#include <cstring>

#include "engine/run.hpp"

namespace mountplan::engine {

namespace {

bool is_data_layer(const Option &option) { return strcmp(option.key, "datadir+") == 0; }

}  // namespace

bool is_layer(const Option &option) { return is_data_layer(option) || strcmp(option.key, "lowerdir+") == 0; }

size_t join_layers(const Option *options, size_t count, base::Writer &out) {
  size_t i = 0;
  for (; i < count && is_layer(options[i]); i++) {
    out.text(i == 0 ? "" : is_data_layer(options[i]) ? "::" : ":").text(FdPath(options[i].fd).text);
  }
  return i;
}

}  // namespace mountplan::engine
