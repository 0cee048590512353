// SPDX-License-Identifier: MIT
#include <mountplan/error.h>

#include <cerrno>

#include "base/arena.hpp"
#include "base/object.hpp"
#include "capi/handle.hpp"
#include "diag/diag.hpp"

struct mplan_error {
  mountplan::base::Arena arena;
  int kind = 0;
  int error = 0;
  int stage = 0;
  int op = -1;
  int left = 0;
  uint64_t line = 0;
  uint64_t column = 0;
  const char *op_name = nullptr;
  const char *call = nullptr;
  const char *source = nullptr;
  const char *target = nullptr;
  const char *path = nullptr;
  const char *detail = nullptr;
  const char *log = nullptr;
  const char *hint = nullptr;
  const char *message = nullptr;
  mplan_error *cause = nullptr;
};

namespace mountplan::capi {

namespace {

// The kinds and stages of the record are those of the public header, in order.
static_assert(static_cast<int>(base::Kind::internal) == MPLAN_ERROR_INTERNAL);
static_assert(static_cast<int>(base::Kind::syscall) == MPLAN_ERROR_SYSCALL);
static_assert(static_cast<int>(base::Stage::commit) == MPLAN_STAGE_COMMIT);

// A pointer that stands for "no memory for an error object". Its address is all that is used.
char no_memory_storage alignas(mplan_error)[sizeof(mplan_error)];
bool is_no_memory(const mplan_error *error) { return reinterpret_cast<const char *>(error) == no_memory_storage; }

bool keep(mplan_error &error, const char *text, const char *&out) {
  if (text == nullptr || text[0] == '\0') {
    return true;
  }
  out = error.arena.copy(text);
  return out != nullptr;
}

bool fill(mplan_error &error, const base::Failure &failure) {
  error.kind = static_cast<int>(failure.kind);
  error.error = failure.error;
  error.stage = static_cast<int>(failure.stage);
  error.op = failure.op;
  error.left = failure.left;
  error.line = failure.line;
  error.column = failure.column;
  error.op_name = failure.op >= 0 ? plan::kind_name(failure.op_kind) : nullptr;
  base::Writer length(nullptr, 0);
  diag::write_message(failure, length);
  auto *message = static_cast<char *>(error.arena.allocate(length.length() + 1));
  if (message == nullptr) {
    return false;
  }
  base::Writer writer(message, length.length() + 1);
  diag::write_message(failure, writer);
  error.message = message;
  char hint_buffer[512];
  return keep(error, failure.source, error.source) && keep(error, failure.target, error.target) && keep(error, failure.call, error.call) &&
         keep(error, failure.path, error.path) && keep(error, failure.detail, error.detail) && keep(error, failure.log, error.log) &&
         keep(error, diag::hint(failure, hint_buffer, sizeof hint_buffer), error.hint);
}

}  // namespace

int report(const base::Failure &failure, mplan_error **err) {
  if (err != nullptr) {
    base::Owned<mplan_error> error(base::make<mplan_error>());
    if (error && fill(*error, failure)) {
      *err = error.release();
    } else {
      *err = reinterpret_cast<mplan_error *>(no_memory_storage);
    }
  }
  return -failure.error;
}

}  // namespace mountplan::capi

using mountplan::capi::is_no_memory;

void mplan_error_free(mplan_error *error) {
  if (error != nullptr && !is_no_memory(error)) {
    mplan_error_free(error->cause);
    mountplan::base::destroy(error);
  }
}

int mplan_error_kind(const mplan_error *error) {
  if (is_no_memory(error)) {
    return MPLAN_ERROR_NOMEM;
  }
  return error == nullptr ? 0 : error->kind;
}

int mplan_error_errno(const mplan_error *error) {
  if (is_no_memory(error)) {
    return ENOMEM;
  }
  return error == nullptr ? 0 : error->error;
}

const char *mplan_error_message(const mplan_error *error) {
  if (error == nullptr) {
    return "no error";
  }
  return is_no_memory(error) ? "Cannot allocate memory (for the error object itself)" : error->message;
}

#define GETTER(type, name, field, nothing) \
  type mplan_error_##name(const mplan_error *error) { return error == nullptr || is_no_memory(error) ? (nothing) : error->field; }
GETTER(int, stage, stage, MPLAN_STAGE_NONE)
GETTER(int, op, op, -1)
GETTER(int, left, left, 0)
GETTER(uint64_t, line, line, 0)
GETTER(uint64_t, column, column, 0)
GETTER(const char *, op_name, op_name, nullptr)
GETTER(const char *, call, call, nullptr)
GETTER(const char *, source, source, nullptr)
GETTER(const char *, target, target, nullptr)
GETTER(const char *, path, path, nullptr)
GETTER(const char *, detail, detail, nullptr)
GETTER(const char *, log, log, nullptr)
GETTER(const char *, hint, hint, nullptr)
GETTER(const mplan_error *, cause, cause, nullptr)
#undef GETTER
