// SPDX-License-Identifier: MIT
// The table object of the C layer: shared by the trees unfolded from it.
#pragma once

#include <mountplan/table.h>

#include <atomic>

#include "table/table.hpp"

struct mplan_table {
  std::atomic<uint64_t> references = 1;
  mountplan::table::Memory memory;
  mountplan::table::Table table{memory};
};
