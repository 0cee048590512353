// SPDX-License-Identifier: MIT
// What must be as before after a failure, and what a success must have made.
#pragma once

#include <string>

namespace fault {

// Keeps /proc open, so that the mount table can still be read after pivot_root(2).
void open_proc();

// As text, one fact per line: the descriptors of this process; mounts and everything below scratch.
std::string descriptors();
std::string outside_state();

// Mounts and files at and below `root`: no ids, no device numbers, and nothing of which layers of an overlay go by which name.
enum class Covered { with_options, without_options };  // mounts that others cover
std::string picture(const std::string &root, Covered covered = Covered::with_options);

// The lines that the two do not share, for a message: "-before" and "+after".
std::string difference(const std::string &before, const std::string &after);

}  // namespace fault
