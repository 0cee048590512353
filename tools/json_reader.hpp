// SPDX-License-Identifier: MIT
// What reads words of options out of a JSON text: refusals that tell their place, values of the type they must have, words with their
// origin. The readers of plan files and of OCI configurations are made of it.
#pragma once

#include <string>
#include <vector>

#include "json_source.hpp"
#include "plan_file.hpp"

namespace mountplan::tool {

class JsonReader {
 public:
  JsonReader(const std::string &file, Problems *problems) : file_(file), problems_(problems) {}

 protected:
  using Type = JsonValue::Type;

  [[noreturn]] void refuse(const JsonValue &value, const std::string &why) const {
    throw UsageError(json_place(file_, value) + ": " + why);
  }

  void need(const JsonValue &value, Type type) const {
    if (value.type != type) {
      refuse(value, std::string("must be ") + json_type_name(type) + ", not " + json_type_name(value.type));
    }
  }

  const JsonValue &required(const JsonValue &object, const std::string &name) const {
    const JsonValue *value = object.find(name);
    if (value == nullptr) {
      refuse(object, '"' + name + "\" is missing");
    }
    return *value;
  }

  // What becomes a word of a command line or a path can not hold a NUL byte.
  const std::string &whole(const JsonValue &value, const std::string &text) const {
    if (text.find('\0') != std::string::npos) {
      refuse(value, "has a NUL byte");
    }
    return text;
  }

  void add(const JsonValue &value, const std::string &text) {
    words_.push_back({.text = whole(value, text), .origin = json_place(file_, value)});
  }

  // The words of one option: all of them, or where something is wrong none.
  template <typename Part>
  void separately(Part part) {
    size_t before = words_.size();
    if (!guard(problems_, part)) {
      words_.resize(before);
    }
    if (words_.size() > before) {
      words_[before].begins = true;
    }
  }

  const std::string &file_;
  Problems *problems_;
  std::vector<Word> words_;
};

}  // namespace mountplan::tool
