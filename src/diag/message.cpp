// SPDX-License-Identifier: MIT
#include <cstring>

#include "diag/diag.hpp"
#include "plan/op.hpp"

namespace mountplan::diag {

const char *errno_text(int error) {
#if defined(__GLIBC__)
  const char *text = strerrordesc_np(error);  // static and in English, whatever the locale
  return text != nullptr ? text : "Unknown error";
#else
  return strerror(error);
#endif
}

void write_message(const base::Failure &failure, base::Writer &out) {
  if (failure.op >= 0) {
    const char *name = plan::kind_name(failure.op_kind);
    out.text("op ").number(failure.op).text(" ").text(name != nullptr ? name : "?");
    if (failure.source != nullptr) {
      out.text(" ").text(failure.source).text(failure.target != nullptr ? " ->" : "");
    }
    if (failure.target != nullptr) {
      out.text(" ").text(failure.target);
    }
    out.text(": ");
  }
  if (failure.line != 0) {
    out.text("line ").unsigned_number(failure.line).text(" column ").unsigned_number(failure.column).text(": ");
  }
  if (failure.call[0] != '\0') {
    out.text(failure.call);
    if (failure.path[0] != '\0') {
      out.text(" ").text(failure.path);
    }
    out.text(": ");
  }
  out.text(errno_text(failure.error));
  if (failure.detail[0] != '\0') {
    out.text(" (").text(failure.detail).text(")");
  }
  if (failure.left != 0) {
    out.text("; ").number(failure.left).text(failure.left == 1 ? " change" : " changes").text(" could not be taken back");
  }
}

}  // namespace mountplan::diag
