// SPDX-License-Identifier: MIT
// One plan applied once, by a process of its own in a mount namespace of its own, on sources that were made for it there.
#pragma once

#include <string>

#include "property/draft.hpp"

namespace property {

struct Answer {
  enum Type : char {
    done = 'd',         // `text` is what is mounted and made
    refused = 'r',      // `text` is kind, errno and op of the error
    unsupported = 'u',  // this backend can not do the plan; said by prepare, or when that was put off
    broken = 'b',       // the process crashed or hung, or a failure left something behind: `text` tells
  };
  Type type = broken;
  std::string text;
  std::string path;     // of the error; a backend that asks the kernel for many things at once can not tell which of them failed
  std::string message;  // of the error
  bool agrees(const Answer &other) const {
    return type == other.type && text == other.text && (path == other.path || path.empty() || other.path.empty());
  }
};

enum class Place {
  here,    // in the user namespace of the world
  beyond,  // in another one made after the sources were mounted: these are locked
};

Answer try_out(const Draft &draft, uint32_t backend, Place place);

}  // namespace property
