// SPDX-License-Identifier: MIT
#include "spawn/descriptors.hpp"

#include <fcntl.h>

#include <cerrno>

#include "kernel/process.hpp"

namespace mountplan::spawn {

namespace {

constexpr unsigned close_range_cloexec = 1u << 2;  // Linux 5.11
constexpr uint64_t most_tried = 65536;

bool is_target(std::span<const FdPlace> places, int fd) {
  for (const FdPlace &place : places) {
    if (place.to == fd) {
      return true;
    }
  }
  return false;
}

// Moves `fd` to a number nobody wants. A copy that lands on a wanted number is left there, to be overwritten by its owner.
int move_away(const kernel::Kernel &kernel, std::span<const FdPlace> places, int &fd, base::Failure &failure) {
  while (is_target(places, fd)) {
    int copy = kernel.duplicate(fd, fd + 1);
    if (copy < 0) {
      return fail_call(failure, copy, "fcntl");
    }
    fd = copy;
  }
  return 0;
}

int close_range(const kernel::Kernel &kernel, int64_t first, int64_t last, unsigned flags) {
  return first > last ? 0 : static_cast<int>(kernel.call(kernel::Call::close_range, first, last, flags));
}

int64_t end_of_descriptors(const kernel::Kernel &kernel) {
  uint64_t limit = kernel::descriptor_limit(kernel);
  return static_cast<int64_t>(limit < most_tried ? limit : most_tried);
}

// The lowest wanted number that is not below `from`, or `otherwise`.
int64_t next_target(std::span<const FdPlace> places, int64_t from, int64_t otherwise) {
  int64_t lowest = otherwise;
  for (const FdPlace &place : places) {
    if (place.to >= from && place.to < lowest) {
      lowest = place.to;
    }
  }
  return lowest;
}

}  // namespace

int place_fds(const kernel::Kernel &kernel, std::span<FdPlace> places, int &keep, base::Failure &failure) {
  int result = move_away(kernel, places, keep, failure);
  for (size_t i = 0; result == 0 && i < places.size(); i++) {
    result = move_away(kernel, places, places[i].from, failure);
  }
  for (size_t i = 0; result == 0 && i < places.size(); i++) {
    long placed = kernel.call(kernel::Call::dup3, places[i].from, places[i].to, 0);
    if (placed < 0) {
      result = fail_call(failure, static_cast<int>(placed), "dup3");
    }
  }
  return result;
}

int close_others_on_exec(const kernel::Kernel &kernel, std::span<const FdPlace> places, base::Failure &failure) {
  constexpr int64_t no_end = int64_t{UINT32_MAX} + 1;
  int result = 0;
  for (int64_t first = 3; result == 0 && first < no_end;) {
    int64_t stop = next_target(places, first, no_end);
    result = close_range(kernel, first, stop - 1, close_range_cloexec);
    first = stop + 1;
  }
  if (result == 0) {
    return 0;
  }
  int64_t end = end_of_descriptors(kernel);
  for (int64_t fd = 3; fd < end; fd++) {
    if (is_target(places, static_cast<int>(fd))) {
      continue;
    }
    long set = kernel.call(kernel::Call::fcntl, fd, F_SETFD, FD_CLOEXEC);
    if (set < 0 && set != -EBADF) {
      return fail_call(failure, static_cast<int>(set), "fcntl");
    }
  }
  return 0;
}

void close_all_but(const kernel::Kernel &kernel, int keep) {
  if (close_range(kernel, 0, int64_t{keep} - 1, 0) == 0 && close_range(kernel, int64_t{keep} + 1, UINT32_MAX, 0) == 0) {
    return;
  }
  int64_t end = end_of_descriptors(kernel);
  for (int64_t fd = 0; fd < end; fd++) {
    if (fd != keep) {
      kernel.close(static_cast<int>(fd));
    }
  }
}

}  // namespace mountplan::spawn
