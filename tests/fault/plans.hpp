// SPDX-License-Identifier: MIT
// The reference plans: between them every op, on sources that furnish() makes below live::scratch().
#pragma once

#include <span>
#include <string>

#include "replay/plan.hpp"

namespace fault {

using replay::Plan;

struct Reference {
  const char *name;
  void (*build)(Plan &plan);
  bool in_place = true;     // also makes sense in a tree of the caller
  bool root_alone = false;  // of the first user namespace
  bool overlay = false;     // mounts one
};
std::span<const Reference> plans();

// Directories in scratch: `host` with the sources, `fresh` an empty directory, `tree` a file system of the caller with something in it.
void furnish();
// What plans write to by design: not part of what must be as before.
bool is_written(const std::string &path);
// Mounts a new `tree`.
void furnish_tree();

}  // namespace fault
