// SPDX-License-Identifier: MIT
// The parser is nlohmann-json's; the tree is ours because its own values do not know where they stood.
#include "json_source.hpp"

#include <algorithm>
#include <iterator>
#include <nlohmann/json.hpp>
#include <unordered_set>

#include "command.hpp"

namespace mountplan::tool {
namespace {

constexpr size_t max_depth = 32;
constexpr size_t max_values = 100'000;

// Tells how far the parser has read.
class Reader {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char *;
  using reference = const char &;

  Reader(const char *at, const char **seen) : at_(at), seen_(seen) {}
  reference operator*() const { return *at_; }
  Reader &operator++() {
    *seen_ = ++at_;
    return *this;
  }
  Reader operator++(int) {
    Reader before = *this;
    ++*this;
    return before;
  }
  bool operator==(const Reader &other) const { return at_ == other.at_; }
  bool operator!=(const Reader &other) const { return at_ != other.at_; }

 private:
  const char *at_;
  const char **seen_;
};

// The part of a pointer that names a member.
std::string escaped(const std::string &name) {
  std::string out;
  for (char c : name) {
    out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  }
  return out;
}

bool is_word(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' || c == '.'; }

class Handler : public nlohmann::json_sax<nlohmann::json> {
 public:
  Handler(const std::string &file, std::string_view text, const char *const &seen) : file_(file), text_(text), seen_(seen) {}

  JsonValue take() { return std::move(root_); }

  bool null() override { return scalar(JsonValue::Type::null, word()); }
  bool boolean(bool) override { return scalar(JsonValue::Type::boolean, word()); }
  bool number_integer(number_integer_t) override { return scalar(JsonValue::Type::number, word()); }
  bool number_unsigned(number_unsigned_t) override { return scalar(JsonValue::Type::number, word()); }
  bool number_float(number_float_t, const string_t &) override { return scalar(JsonValue::Type::number, word()); }
  bool string(string_t &value) override {
    JsonValue &added = add(JsonValue::Type::string, start_of_string());
    added.text = value;
    return true;
  }
  bool binary(binary_t &) override { return false; }
  bool start_object(std::size_t) override { return open(JsonValue::Type::object); }
  bool start_array(std::size_t) override { return open(JsonValue::Type::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t &name) override {
    JsonValue &object = *open_.back();
    const char *start = start_of_string();
    if (!names_.back().insert(name).second) {
      refuse(start, "the name \"" + name + "\" is there twice");
    }
    JsonValue::Member member{.name = name, .value = {}};
    place(start, member.line, member.column);
    object.members.push_back(std::move(member));
    return true;
  }
  bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &error) override {
    std::string what = error.what();
    size_t at = what.find(": ");
    const char *last = seen_ > text_.data() ? seen_ - 1 : seen_;
    refuse(last, at == std::string::npos ? what : what.substr(at + 2));
  }

 private:
  [[noreturn]] void refuse(const char *at, const std::string &why) {
    JsonValue value;
    place(at, value.line, value.column);
    throw UsageError(json_place(file_, value) + ": " + why);
  }

  // Goes on from the place that was told last, as they come in the order of the text.
  void place(const char *at, size_t &line, size_t &column) {
    for (; placed_ < at; placed_++) {
      if (*placed_ == '\n') {
        line_++;
        line_start_ = placed_ + 1;
      }
    }
    line = line_;
    column = static_cast<size_t>(at - line_start_) + 1;
  }

  // The quote that begins the string which was read last.
  const char *start_of_string() const {
    for (const char *at = seen_ - 2; at > text_.data(); at--) {
      size_t backslashes = 0;
      while (*at == '"' && at - backslashes > text_.data() && *(at - backslashes - 1) == '\\') {
        backslashes++;
      }
      if (*at == '"' && backslashes % 2 == 0) {
        return at;
      }
    }
    return text_.data();
  }

  // The number, boolean or null that was read last; after a number one more byte was looked at.
  std::string_view word() const {
    const char *end = seen_;
    while (end > text_.data() && !is_word(end[-1])) {
      end--;
    }
    const char *start = end;
    while (start > text_.data() && is_word(start[-1])) {
      start--;
    }
    return {start, end};
  }

  bool scalar(JsonValue::Type type, std::string_view text) {
    add(type, text.data()).text = text;
    return true;
  }

  bool open(JsonValue::Type type) {
    if (open_.size() == max_depth) {
      refuse(seen_ - 1, "more than " + std::to_string(max_depth) + " levels");
    }
    open_.push_back(&add(type, seen_ - 1));
    names_.emplace_back();
    return true;
  }

  bool close() {
    open_.pop_back();
    names_.pop_back();
    return true;
  }

  // A value of the innermost array or object, which stays where it is while it is the innermost.
  JsonValue &add(JsonValue::Type type, const char *start) {
    if (++count_ > max_values) {
      refuse(start, "more than " + std::to_string(max_values) + " values");
    }
    JsonValue *value = &root_;
    if (!open_.empty()) {
      JsonValue &parent = *open_.back();
      bool is_array = parent.type == JsonValue::Type::array;
      std::string name = is_array ? std::to_string(parent.items.size()) : escaped(parent.members.back().name);
      value = is_array ? &parent.items.emplace_back() : &parent.members.back().value;
      value->pointer = parent.pointer + '/' + name;
    }
    value->type = type;
    place(start, value->line, value->column);
    return *value;
  }

  const std::string &file_;
  std::string_view text_;
  const char *const &seen_;
  JsonValue root_;
  std::vector<JsonValue *> open_;
  std::vector<std::unordered_set<std::string>> names_;  // of the members of each that is open
  size_t count_ = 0;
  const char *placed_ = text_.data();
  const char *line_start_ = text_.data();
  size_t line_ = 1;
};

}  // namespace

const char *json_type_name(JsonValue::Type type) {
  static constexpr const char *names[] = {"null", "a boolean", "a number", "a string", "an array", "an object"};
  return names[static_cast<size_t>(type)];
}

std::string json_place(const std::string &file, const JsonValue &value) {
  return file + ':' + std::to_string(value.line) + ':' + std::to_string(value.column) + (value.pointer.empty() ? "" : ": " + value.pointer);
}

JsonValue parse_json(const std::string &file, std::string_view text) {
  const char *seen = text.data();
  Handler handler(file, text, seen);
  nlohmann::json::sax_parse(Reader(text.data(), &seen), Reader(text.data() + text.size(), &seen), &handler);
  return handler.take();
}

}  // namespace mountplan::tool
