// SPDX-License-Identifier: MIT
#include "live/report.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace live {

namespace {

class Forward : public testing::EmptyTestEventListener {
 public:
  explicit Forward(const Reporter &reporter) : reporter_(reporter) {}

  void OnTestPartResult(const testing::TestPartResult &result) override {
    if (result.passed()) {
      return;
    }
    Finding::Type type = result.skipped() ? Finding::skip : result.fatally_failed() ? Finding::fatal_failure : Finding::failure;
    reporter_.send({type, result.file_name() == nullptr ? "" : result.file_name(), result.line_number(), result.message()});
  }

 private:
  Reporter reporter_;
};

void write_all(int fd, const void *data, size_t size) {
  const char *next = static_cast<const char *>(data);
  while (size > 0) {
    ssize_t written = write(fd, next, size);
    if (written < 0 && errno != EINTR) {
      _exit(70);  // without the pipe nothing can be said; the parent sees the status
    }
    if (written > 0) {
      next += written;
      size -= static_cast<size_t>(written);
    }
  }
}

bool read_all(int fd, void *data, size_t size) {
  char *next = static_cast<char *>(data);
  while (size > 0) {
    ssize_t got = read(fd, next, size);
    if (got == 0 || (got < 0 && errno != EINTR)) {
      return false;
    }
    if (got > 0) {
      next += got;
      size -= static_cast<size_t>(got);
    }
  }
  return true;
}

struct Header {
  Finding::Type type;
  int32_t line;
  uint32_t file_length;
  uint32_t text_length;
};

}  // namespace

void Reporter::attach() const {
  testing::TestEventListeners &listeners = testing::UnitTest::GetInstance()->listeners();
  delete listeners.Release(listeners.default_result_printer());
  delete listeners.Release(listeners.default_xml_generator());
  listeners.Append(new Forward(*this));
}

void Reporter::failure(const std::string &text) const { send({Finding::failure, "", -1, text}); }

void Reporter::cannot_run(const std::string &reason) const { send({Finding::cannot_run, "", -1, reason}); }

void Reporter::send(const Finding &finding) const {
  Header header = {finding.type, finding.line, static_cast<uint32_t>(finding.file.size()), static_cast<uint32_t>(finding.text.size())};
  write_all(fd_, &header, sizeof header);
  write_all(fd_, finding.file.data(), finding.file.size());
  write_all(fd_, finding.text.data(), finding.text.size());
}

Findings read_findings(int fd) {
  Findings findings;
  Header header;
  while (read_all(fd, &header, sizeof header)) {
    Finding finding{header.type, std::string(header.file_length, '\0'), header.line, std::string(header.text_length, '\0')};
    if (!read_all(fd, finding.file.data(), finding.file.size()) || !read_all(fd, finding.text.data(), finding.text.size())) {
      finding.type = Finding::failure;
      finding.text += " (the rest of this report is missing)";
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

void replay(const Findings &findings) {
  const char *required = getenv("MOUNTPLAN_REQUIRE_LIVE");
  bool live_required = required != nullptr && strcmp(required, "1") == 0;
  for (const Finding &finding : findings) {
    const char *file = finding.file.empty() ? __FILE__ : finding.file.c_str();
    int line = finding.file.empty() ? __LINE__ : finding.line;
    if (finding.type == Finding::failure || finding.type == Finding::fatal_failure) {
      ADD_FAILURE_AT(file, line) << finding.text;
    } else if (finding.type == Finding::cannot_run && live_required) {
      ADD_FAILURE_AT(file, line) << "live tests are required and can not run: " << finding.text;
    } else {
      GTEST_SKIP() << finding.text;
    }
  }
}

}  // namespace live
