// SPDX-License-Identifier: MIT
// The notes that verify() compares with the kernel's answer.
#include <mountplan/apply.h>
#include <mountplan/plan.h>

#include <cerrno>

#include "engine/check.hpp"
#include "engine/mounts.hpp"
#include "engine/remount_tree.hpp"
#include "engine/verify.hpp"

namespace mountplan::engine {

namespace {

int note(Run &run, const Step *step, int mount, Note note) {
  if (!run.has(MPLAN_PREPARE_VERIFY)) {
    return 0;
  }
  Quiet quiet(run.program);
  note.step = step == nullptr ? -1 : static_cast<int32_t>(step - run.program.steps.data());
  note.order = static_cast<uint32_t>(run.program.notes.size() + 1);
  if (int result = mount_id(run, mount, note.id); result < 0) {
    return result;
  }
  return run.program.notes.append(note) ? 0 : base::fail_memory(run.failure);
}

}  // namespace

Expected expected_of(const Step &step) {
  return {.target = step.op.target,
          .type = step.made_type,
          .attributes = step.op.attributes(),
          .recursive = step.made_tree,
          .idmapped = step.op.idmap_fd >= 0};
}

int note_placed(Run &run, const Step *step, int mount, const Expected &expected) {
  return note(run, step, mount,
              {.target = expected.target,
               .name = expected.name,
               .type = expected.type,
               .attributes = expected.attributes,
               .recursive = expected.recursive,
               .idmapped = expected.idmapped,
               .placed = true});
}

int note_moved(Run &run, const Step &step, int mount) {
  return note(run, &step, mount, {.target = step.op.target, .placed = true, .moved = true});
}

int note_change(Run &run, const Step &step, int mount, const Change &change) {
  bool skips = (change.trouble & may_skip) != 0;
  return note(run, &step, mount,
              {.attributes = change.set,
               .propagation = change.propagation,
               .recursive = change.recursive && !skips,
               .partial = change.recursive && skips});
}

int note_unmount(Run &run, int mount) {
  if (!run.has(MPLAN_PREPARE_VERIFY)) {
    return 0;
  }
  Quiet quiet(run.program);
  uint64_t id = 0;
  Mounts mounts(run);
  int result = mount_id(run, mount, id);
  if (result >= 0) {
    result = mounts.open();
  }
  for (size_t i = 0; result >= 0 && i < run.program.notes.size(); i++) {
    Note &entry = run.program.notes[i];
    for (uint64_t at = entry.id; result >= 0 && !entry.gone;) {
      MountFacts facts;
      entry.gone = at == id;
      result = mounts.get(at, facts);
      if (result == -ENOENT || facts.parent == at) {
        result = 0;
        break;
      }
      at = facts.parent;
    }
  }
  return result;
}

}  // namespace mountplan::engine
