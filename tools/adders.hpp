// SPDX-License-Identifier: MIT
// How the ops of the option table are added to a plan of the library. For options.cpp alone.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "content.hpp"
#include "mounted.hpp"
#include "options.hpp"

namespace mountplan::tool {

// The flags that the op has by its name, with those of --flags.
inline uint64_t flags_of(const Op &op, uint64_t flags) { return (flags | op.flags_set) & ~op.flags_unset; }

// A bind of something that is never looked for outside a directory, whatever links are in it.
inline int bind_beneath(Build build, const Op &op, uint64_t flags) {
  int directory = open(op.text(0), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) {
    return mplan_plan_bind(build.plan, op.text(0), op.text(1), flags, build.err);  // to have it skipped, or told as ever
  }
  int index = mplan_plan_bind_fd(build.plan, directory, op.text(1), flags, build.err);
  close(directory);
  int result = index < 0 ? index : mplan_op_set_source_path(build.plan, index, op.beneath.c_str(), build.err);
  return result < 0 ? result : index;
}

template <uint64_t given>
int bind(Build build, const Op &op) {
  uint64_t flags = flags_of(op, given);
  if (op.alone && !build.request.pure) {
    refuse_mounted_below(op.values[0].text);
  }
  return op.beneath.empty() || build.request.pure ? mplan_plan_bind(build.plan, op.text(0), op.text(1), flags, build.err)
                                                  : bind_beneath(build, op, flags);
}

template <uint64_t flags>
int bind_descriptor(Build build, const Op &op) {
  int index = mplan_plan_bind_fd(build.plan, op.descriptor(0), op.text(1), flags, build.err);
  int result = index < 0 || op.beneath.empty() ? index : mplan_op_set_source_path(build.plan, index, op.beneath.c_str(), build.err);
  return result < 0 ? result : index;
}

// Ops that have a target and nothing else.
template <auto adder, uint64_t flags = 0>
int at_target(Build build, const Op &op) {
  return adder(build.plan, op.text(0), flags_of(op, flags), build.err);
}

template <uint64_t given>
int overlay(Build build, const Op &op) {
  bool persistent = given == 0;
  int index = mplan_plan_overlay(build.plan, op.text(persistent ? 2 : 0), flags_of(op, given), build.err);
  int result = index;
  if (result >= 0 && persistent) {
    result = mplan_op_set_upper(build.plan, index, op.text(0), op.text(1), build.err);
  }
  for (auto layer = op.layers.rbegin(); result >= 0 && layer != op.layers.rend(); ++layer) {  // the library wants the top first
    result = mplan_op_add_layer(build.plan, index, layer->c_str(), build.err);
  }
  for (auto layer = op.data_layers.rbegin(); result >= 0 && layer != op.data_layers.rend(); ++layer) {
    result = mplan_op_add_data_layer(build.plan, index, layer->c_str(), build.err);
  }
  return result < 0 ? result : index;
}

template <uint64_t flags, uint32_t mode>
int content(Build build, const Op &op) {
  return add_content(build, op.descriptor(0), op.text(1), op.mode.value_or(mode), flags);
}

// The parts of proc with which a root that is the host's root could harm the host are covered read-only, as bubblewrap does.
inline int proc(Build build, const Op &op) {
  int index = mplan_plan_proc(build.plan, op.text(0), 0, build.err);
  for (const char *name : {"sys", "sysrq-trigger", "irq", "bus"}) {
    std::string source = std::string("/proc/") + name;
    if (index < 0 || access(source.c_str(), W_OK) != 0) {
      continue;
    }
    index = mplan_plan_bind(build.plan, source.c_str(), (op.values[0].text + "/" + name).c_str(), 0, build.err);
    if (index >= 0 && mplan_op_set_attrs(build.plan, index, MPLAN_ATTR_NOEXEC, 0, build.err) < 0) {
      return -1;
    }
  }
  return index;
}

inline int dev(Build build, const Op &op) {
  bool own_session = (build.request.spawn_flags & MPLAN_SPAWN_NEW_SESSION) != 0;
  return mplan_plan_dev(build.plan, op.text(0), flags_of(op, MPLAN_DEV_WRITABLE | (own_session ? 0 : MPLAN_DEV_CONSOLE)), build.err);
}

}  // namespace mountplan::tool
