// SPDX-License-Identifier: MIT
// Compares the notes with the kernel's answer. Each mount below the root is looked at once; what it must be like follows from the notes
// on the way from it up to the root: those on itself, and the recursive ones above that are younger than its own placing.
#include "engine/verify.hpp"

#include <mountplan/apply.h>
#include <mountplan/plan.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "engine/check.hpp"
#include "engine/mounts.hpp"
#include "plan/kind.hpp"

namespace mountplan::engine {

namespace {

constexpr size_t most_ancestors = 4096;

constexpr uint64_t propagation_types =
    MPLAN_PROPAGATION_PRIVATE | MPLAN_PROPAGATION_SLAVE | MPLAN_PROPAGATION_SHARED | MPLAN_PROPAGATION_UNBINDABLE;

const char *propagation_word(uint64_t propagation) {
  if ((propagation & MPLAN_PROPAGATION_SHARED) != 0) {
    return "shared";
  }
  if ((propagation & MPLAN_PROPAGATION_SLAVE) != 0) {
    return "slave";
  }
  return (propagation & MPLAN_PROPAGATION_UNBINDABLE) != 0 ? "unbindable" : "private";
}

// A mount that never had a peer becomes private where it is made a slave.
bool has_propagation(uint64_t found, uint64_t wanted) {
  if (wanted == MPLAN_PROPAGATION_SHARED || wanted == MPLAN_PROPAGATION_UNBINDABLE) {
    return (found & wanted) != 0;
  }
  uint64_t refused = MPLAN_PROPAGATION_SHARED | (wanted == MPLAN_PROPAGATION_PRIVATE ? uint64_t{MPLAN_PROPAGATION_SLAVE} : 0);
  return (found & refused & propagation_types) == 0 && (found & MPLAN_PROPAGATION_UNBINDABLE) == 0;
}

// "ro,nosuid", "rw,nodev".
void write_attributes(base::Writer &out, uint64_t bits) {
  out.text((bits & MPLAN_ATTR_RDONLY) != 0 ? "ro" : "rw");
  for (uint64_t bit = MPLAN_ATTR_RDONLY << 1; bit <= MPLAN_ATTR_STRICTATIME; bit <<= 1) {
    if ((bits & bit) != 0) {
      out.text(",").text(plan::attribute_name(bit));
    }
  }
}

// What the notes ask of one mount.
struct Wanted {
  uint64_t attributes = 0;  // but the access time mode
  uint64_t access_time = 0;
  uint32_t access_time_order = 0;
  uint64_t own = 0;  // of the attributes, those its own notes ask for
  uint64_t propagation = 0;
  uint32_t propagation_order = 0;
  bool propagation_said = false;  // by a note on the way; what lands on a shared mount becomes shared too
  bool idmapped = false;
  bool inside = false;           // it lies below the root
  bool has_notes = false;        // of its own
  bool carried = false;          // a mount it lies on was moved after it was placed
  const Note *owner = nullptr;   // the nearest note that asks for anything
  const Note *placed = nullptr;  // its last placing
};

class Verifier {
 public:
  explicit Verifier(Run &run) : run_(run), mounts_(run) {}

  int verify() {
    if (int result = mounts_.open(); result < 0) {
      return result;
    }
    base::Vec<Note> &notes = run_.program.notes;
    for (Note &note : notes) {
      note.seen = false;
    }
    std::sort(notes.begin(), notes.end(), [](const Note &a, const Note &b) { return a.id != b.id ? a.id < b.id : a.order < b.order; });
    if (int result = look_at_root(); result < 0) {
      return result;
    }
    // Where a mount is and of which type matters where something was placed, and in messages.
    int result = mounts_.each(
        top_, [this](const MountFacts &facts) { return facts.id == top_ ? 0 : judge(facts); },
        [this](uint64_t id) { return is_note_of(first_note(id), id); });
    return result < 0 ? result : nothing_missing();
  }

 private:
  bool in_place() const { return run_.has(MPLAN_PREPARE_IN_PLACE); }

  // The notes on one mount, oldest first.
  Note *first_note(uint64_t id) {
    base::Vec<Note> &notes = run_.program.notes;
    return std::lower_bound(notes.begin(), notes.end(), id, [](const Note &note, uint64_t wanted) { return note.id < wanted; });
  }
  bool is_note_of(const Note *note, uint64_t id) { return note != run_.program.notes.end() && note->id == id; }

  int look_at_root() {
    if (int result = mount_id(run_, run_.root, top_); result < 0) {
      return result;
    }
    MountFacts facts;
    int result = mounts_.get(top_, facts);
    if (result == -ENOENT) {
      return in_place() ? 0 : nothing_missing();
    }
    if (result < 0) {
      return result;
    }
    base::Writer(prefix_, sizeof prefix_).text(strcmp(facts.point, "/") == 0 ? "" : facts.point);
    return in_place() && !is_note_of(first_note(top_), top_) ? 0 : judge(facts);
  }

  int parent_of(uint64_t id, uint64_t &parent) {
    if (const Note *note = first_note(id); is_note_of(note, id) && note->parent != 0) {
      parent = note->parent;
      return 0;
    }
    if (id == asked_) {
      parent = told_;
      return 0;
    }
    MountFacts facts;
    int result = mounts_.get(id, facts, false);
    parent = facts.parent;
    asked_ = result < 0 ? 0 : id;
    told_ = parent;
    return result;
  }

  void ask_for(Wanted &wanted, const Note &note) {
    wanted.owner = wanted.owner == nullptr ? &note : wanted.owner;
    wanted.attributes |= note.attributes & ~plan::access_time_attributes;
    wanted.idmapped = wanted.idmapped || note.idmapped;
    if (uint64_t mode = note.attributes & plan::access_time_attributes; mode != 0 && note.order > wanted.access_time_order) {
      wanted.access_time = mode;
      wanted.access_time_order = note.order;
    }
    if (note.propagation != 0 && note.order > wanted.propagation_order) {
      wanted.propagation = note.propagation;
      wanted.propagation_order = note.order;
    }
  }

  // What adds attributes may be seen or not; an access time mode may have taken the place of the one that was asked for before.
  void allow(Wanted &wanted, const Note &note) {
    if ((note.attributes & plan::access_time_attributes) != 0 && note.order > wanted.access_time_order) {
      wanted.access_time = 0;
      wanted.access_time_order = note.order;
    }
  }

  int collect(uint64_t own, uint64_t parent, Wanted &wanted) {
    uint64_t id = own;
    uint32_t placed = 0;  // the youngest placing between `own` and `id`, without `id`
    for (size_t i = 0; i < most_ancestors; i++) {
      uint32_t here = placed;
      for (Note *note = first_note(id); is_note_of(note, id); note++) {
        note->parent = parent;
        if (id == own) {
          note->seen = true;
          wanted.has_notes = true;
          wanted.placed = note->placed ? note : wanted.placed;
        } else if (note->moved && wanted.placed != nullptr && note->order > wanted.placed->order) {
          wanted.carried = true;
        }
        wanted.own |= id == own ? note->attributes & ~plan::access_time_attributes : 0;
        if (id == own || (note->recursive && note->order > placed)) {
          ask_for(wanted, *note);
        } else if (note->partial && note->order > placed) {
          allow(wanted, *note);
        }
        wanted.propagation_said = wanted.propagation_said || note->propagation != 0;
        here = note->placed ? std::max(here, note->order) : here;
      }
      placed = here;
      if (id == top_) {
        wanted.inside = true;
        return 0;
      }
      if (parent == id) {
        return 0;
      }
      id = parent;
      int result = parent_of(id, parent);
      if (result < 0) {
        return result == -ENOENT ? 0 : result;
      }
    }
    return 0;
  }

  // Keeps the strings, since asking for the parents takes the place of the answer.
  void remember_strings(const MountFacts &facts) {
    base::Writer(point_, sizeof point_).text(facts.point);
    base::Writer(type_, sizeof type_).text(facts.type);
  }

  int judge(const MountFacts &facts) {
    remember_strings(facts);
    Wanted wanted;
    if (int result = collect(facts.id, facts.parent, wanted); result < 0 || !wanted.inside) {
      return result;
    }
    if (wanted.owner == nullptr ? in_place() : wanted.placed == nullptr && has_attributes(facts, wanted) && propagates(facts, wanted)) {
      return 0;
    }
    if (type_[0] == '\0') {
      MountFacts named;
      if (int result = mounts_.get(facts.id, named); result < 0) {
        return result == -ENOENT ? 0 : result;  // it has gone meanwhile
      }
      remember_strings(named);
    }
    if (wanted.owner == nullptr) {
      return stranger();
    }
    int result = wanted.placed != nullptr ? judge_place(facts, wanted) : 0;
    result = result < 0 ? result : judge_attributes(facts, wanted);
    return result < 0 ? result : judge_propagation(facts, wanted);
  }

  int judge_place(const MountFacts &facts, const Wanted &wanted) {
    const Note &placed = *wanted.placed;
    if (placed.type != nullptr && strcmp(placed.type, type_) != 0) {
      return differ(
          wanted.owner, [&](base::Writer &out) { out.text("type ").text(placed.type); }, [&](base::Writer &out) { out.text(type_); });
    }
    if (facts.id == top_ || wanted.carried) {
      return 0;
    }
    char path[2 * PATH_MAX];
    bool there = strcmp(target_of(placed, in_place() ? "" : prefix_, path, sizeof path), point_) == 0 && !in_place();
    if (there) {
      return 0;
    }
    // A link may have led from the target to another path.
    int found = leads_to(target_of(placed, "", path, sizeof path), facts.id, true);
    if (found != 0) {
      return found < 0 ? found : 0;
    }
    return differ(
        &placed, [&](base::Writer &out) { out.text("it at ").text(target_of(placed, prefix_, path, sizeof path)); },
        [&](base::Writer &out) { out.text("it elsewhere"); });
  }

  static const char *target_of(const Note &note, const char *prefix, char *out, size_t size) {
    base::Writer path(out, size);
    path.text(prefix).text(note.target);
    if (note.name != nullptr) {
      path.text("/").text(note.name);
    }
    return out;
  }

  // 1 where the path, inside the root, leads to this mount; with `stack` also where it leads to one on top of it.
  int leads_to(const char *path, uint64_t id, bool stack) {
    int fd = lookup(run_, run_.root, path + 1, O_PATH);
    fd = fd < 0 ? lookup(run_, run_.root, path + 1, O_PATH | O_NOFOLLOW) : fd;
    ScopedFd found(run_, fd);
    uint64_t at = 0;
    if (fd < 0) {
      return 0;
    }
    if (int result = mount_id(run_, fd, at); result < 0) {
      return result;
    }
    for (size_t i = 0; i < most_ancestors; i++) {
      if (at == id || !stack) {
        return at == id ? 1 : 0;
      }
      MountFacts facts;
      int result = mounts_.get(at, facts);
      if (result == -ENOENT || (result == 0 && (strcmp(facts.point, point_) != 0 || facts.parent == at))) {
        return 0;
      }
      if (result < 0) {
        return result;
      }
      at = facts.parent;
    }
    return 0;
  }

  static bool has_attributes(const MountFacts &facts, const Wanted &wanted) {
    bool all = (wanted.attributes & ~facts.attributes) == 0 && (wanted.access_time & ~facts.attributes) == 0;
    return all && (!wanted.idmapped || facts.idmapped);
  }

  int judge_attributes(const MountFacts &facts, const Wanted &wanted) {
    uint64_t shown = ~plan::access_time_attributes | (wanted.access_time != 0 ? plan::access_time_attributes : 0);
    if (has_attributes(facts, wanted)) {
      return 0;
    }
    // What the plan covers in place can not be lifted out of the way, nor what was there before.
    bool may_be_hidden = !wanted.has_notes || in_place();
    if (may_be_hidden && (wanted.own & ~facts.attributes) == 0 && run_.backend->id == MPLAN_BACKEND_CLASSIC) {
      // mount(2) changes what is visible; what another mount covers stays as it is.
      size_t below = strlen(prefix_);
      int visible = strlen(point_) > below ? leads_to(point_ + below, facts.id, false) : 1;
      if (visible <= 0) {
        return visible;
      }
    }
    return differ(
        wanted.owner,
        [&](base::Writer &out) {
          write_attributes(out, wanted.attributes | wanted.access_time);
          out.text(wanted.idmapped ? ",idmapped" : "");
        },
        [&](base::Writer &out) {
          write_attributes(out, facts.attributes & shown);
          out.text(facts.idmapped ? ",idmapped" : "");
        });
  }

  // 0 where any will do: in place a mount that lands on a shared one of the caller becomes its peer.
  uint64_t asked_propagation(const Wanted &wanted) const {
    const bool any = wanted.propagation_said || in_place();
    return wanted.propagation != 0 ? wanted.propagation : any ? 0 : uint64_t{MPLAN_PROPAGATION_PRIVATE};
  }
  bool propagates(const MountFacts &facts, const Wanted &wanted) const {
    const uint64_t asked = asked_propagation(wanted);
    return asked == 0 || has_propagation(facts.propagation, asked);
  }

  int judge_propagation(const MountFacts &facts, const Wanted &wanted) {
    if (propagates(facts, wanted)) {
      return 0;
    }
    return differ(
        wanted.owner, [&](base::Writer &out) { out.text(propagation_word(asked_propagation(wanted))); },
        [&](base::Writer &out) { out.text(propagation_word(facts.propagation)); });
  }

  int nothing_missing() {
    for (const Note &note : run_.program.notes) {
      if (note.placed && !note.gone && !note.seen) {
        char path[2 * PATH_MAX];
        base::Writer(run_.failure.path, sizeof run_.failure.path).text(target_of(note, "", path, sizeof path));
        return fail_verify(&note, ESTALE, "verify: the mount is not there: wanted it at the target, found none");
      }
    }
    return 0;
  }

  int stranger() {
    base::Writer(run_.failure.path, sizeof run_.failure.path).text(point_);
    char detail[256];
    base::Writer(detail, sizeof detail).text("verify: wanted no mount there, found one of type ").text(type_);
    return fail_verify(nullptr, EXDEV, detail);
  }

  template <typename Asked, typename Found>
  int differ(const Note *note, Asked asked, Found found) {
    base::Writer(run_.failure.path, sizeof run_.failure.path).text(point_);
    char detail[sizeof run_.failure.detail];
    base::Writer out(detail, sizeof detail);
    out.text("verify: the mount at ").quoted(std::string_view(point_, std::min(strlen(point_), size_t{160}))).text(": wanted ");
    asked(out);
    out.text(", found ");
    found(out);
    return fail_verify(note, EXDEV, detail);
  }

  int fail_verify(const Note *note, int error, const char *detail) {
    if (note != nullptr && note->step >= 0) {
      blame(run_.failure, run_.program.steps[static_cast<size_t>(note->step)]);
    }
    return base::fail(run_.failure, base::Kind::safety, error, detail);
  }

  Run &run_;
  Mounts mounts_;
  uint64_t top_ = 0;
  uint64_t asked_ = 0;  // the mount whose parent was asked for last, which is told_: of a tree of many mounts most have the same
  uint64_t told_ = 0;
  char prefix_[PATH_MAX] = "";  // path of the root, empty for "/"
  char point_[PATH_MAX] = "";
  char type_[64] = "";
};

}  // namespace

int verify(Run &run) {
  if (!run.has(MPLAN_PREPARE_VERIFY)) {
    return 0;
  }
  Quiet quiet(run.program);
  return Verifier(run).verify();
}

int verify_entered(Run &run) {
  if (!run.has(MPLAN_PREPARE_VERIFY)) {
    return 0;
  }
  Quiet quiet(run.program);
  // `..` of the root directory stays there, and then goes to the top of what is mounted on it: a root that was not detached is found so.
  ScopedFd top(run, open_host(run, "/..", O_PATH | O_DIRECTORY));
  if (top.get() < 0) {
    return failed(run, top.get(), "openat", "/..");
  }
  uint64_t wanted = 0;
  uint64_t found = 0;
  if (int result = mount_id(run, run.root, wanted); result < 0) {
    return result;
  }
  if (int result = mount_id(run, top.get(), found); result < 0) {
    return result;
  }
  if (wanted == found) {
    return 0;
  }
  base::Writer(run.failure.path, sizeof run.failure.path).text("/");
  return base::fail(run.failure, base::Kind::safety, EXDEV, "verify: wanted the new root at /, found another mount on top of it");
}

}  // namespace mountplan::engine
