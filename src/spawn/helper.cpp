// SPDX-License-Identifier: MIT
#include "spawn/helper.hpp"

#include <fcntl.h>
#include <sys/wait.h>

#include <string_view>

#include "base/writer.hpp"
#include "kernel/process.hpp"
#include "spawn/descriptors.hpp"

namespace mountplan::spawn {

namespace {

constexpr int status_not_executed = 127;
constexpr size_t longest_complaint = 512;

[[noreturn]] void run_child(const kernel::Kernel &kernel, const char *const *argv, int complaints, kernel::SignalSet mask) {
  const char *const env[] = {nullptr};
  base::Failure ignored;
  int null = kernel.openat(kernel::at_cwd, "/dev/null", O_RDWR | O_CLOEXEC);
  FdPlace places[] = {{null, 0}, {complaints, 1}, {complaints, 2}};
  int nothing_to_keep = -1;
  if (null >= 0 && kernel::reset_signal_handlers(kernel) == 0 && place_fds(kernel, places, nothing_to_keep, ignored) == 0 &&
      close_others_on_exec(kernel, places, ignored) == 0 && kernel::set_signal_mask(kernel, mask, nullptr) == 0) {
    kernel::execve(kernel, argv[0], argv, env);
  }
  kernel::exit(kernel, status_not_executed);
}

// One line of it, so that the message stays one line.
std::string_view first_line(std::string_view text) {
  size_t end = text.find('\n');
  return std::string_view(text.data(), end == std::string_view::npos ? text.size() : end);
}

}  // namespace

int run_helper(const kernel::Kernel &kernel, const char *const *argv, base::Failure &failure) {
  int complaints[2];
  int result = kernel::pipe(kernel, complaints);
  if (result < 0) {
    return fail_call(failure, result, "pipe2");
  }
  kernel::SignalSet mask = 0;
  int pid = kernel::set_signal_mask(kernel, kernel::all_signals, &mask);
  if (pid == 0) {
    pid = kernel::clone(kernel, 0);
    if (pid == 0) {
      run_child(kernel, argv, complaints[1], mask);
    }
    kernel::set_signal_mask(kernel, mask, nullptr);
  }
  kernel.close(complaints[1]);
  if (pid < 0) {
    kernel.close(complaints[0]);
    return fail_call(failure, pid, "clone");
  }
  char text[longest_complaint];
  long length = kernel::read_all(kernel, complaints[0], text, sizeof text);
  kernel.close(complaints[0]);
  int status = 0;
  int waited = kernel::wait(kernel, pid, &status, 0);
  if (waited >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
    return 0;
  }
  base::Writer detail(failure.detail, sizeof failure.detail);
  detail.text(argv[0]);
  if (waited < 0) {
    detail.text(" could not be waited for");
  } else if (WIFSIGNALED(status)) {
    detail.text(" was killed by signal ").number(WTERMSIG(status));
  } else if (WEXITSTATUS(status) == status_not_executed) {
    detail.text(" could not be executed");
  } else {
    detail.text(" refused");
    if (length > 0) {
      detail.text(": ").text(first_line(std::string_view(text, static_cast<size_t>(length))));
    }
  }
  return -failure.error;
}

}  // namespace mountplan::spawn
