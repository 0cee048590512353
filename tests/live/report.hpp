// SPDX-License-Identifier: MIT
// Carries the outcome of expectations from the child that ran them to the parent, over a pipe, one record at a time as they
// happen: what a child said before it crashed is not lost.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace live {

struct Finding {
  enum Type : int32_t { failure, fatal_failure, skip, cannot_run };
  Type type;
  std::string file;
  int line;
  std::string text;
};
using Findings = std::vector<Finding>;

class Reporter {
 public:
  // The write end of the pipe.
  explicit Reporter(int fd) : fd_(fd) {}

  // From now on GoogleTest's own findings in this process go to the pipe, and nothing is printed.
  void attach() const;
  void failure(const std::string &text) const;
  // The test could not be run at all.
  void cannot_run(const std::string &reason) const;
  void send(const Finding &finding) const;

 private:
  int fd_;
};

// Reads until every writer is gone.
Findings read_findings(int fd);

// Says it all again in the parent, as findings of the running test.
void replay(const Findings &findings);

}  // namespace live
