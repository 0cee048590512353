// SPDX-License-Identifier: MIT
// Checks of the paths a caller gives; see target.hpp.
#include "path/target.hpp"

#include <cerrno>
#include <cstring>

#include "base/detail.hpp"

namespace mountplan::path {

namespace {

using base::Detail;

int refuse(base::Failure &failure, int error, const Detail &detail) { return base::fail_argument(failure, error, detail.c_str()); }

int refuse_path(base::Failure &failure, const char *parameter, std::string_view given, std::string_view why) {
  Detail detail;
  return refuse(failure, EINVAL, detail.text(parameter).text(" ").path(given).text(why));
}

// Every component within the limit and none `..`.
int check_components(const char *parameter, std::string_view given, base::Failure &failure) {
  std::string_view rest = given;
  for (std::string_view component = take_component(rest); !component.empty(); component = take_component(rest)) {
    if (component == "..") {
      return refuse_path(failure, parameter, given, " has a .. component");
    }
    if (component.size() > longest_component) {
      Detail detail;
      detail.text(parameter).text(" has a component of ").number(component.size()).text(" bytes, at most ");
      return refuse(failure, ENAMETOOLONG, detail.number(longest_component).text(" are allowed"));
    }
  }
  return 0;
}

}  // namespace

std::string_view take_component(std::string_view &rest) {
  for (;;) {
    while (!rest.empty() && rest.front() == '/') {
      rest.remove_prefix(1);
    }
    size_t length = 0;
    while (length < rest.size() && rest[length] != '/') {
      length++;
    }
    std::string_view component(rest.data(), length);
    rest.remove_prefix(length);
    if (component != ".") {
      return component;
    }
  }
}

int check_text(const char *parameter, const char *given, base::Failure &failure) {
  Detail detail;
  detail.text(parameter);
  if (given == nullptr) {
    return refuse(failure, EINVAL, detail.text(" is NULL"));
  }
  size_t length = strlen(given);
  if (length == 0) {
    return refuse(failure, EINVAL, detail.text(" is empty"));
  }
  if (length > longest_path) {
    detail.text(" is ").number(length).text(" bytes long, at most ").number(longest_path).text(" are allowed");
    return refuse(failure, ENAMETOOLONG, detail);
  }
  return 0;
}

int check_target(const char *parameter, const char *given, base::Arena &arena, const char *&cleaned, base::Failure &failure) {
  if (int result = check_text(parameter, given, failure); result < 0) {
    return result;
  }
  std::string_view text(given);
  if (text.front() != '/') {
    return refuse_path(failure, parameter, text, " is not absolute");
  }
  if (int result = check_components(parameter, text, failure); result < 0) {
    return result;
  }
  auto *copy = static_cast<char *>(arena.allocate(text.size() + 1));
  if (copy == nullptr) {
    return base::fail_memory(failure);
  }
  char *end = copy;
  for (std::string_view component = take_component(text); !component.empty(); component = take_component(text)) {
    *end++ = '/';
    memcpy(end, component.data(), component.size());
    end += component.size();
  }
  if (end == copy) {
    *end++ = '/';
  }
  *end = '\0';
  cleaned = copy;
  return 0;
}

int check_beneath(const char *parameter, const char *given, base::Failure &failure) {
  if (int result = check_text(parameter, given, failure); result < 0) {
    return result;
  }
  if (given[0] == '/') {
    return refuse_path(failure, parameter, given, " is not relative");
  }
  return check_components(parameter, given, failure);
}

int check_component(const char *parameter, const char *given, base::Failure &failure) {
  if (int result = check_text(parameter, given, failure); result < 0) {
    return result;
  }
  std::string_view text(given);
  if (text == "." || text == ".." || strchr(given, '/') != nullptr) {
    return refuse_path(failure, parameter, text, " is not the name of one directory entry");
  }
  return check_components(parameter, text, failure);
}

}  // namespace mountplan::path
