// SPDX-License-Identifier: MIT
// Every call of every reference plan with every backend failing once with every errno.
#pragma once

#include <vector>

#include "fault/run.hpp"
#include "live/harness.hpp"

namespace fault {

// The errnos of the fault model.
inline constexpr int errnos[] = {EINTR, EAGAIN, EPERM, EACCES, ENOSYS, EINVAL, ENOENT, ENOSPC, ENOMEM, EMFILE, EBUSY, EIO};

struct Summary {
  long plans = 0;
  long ways = 0;
  long calls = 0;
  long injections = 0;
  long told = 0;       // gave an error
  long recovered = 0;  // gave the same result by a documented way around
  long missing = 0;    // meant that something optional is not there
  std::vector<std::string> wrong;
};

// Which injections are made: all of them with MOUNTPLAN_FAULT=all in the environment, else a part that takes seconds.
bool is_long_form();

// Runs the loop in the calling world, prints a row of the summary, and fails the test for each finding.
void run_loop(Form form, live::Identity identity);

}  // namespace fault
