// SPDX-License-Identifier: MIT
// The recording kernel answers as the host does; what differs from host to host and can be seen by the engine is answered here instead:
// the probes and fchmodat2 (as if every call worked) and whether descriptor 1 is a terminal.
#include "replay/recorder.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "base/writer.hpp"
#include "capi/handle.hpp"
#include "engine/engine.hpp"
#include "kernel/model.hpp"
#include "kernel/trace.hpp"

namespace base = mountplan::base;
namespace engine = mountplan::engine;
namespace kernel = mountplan::kernel;
namespace plan = mountplan::plan;
using kernel::Call;

namespace replay {

namespace {

constexpr int first_of_model = kernel::Model::first_fd;

struct Recorder {
  const plan::Plan &plan;
  const Setting &setting;
  kernel::Model model;
  kernel::Kernel inner;
  kernel::Trace *trace = nullptr;
  const int32_t *op = nullptr;
  std::string text;

  Recorder(const plan::Plan &of, const Setting &with) : plan(of), setting(with), inner(model.kernel()) {}
};

std::string label(const Recorder &recorder) {
  int32_t op = *recorder.op;
  std::string label;
  if (op == kernel::quiet) {
    label = "probe";
  } else if (op >= 0) {
    label = "op " + std::to_string(op) + " " + plan::kind_name(recorder.plan.ops[static_cast<size_t>(op)].kind);
  }
  label.resize(18, ' ');
  return label;
}

// A descriptor of the caller has another number in each process.
void hide_number(std::string &text, Call call, long fd) {
  std::string start = std::string(kernel::call_name(call)) + "(" + std::to_string(fd);
  if (fd > 2 && fd < first_of_model && text.starts_with(start)) {
    text.replace(0, start.size(), std::string(kernel::call_name(call)) + "(FD");
  }
}

bool gives_descriptor(Call call) {
  switch (call) {
    case Call::openat:
    case Call::openat2:
    case Call::open_tree:
    case Call::fsopen:
    case Call::fsmount:
    case Call::fcntl:
      return true;
    default:
      return false;
  }
}

std::string result_text(Call call, long result) {
  if (result < 0) {
    return std::string(" = ") + strerrorname_np(static_cast<int>(-result));
  }
  return gives_descriptor(call) ? " = " + std::to_string(result - first_of_model + 3) : "";
}

bool is_probe(Call call, const long args[6]) {
  if (call == Call::fsopen) {
    return strcmp(reinterpret_cast<const char *>(args[0]), "no such type") == 0;
  }
  return args[0] == (call == Call::statmount ? 0 : -1);
}

long answer(Recorder &recorder, Call call, const long args[6]) {
  if (*recorder.op == kernel::quiet && is_probe(call, args)) {
    return call == Call::fsopen ? -ENODEV : -EBADF;
  }
  if (call == Call::openat2 && !recorder.setting.has_openat2) {
    return -ENOSYS;
  }
  if (call == Call::ioctl) {
    return recorder.setting.has_terminal ? 0 : -ENOTTY;
  }
  return recorder.inner.invoke(recorder.inner.self, call, args);
}

long invoke(void *self, Call call, const long args[6]) {
  auto &recorder = *static_cast<Recorder *>(self);
  char text[1024];
  base::Writer out(text, sizeof text);
  kernel::write_call(out, call, args, recorder.trace);
  std::string line = text;
  hide_number(line, call, args[0]);
  std::string start = label(recorder);
  long result = answer(recorder, call, args);
  if (*recorder.op != kernel::quiet || recorder.setting.probes) {
    recorder.text += start + line + result_text(call, result) + "\n";
  }
  return result;
}

}  // namespace

std::string record(const mplan_plan *of, uint32_t backend, const Setting &setting) {
  Recorder recorder(of->plan, setting);
  if (!recorder.model.begin()) {
    throw std::runtime_error("the model does not begin");
  }
  recorder.model.has_fchmodat2 = true;
  int32_t current = -1;
  recorder.op = &current;
  kernel::Trace trace(
      {&recorder, invoke}, &current, [](void *, const kernel::Step &) {}, nullptr);
  trace.first_fd = first_of_model;
  recorder.trace = &trace;
  kernel::Kernel recording = kernel::tracing(trace);

  engine::Options options;
  options.flags = setting.flags;
  options.backend = backend;
  options.root = setting.root;
  options.current = &current;
  engine::Program *program = nullptr;
  base::Failure failure;
  int result = engine::prepare(of->plan, options, recording, &program, failure);
  if (result >= 0) {
    current = kernel::quiet;
    if (setting.from_host && !engine::commit_from_host(*program, recording) && backend == MPLAN_BACKEND_DETACHED) {
      throw std::runtime_error("the plan can not be entered from the host");
    }
    current = -1;
    recorder.op = trace.op = engine::current_op(*program);
    recorder.text += "--- apply\n";
    result = engine::apply(*program, recording, failure);
  }
  std::string text = recorder.text;
  if (result < 0) {
    mplan_error *error = nullptr;
    mountplan::capi::report(failure, &error);
    text += std::string("error: ") + mplan_error_message(error) + "\n";
    mplan_error_free(error);
  }
  recorder.op = trace.op = &current;
  engine::release(program);
  return text;
}

}  // namespace replay
