// SPDX-License-Identifier: MIT
// What a child that is not to be trusted writes to its parent: a record of a failure, laid out as the input says, and a stream of messages.
// The parent must neither read outside of what it got nor follow a pointer of the child's; what it makes of a record is compared with the
// record, field by field.
#include <mountplan/apply.h>

#include <cerrno>
#include <vector>

#include "base/failure.hpp"
#include "capi/events.hpp"
#include "capi/handle.hpp"
#include "diag/diag.hpp"
#include "fuzz/bytes.hpp"
#include "fuzz/check.hpp"
#include "spawn/message.hpp"

using namespace mountplan::fuzz;
using mountplan::base::Failure;
namespace capi = mountplan::capi;
namespace diag = mountplan::diag;
namespace kernel = mountplan::kernel;
namespace spawn = mountplan::spawn;

namespace {

// A prepared plan with each sort of op a record can name: with and without a source, and made by a helper.
struct Parent {
  Parent() {
    constexpr mplan_error **no_error = nullptr;
    int result = mplan_plan_new(&plan, no_error);
    result = result < 0 ? result : mplan_plan_bind(plan, "/usr", "/usr", 0, no_error);
    result = result < 0 ? result : mplan_plan_tmpfs(plan, "/tmp", 0, 01777, 0, no_error);
    result = result < 0 ? result : mplan_plan_symlink(plan, "text", "/link", 0, no_error);
    result = result < 0 ? result : mplan_plan_move(plan, "/tmp", "/moved", 0, no_error);
    result = result < 0 ? result : mplan_plan_etc(plan, HOST "/etc", "id", 0, no_error);
    mplan_prepare_args args = {};
    args.flags = MPLAN_PREPARE_PIVOT | MPLAN_PREPARE_DEFERRED;
    result = result < 0 ? result : mplan_prepare(plan, &args, sizeof args, &prepared, no_error);
    events.function = [](const mplan_event *event, void *) {
      seen += strlen(event->call) + strlen(event->text) + (event->target == nullptr ? 0 : strlen(event->target));
      return 0;
    };
    check(result >= 0 && events.name_ops(plan->plan), "the plan is prepared");
  }

  static inline size_t seen = 0;
  mplan_plan *plan = nullptr;
  mplan_prepared *prepared = nullptr;
  capi::Events events;
};

std::string text_or_empty(const char *text) { return text == nullptr ? "" : text; }

template <size_t size>
std::string field_of(const char (&field)[size]) {
  return std::string(field, strnlen(field, size - 1));
}

// The message is put together from what the getters say.
std::string message_of(const mplan_error *error) {
  std::string text;
  if (int op = mplan_error_op(error); op >= 0) {
    const char *source = mplan_error_source(error);
    text = "op " + std::to_string(op) + " " + mplan_error_op_name(error) + " ";
    text += (source == nullptr ? "" : std::string(source) + " -> ") + mplan_error_target(error) + ": ";
  }
  if (uint64_t line = mplan_error_line(error); line != 0) {
    text += "line " + std::to_string(line) + " column " + std::to_string(mplan_error_column(error)) + ": ";
  }
  if (const char *call = mplan_error_call(error)) {
    const char *path = mplan_error_path(error);
    text += call + (path == nullptr ? "" : " " + std::string(path)) + ": ";
  }
  text += diag::errno_text(mplan_error_errno(error));
  const char *detail = mplan_error_detail(error);
  text += detail == nullptr ? "" : " (" + std::string(detail) + ")";
  int left = mplan_error_left(error);
  return text + (left == 0   ? ""
                 : left == 1 ? "; 1 change could not be taken back"
                             : "; " + std::to_string(left) + " changes could not be taken back");
}

void check_error(const Parent &parent, const Failure &record, int result, const mplan_error *error) {
  check_same(mplan_error_errno(error), -result, "the errno is what is returned");
  check(result < 0 && result >= -4095, "the errno is one");
  int kind = mplan_error_kind(error);
  check(kind >= MPLAN_ERROR_SYSCALL && kind <= MPLAN_ERROR_INTERNAL, "the kind is known");
  int stage = mplan_error_stage(error);
  check(stage >= MPLAN_STAGE_NONE && stage <= MPLAN_STAGE_COMMIT, "the stage is known");
  check_same(mplan_error_message(error), message_of(error), "the message");
  check_same(text_or_empty(mplan_error_hint(error)).find('\n'), std::string::npos, "the hint is one line");
  if (int op = mplan_error_op(error); op >= 0) {
    mplan_op as_added;
    check_same(mplan_plan_get(parent.plan, static_cast<size_t>(op), &as_added, sizeof as_added), 0, "the op is one of the plan");
    check_same(text_or_empty(mplan_error_op_name(error)), as_added.name, "the name of the op");
    check_same(text_or_empty(mplan_error_source(error)), text_or_empty(as_added.source), "the source of the op");
    check_same(text_or_empty(mplan_error_target(error)), as_added.target, "the target of the op");
  } else {
    check(mplan_error_source(error) == nullptr && mplan_error_target(error) == nullptr, "no op, no source and target");
  }
  bool refused = kind == MPLAN_ERROR_ARGUMENT && text_or_empty(mplan_error_detail(error)).starts_with("the bytes are no failure");
  if (!refused) {
    check_same(mplan_error_errno(error), record.error, "the errno of the record");
    check_same(mplan_error_op(error), record.op < 0 ? record.op : mplan_error_op(error), "the op of the record");
    check_same(mplan_error_left(error), record.left, "what was left, of the record");
    check_same(text_or_empty(mplan_error_call(error)), field_of(record.call), "the call of the record");
    check_same(text_or_empty(mplan_error_detail(error)), field_of(record.detail), "the detail of the record");
    check_same(text_or_empty(mplan_error_log(error)), field_of(record.log), "the log of the record");
  }
}

// Writes what the input says over some of the bytes.
void patch(Bytes &in, char *bytes, size_t size) {
  for (size_t patches = in.below(8); patches > 0; patches--) {
    size_t at = in.number<uint16_t>() % size;
    size_t length = in.byte();
    size_t repeat = in.one_in(2) ? 1 + in.below(64) : 1;
    std::string_view text = in.text(length);
    for (; repeat > 0 && !text.empty() && at + text.size() <= size; repeat--, at += text.size()) {
      memcpy(bytes + at, text.data(), text.size());
    }
  }
}

// A value as a child of ours would send it, or one byte all over, so that texts lack their end; then patched.
template <typename T>
std::string bytes_from(Bytes &in, const T &fine) {
  uint8_t fill = in.byte();
  std::string bytes(sizeof fine, static_cast<char>(fill));
  if (in.one_in(2)) {
    memcpy(bytes.data(), static_cast<const void *>(&fine), sizeof fine);
  }
  patch(in, bytes.data(), bytes.size());
  return bytes;
}

Failure fine_failure() {
  Failure fine;
  fine.error = ENOENT;
  fine.kind = mountplan::base::Kind::syscall;
  return fine;
}

kernel::Step fine_step() {
  kernel::Step fine;
  fine.call = kernel::call_name(kernel::Call::mount);
  return fine;
}

void try_record(const Parent &parent, Bytes &in) {
  mplan_failure bytes = {};
  std::string given = bytes_from(in, fine_failure());
  memcpy(bytes.bytes, given.data(), given.size());
  Failure record;
  memcpy(static_cast<void *>(&record), bytes.bytes, sizeof record);
  mplan_error *error = nullptr;
  int result = mplan_prepared_error(parent.prepared, &bytes, sizeof bytes, &error);
  check_error(parent, record, result, error);
  mplan_error_free(error);
}

// A pipe gives what it holds in pieces.
struct Pipe {
  Bytes left;
  static long invoke(void *self, kernel::Call call, const long args[6]) {
    if (call != kernel::Call::read) {
      return -ENOSYS;
    }
    std::string_view piece = static_cast<Pipe *>(self)->left.text(std::min(static_cast<size_t>(args[2]), size_t{700}));
    memcpy(reinterpret_cast<void *>(args[1]), piece.data(), piece.size());
    return static_cast<long>(piece.size());
  }
};

std::string stream_from(Bytes &in) {
  std::string stream;
  for (size_t messages = 1 + in.below(3); messages > 0; messages--) {
    auto kind = static_cast<spawn::MessageKind>(in.one_in(16) ? in.number<uint32_t>() : in.below(6));
    spawn::MessageHead head = {kind, 0};
    stream.append(reinterpret_cast<const char *>(&head), sizeof head);
    stream += kind == spawn::MessageKind::failure ? bytes_from(in, fine_failure())
              : kind == spawn::MessageKind::step  ? bytes_from(in, fine_step())
                                                  : "";
  }
  stream.resize(stream.size() - (in.one_in(4) ? in.byte() % stream.size() : 0));
  return stream;
}

void try_stream(Parent &parent, Bytes &in) {
  std::string stream = stream_from(in);
  Pipe pipe{Bytes(reinterpret_cast<const uint8_t *>(stream.data()), stream.size())};
  const kernel::Kernel from_child{&pipe, Pipe::invoke};
  spawn::MessageKind kind = spawn::MessageKind::failure;
  Failure failure;
  kernel::Step step;
  while (spawn::receive(from_child, 0, kind, failure, step) > 0) {
    if (kind == spawn::MessageKind::step) {
      capi::Events::deliver(&parent.events, step);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static Parent &parent = *new Parent;
  Bytes in(data, size);
  if (in.one_in(4)) {
    try_stream(parent, in);
  } else {
    try_record(parent, in);
  }
  return 0;
}
