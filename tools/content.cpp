// SPDX-License-Identifier: MIT
#include "content.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace mountplan::tool {

std::string read_descriptor(int descriptor, const std::string &option, size_t limit) {
  std::string content;
  char buffer[65536];
  for (;;) {
    ssize_t got = read(descriptor, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got < 0) {
      throw UsageError(option + ": cannot read descriptor " + std::to_string(descriptor) + ": " + strerror(errno));
    }
    if (got == 0 || content.size() > limit) {
      return content;
    }
    content.append(buffer, static_cast<size_t>(got));
  }
}

int add_content(Build build, int descriptor, const char *target, uint32_t mode, uint64_t flags) {
  struct stat status;
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    return mplan_plan_file_fd(build.plan, descriptor, target, mode, flags, build.err);
  }
  // A pipe can be read once, and a plan may be started more than once (see the working directories of run).
  std::string content = read_descriptor(descriptor, "FD");
  return mplan_plan_file(build.plan, target, content.data(), content.size(), mode, flags, build.err);
}

}  // namespace mountplan::tool
