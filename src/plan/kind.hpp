// SPDX-License-Identifier: MIT
// What is true of each kind of op, as data: the one place that adders, modifiers and the validator take their rules from.
#pragma once

#include <cstdint>
#include <string_view>

namespace mountplan::plan {

// May the op's target be the root of the new tree?
enum class AtRoot : uint8_t {
  refused,  // there is nothing it could mean
  first,    // it makes a mount there, which covers all that was made before: only as the first op
  free,     // it works on the root that is there
};

// Which policies for a symbolic link at the target make sense?
enum class Symlinks : uint8_t { refuse, follow, mount_on };

struct KindFacts {
  const char *name = nullptr;
  uint64_t flags = 0;                    // bits its adder takes
  uint64_t exclusive = 0;                // of these flags at most one
  bool exclusive_needed = false;         // and one must be there
  bool makes_or_changes_mount = false;   // takes mplan_op_set_attrs()
  bool keeps_nosuid = false;             // nosuid can not be cleared
  uint64_t attributes = 0;               // MPLAN_ATTR_ bits set unless the flags below say otherwise
  uint64_t writable_flag = 0;            // leaves ro away
  uint64_t device_flag = 0;              // leaves nodev away
  uint64_t readonly_flag = 0;            // adds ro
  uint64_t plain_flag = 0;               // makes no mount at all
  Symlinks symlinks = Symlinks::refuse;  // the most that is allowed
  AtRoot at_root = AtRoot::free;
};

// The row of a kind; that of kind 0, which allows nothing, for an unknown one.
const KindFacts &kind_facts(uint32_t kind);

// Attributes an op of this kind asks for with these flags.
uint64_t default_attributes(uint32_t kind, uint64_t flags);

// "OPTIONAL": the name of a flag as in the public header, without prefix; NULL where no message ever names it.
const char *flag_name(uint32_t kind, uint64_t bit);

// "nosuid": the name of an attribute bit as mount tables write it; NULL for an unknown bit.
const char *attribute_name(uint64_t bit);

// Entries of its source that a root op does not bind: what every sandbox makes for itself.
bool left_out_of_root(std::string_view name);

// All bits that have such a name, and those of them of which a mount has one.
extern const uint64_t all_attributes;
extern const uint64_t access_time_attributes;

}  // namespace mountplan::plan
