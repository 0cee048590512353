// SPDX-License-Identifier: MIT
#include "spawn/execute.hpp"

#include <fcntl.h>

#include <cerrno>

#include "base/writer.hpp"
#include "spawn/message.hpp"

namespace mountplan::spawn {

namespace {

// execve(2) gives ENOENT for a missing file and for a missing interpreter alike.
bool is_there(const kernel::Kernel &kernel, const char *path) {
  int fd = kernel.openat(kernel::at_cwd, path, O_PATH | O_CLOEXEC);
  if (fd < 0) {
    return false;
  }
  kernel.close(fd);
  return true;
}

struct Verdict {
  int result = -ENOENT;
  const char *path = nullptr;
  bool no_interpreter = false;
};

Verdict try_candidates(const kernel::Kernel &kernel, const Launch &launch) {
  Verdict verdict;
  verdict.path = launch.argv[0];
  for (const char *const *candidate = launch.candidates.data(); *candidate != nullptr; candidate++) {
    int result = kernel::execve(kernel, *candidate, launch.argv, launch.env);
    if (result == -ENOENT) {
      if (verdict.result == -ENOENT && !verdict.no_interpreter && is_there(kernel, *candidate)) {
        verdict = Verdict{result, *candidate, true};
      }
    } else if (result == -EACCES) {
      if (verdict.result == -ENOENT) {
        verdict = Verdict{result, *candidate, false};
      }
    } else if (result != -ENOTDIR || launch.candidates[1] == nullptr) {
      return Verdict{result, *candidate, false};
    }
  }
  return verdict;
}

}  // namespace

int execute(const kernel::Kernel &kernel, const Launch &launch, int report_fd, base::Failure &failure) {
  int result = kernel::set_signal_mask(kernel, launch.signal_mask, nullptr);
  if (result < 0) {
    return fail_call(failure, result, "rt_sigprocmask");
  }
  result = send_head(kernel, report_fd, MessageKind::executing);
  if (result < 0) {
    return fail_call(failure, result, "write");
  }
  Verdict verdict = try_candidates(kernel, launch);
  fail_call(failure, verdict.result, "execve", verdict.path);
  if (verdict.no_interpreter) {
    base::Writer(failure.detail, sizeof failure.detail).text("the file is there, the interpreter or loader it asks for is not");
  }
  return verdict.result;
}

}  // namespace mountplan::spawn
