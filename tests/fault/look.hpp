// SPDX-License-Identifier: MIT
// What must be as before after a failure, and what a success must have made.
#pragma once

#include <string>

namespace fault {

// Keeps /proc open, so that the mount table can still be read after pivot_root(2).
void open_proc();

// Mounts, descriptors and everything below scratch, as text: one fact per line.
std::string state();
// The same without descriptors: as seen from outside the process that worked.
std::string outside_state();

// Mounts and files at and below `root`: no ids, no device numbers, and nothing of which layers of an overlay go by which name.
std::string picture(const std::string &root);

// The lines that the two do not share, for a message: "-before" and "+after".
std::string difference(const std::string &before, const std::string &after);

}  // namespace fault
