// SPDX-License-Identifier: MIT
// What the other headers are made of: owning a C object, passing strings to C, and objects with entries as ranges.
#ifndef MOUNTPLAN_OBJECT_HPP
#define MOUNTPLAN_OBJECT_HPP

#include <cerrno>
#include <compare>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <memory>
#include <mountplan/error.hpp>
#include <string>
#include <string_view>

namespace mountplan {

// Owns a C object; `free` ends its life.
template <typename T, auto free>
class Object {
 public:
  // Takes it over.
  explicit Object(T *object) noexcept : object_(object) {}

  // The C object, borrowed, for functions that have no method here.
  T *get() const noexcept { return object_.get(); }

  // Gives it up.
  T *release() noexcept { return object_.release(); }

 protected:
  // The object that function(arguments..., &object, &error) makes.
  template <typename Function, typename... Arguments>
  static T *make(Function function, Arguments... arguments) {
    T *made = nullptr;
    call(function, arguments..., &made);
    return made;
  }

 private:
  struct Free {
    void operator()(T *object) const noexcept { free(object); }
  };
  std::unique_ptr<T, Free> object_;
};

// Entry `i` of a C object by a function of the form get(object, i, &out, size).
template <typename T, typename Entry, int (*get)(const T *, size_t, Entry *, size_t)>
Entry read_entry(const T *object, size_t i) {
  Entry entry = {};
  if (int result = get(object, i, &entry, sizeof entry); result < 0) {
    throw Error(-result);
  }
  return entry;
}

// An object with entries is a random access range. Entries are read when the iterator is dereferenced, and are values.
template <typename T, auto free, auto count, auto read>
class Entries : public Object<T, free> {
 public:
  using value_type = decltype(read(nullptr, 0));
  using Object<T, free>::Object;

  class iterator {
   public:
    using value_type = Entries::value_type;
    using reference = value_type;
    using pointer = void;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::random_access_iterator_tag;
    using iterator_category = std::input_iterator_tag;  // what C++17 called it, as there is nothing to refer to

    iterator() = default;
    iterator(const T *object, size_t at) : object_(object), at_(static_cast<difference_type>(at)) {}
    value_type operator*() const { return read(object_, static_cast<size_t>(at_)); }
    value_type operator[](difference_type n) const { return *(*this + n); }
    iterator &operator+=(difference_type n) { return at_ += n, *this; }
    iterator &operator-=(difference_type n) { return at_ -= n, *this; }
    iterator &operator++() { return *this += 1; }
    iterator &operator--() { return *this -= 1; }
    iterator operator++(int) { return std::exchange(*this, *this + 1); }
    iterator operator--(int) { return std::exchange(*this, *this - 1); }
    friend iterator operator+(iterator i, difference_type n) { return i += n; }
    friend iterator operator+(difference_type n, iterator i) { return i += n; }
    friend iterator operator-(iterator i, difference_type n) { return i -= n; }
    friend difference_type operator-(iterator a, iterator b) { return a.at_ - b.at_; }
    friend bool operator==(iterator a, iterator b) { return a.at_ == b.at_; }
    friend std::strong_ordering operator<=>(iterator a, iterator b) { return a.at_ <=> b.at_; }

   private:
    const T *object_ = nullptr;
    difference_type at_ = 0;
  };
  using const_iterator = iterator;

  iterator begin() const noexcept { return {this->get(), 0}; }
  iterator end() const noexcept { return {this->get(), size()}; }
  size_t size() const noexcept { return count(this->get()); }
  bool empty() const noexcept { return size() == 0; }
  // Throws when there is no such entry.
  value_type operator[](size_t i) const { return read(this->get(), i); }
};

// A parameter that C takes as a NUL-terminated string, for the length of a call. A NUL inside, which C would take for the end, is refused.
class String {
 public:
  String(std::nullptr_t) noexcept {}
  String(const char *given) noexcept : begin_(given) {}
  String(const std::string &given) : begin_(checked(given)) {}
  String(const std::filesystem::path &given) : begin_(checked(given.native())) {}
  String(std::string_view given) : copy_(given), begin_(checked(copy_)) {}
  String(const String &) = delete;
  String &operator=(const String &) = delete;

  const char *c_str() const noexcept { return begin_; }

 private:
  static const char *checked(const std::string &given) {
    if (given.find('\0') != given.npos) {
      throw Error(EINVAL);
    }
    return given.c_str();
  }
  std::string copy_;
  const char *begin_ = nullptr;
};

// What a function writes that is called like snprintf(3), write(out, size); false where it has nothing.
template <typename Write>
bool read_string(Write write, std::string &out) {
  const auto length = write(nullptr, 0);
  if (length < 0) {
    return false;
  }
  out.resize(static_cast<size_t>(length));
  write(out.data(), out.size() + 1);
  return true;
}

}  // namespace mountplan

#endif
