// SPDX-License-Identifier: MIT
#include "property/draft.hpp"

#include <fcntl.h>
#include <mountplan/mountplan.h>
#include <unistd.h>

#include <random>
#include <sstream>

#include "live/plan_world.hpp"

namespace property {

namespace {

using fault::Plan;

std::string host(const std::string &name) { return name.starts_with('/') ? name : live::path("host/" + name); }

const char *const directories[] = {"tree", "tree/sub", "tree/below", "odd", "shared", "slave", "readonly", "covered", "lower1", "link"};
const char *const files[] = {"note", "tree/note", "tree/below/deep/file", "bound", "/dev/null"};
const char *const wrong_sources[] = {"missing", "missing/below", "hidden", "note/below", "dangling"};
// What is found below the targets of other ops.
const char *const known_below[] = {"below", "below/deep", "below/deep/file", "sub", "sub/empty", "note", "link", "pts", "null",
                                   "one",   "shm"};
const char *const link_texts[] = {"/a", "b", "../b", "a/b", "/note", "nowhere", "/", ".."};

class Artist {
 public:
  explicit Artist(uint64_t seed) : random_(seed) {}

  Draft draw(uint64_t seed) {
    Draft draft;
    draft.seed = seed;
    draft.form = static_cast<fault::Form>(below(3));
    draft.prepare_flags |= chance(50) ? MPLAN_PREPARE_VERIFY : 0;
    draft.prepare_flags |= chance(25) ? MPLAN_PREPARE_DEFERRED : 0;
    draft.plan_flags = chance(draft.form == fault::Form::in_place ? 80 : 25) ? MPLAN_PLAN_CREATE : 0;
    if (chance(25)) {
      draft.parent_mode = mode();
    }
    in_place_ = draft.form == fault::Form::in_place;
    targets_ = in_place_ ? std::vector<std::string>{"/there", "/mounted"} : std::vector<std::string>{};
    mounts_ = in_place_ ? std::vector<std::string>{"/mounted"} : std::vector<std::string>{};
    size_t count = 1 + below(7);
    for (size_t i = 0; i < count; i++) {
      // In place only the last op may be one that can not be taken back.
      bool change = !mounts_.empty() && (!in_place_ || i + 1 == count || chance(3)) && chance(35);
      draft.ops.push_back(change ? change_op() : op(i == 0 && !in_place_));
    }
    return draft;
  }

 private:
  size_t below(size_t limit) { return static_cast<size_t>(random_() % limit); }
  bool chance(unsigned percent) { return below(100) < percent; }
  template <size_t n>
  std::string one_of(const char *const (&list)[n]) {
    return list[below(n)];
  }
  uint64_t some_of(uint64_t flags, unsigned percent) {
    uint64_t out = 0;
    for (uint64_t bit = 1; bit <= flags; bit <<= 1) {
      out |= (flags & bit) != 0 && chance(percent) ? bit : 0;
    }
    return out;
  }
  uint32_t mode() {
    static constexpr uint32_t modes[] = {0755, 0700, 0711, 0750, 01777, 0555, 0};
    return modes[below(sizeof modes / sizeof modes[0])];
  }

  std::string new_name() {
    static const char *const names[] = {"a", "b", "ab", "c"};
    return one_of(names);
  }
  std::string new_target() {
    std::string path;
    for (size_t depth = 1 + below(3); depth > 0; depth--) {
      path += '/' + new_name();
    }
    return path;
  }
  std::string old_target() { return targets_.empty() ? "" : targets_[below(targets_.size())]; }
  // Where an op puts something: mostly new, else on or beneath what another op has made.
  std::string place() {
    size_t kind = below(20);
    std::string path = new_target();
    if (kind < 4) {
      path = old_target();
    } else if (kind < 10) {
      path = old_target() + '/' + (kind < 8 ? new_name() : one_of(known_below));
    }
    path = path.empty() ? "/" + new_name() : path;
    targets_.push_back(path);
    return path;
  }
  // What an op looks for: mostly something that is there.
  std::string object() {
    size_t kind = below(20);
    std::string path = kind < 12 ? old_target() : kind < 19 ? old_target() + '/' + one_of(known_below) : new_target();
    return path.empty() ? "/" : path;
  }
  // The same, for what only a mount point will do for.
  std::string mount() { return chance(95) ? mounts_[below(mounts_.size())] : object(); }
  // The target of something mounted; "/" when it comes first, sometimes.
  std::string mount_place(bool first) {
    std::string path = first && chance(10) ? "/" : place();
    if (path == "/") {
      targets_.push_back("");
    }
    mounts_.push_back(path);
    return path;
  }
  std::string source() { return chance(6) ? one_of(wrong_sources) : chance(75) ? one_of(directories) : one_of(files); }

  DraftOp op(bool first) {
    switch (below(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
        return bind(first);
      case 4:
        return bind_fd();
      case 5:
        return tmpfs(first);
      case 6:
      case 7:
        return overlay(first);
      case 8:
        return special();
      case 9:
        return file();
      case 10:
        return helper();
      case 11:
        return entry("dir", mplan_plan_dir, place());
      case 12:
        return symlink();
      case 13:
        return entry("chmod", mplan_plan_chmod, object());
      case 14:
        return simple("mask", mplan_plan_mask, object(), 0, 0);
      default:
        return dev();
    }
  }

  // Of a mount that is there.
  DraftOp change_op() {
    switch (below(4)) {
      case 0:
        return remount();
      case 1:
        return propagation();
      case 2:
        return move();
      default:
        return simple("unmount", mplan_plan_unmount, mount(), 0, 0);
    }
  }

  // Attributes and the policy for links on top of an op. What does not fit the op is refused and so left out, for every backend alike.
  DraftOp with_modifiers(std::string text, std::function<int(Plan &)> add) {
    static constexpr uint64_t sets[] = {
        MPLAN_ATTR_NOEXEC,     MPLAN_ATTR_NOSYMFOLLOW, MPLAN_ATTR_NOATIME, MPLAN_ATTR_STRICTATIME,
        MPLAN_ATTR_NODIRATIME, MPLAN_ATTR_RELATIME,    MPLAN_ATTR_RDONLY,  MPLAN_ATTR_NOEXEC | MPLAN_ATTR_NOATIME | MPLAN_ATTR_NODIRATIME};
    static constexpr uint64_t clears[] = {MPLAN_ATTR_NODEV, MPLAN_ATTR_NOSUID, MPLAN_ATTR_NOEXEC, MPLAN_ATTR_RDONLY};
    uint64_t set = chance(25) ? sets[below(8)] : 0;
    uint64_t clear = chance(10) ? clears[below(4)] & ~set : 0;
    auto policy = static_cast<uint32_t>(chance(25) ? 1 + below(2) : 0);
    std::ostringstream line;
    line << text << std::hex;
    if ((set | clear) != 0) {
      line << ", attributes +0x" << set << " -0x" << clear;
    }
    if (policy != 0) {
      line << ", links " << (policy == MPLAN_SYMLINK_FOLLOW ? "followed" : "mounted on");
    }
    return {line.str(), [add = std::move(add), set, clear, policy](Plan &plan) {
              int op = add(plan);
              if ((set | clear) != 0) {
                mplan_op_set_attrs(plan.get(), op, set, clear, nullptr);
              }
              if (policy != 0) {
                mplan_op_set_symlinks(plan.get(), op, policy, nullptr);
              }
            }};
  }

  static std::string text_of(const char *name, const std::string &source, const std::string &target, uint64_t flags) {
    std::ostringstream line;
    line << name << ' ' << source << (source.empty() ? "" : " -> ") << target;
    if (flags != 0) {
      line << ", flags 0x" << std::hex << flags;
    }
    return line.str();
  }

  using Simple = int (*)(mplan_plan *, const char *, uint64_t, mplan_error **);
  DraftOp simple(const char *name, Simple adder, const std::string &target, uint64_t flags, uint64_t possible) {
    flags |= some_of(possible, 25);
    return with_modifiers(text_of(name, "", target, flags), [=](Plan &plan) { return plan.add(adder, target, flags); });
  }

  using WithMode = int (*)(mplan_plan *, const char *, uint32_t, uint64_t, mplan_error **);
  DraftOp entry(const char *name, WithMode adder, const std::string &target) {
    uint32_t permission = mode();
    std::ostringstream line;
    line << name << ' ' << target << ", mode 0" << std::oct << permission;
    return with_modifiers(line.str(), [=](Plan &plan) { return plan.add(adder, target, permission, 0); });
  }

  void add_mounts_below(const std::string &source, const std::string &target) {
    if (source == "tree" || source == "odd" || source == "shared" || source == "slave" || source == "covered" || source == "link") {
      mounts_.push_back(target == "/" ? "/below" : target + "/below");
    }
    if (source == "covered") {
      mounts_.push_back(target == "/" ? "/sub" : target + "/sub");
    }
  }

  DraftOp bind(bool first) {
    uint64_t flags = some_of(MPLAN_BIND_WRITABLE, 50) | some_of(MPLAN_BIND_DEVICE, 20);
    flags |= chance(10) ? MPLAN_BIND_OPTIONAL : chance(10) ? MPLAN_BIND_ENSURE : 0;
    std::string name = source();
    std::string from = host(name);
    std::string target = mount_place(first);
    add_mounts_below(name, target);
    return with_modifiers(text_of("bind", from, target, flags), [=](Plan &plan) { return plan.add(mplan_plan_bind, from, target, flags); });
  }

  DraftOp bind_fd() {
    uint64_t flags = some_of(MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_OPTIONAL, 30);
    std::string name = chance(70) ? one_of(directories) : one_of(files);
    std::string from = host(name);
    std::string part = chance(40) ? one_of(known_below) : "";
    std::string target = mount_place(false);
    if (part.empty()) {
      add_mounts_below(name, target);
    }
    return with_modifiers(text_of("bind fd", from + " beneath it " + part, target, flags), [=](Plan &plan) {
      live::OpenFd fd(from, O_PATH);
      int op = plan.add(mplan_plan_bind_fd, fd.get(), target, flags);
      if (!part.empty()) {
        plan.add(mplan_op_set_source_path, op, part);
      }
      return op;
    });
  }

  DraftOp tmpfs(bool first) {
    uint64_t flags = some_of(MPLAN_TMPFS_READONLY, 30);
    uint64_t size = chance(30) ? uint64_t{1} << 20 : 0;
    uint64_t inodes = chance(20) ? 64 : 0;
    uint32_t permission = mode();
    std::string target = mount_place(first);
    return with_modifiers(text_of("tmpfs", "", target, flags), [=](Plan &plan) {
      int op = plan.add(mplan_plan_tmpfs, target, size, permission, flags);
      plan.add(mplan_op_set_inodes, op, inodes);
      return op;
    });
  }

  DraftOp overlay(bool first) {
    static const char *const lowers[] = {"lower1", "lower2", "tree", "odd"};
    uint64_t form = below(3);  // persistent, ephemeral, read-only
    uint64_t flags = form == 0 ? 0 : form == 1 ? MPLAN_OVERLAY_EPHEMERAL : MPLAN_OVERLAY_READONLY;
    flags |= some_of(MPLAN_OVERLAY_DEVICE | MPLAN_OVERLAY_XINO | MPLAN_OVERLAY_VOLATILE | MPLAN_OVERLAY_REDIRECT_DIR, 10);
    size_t start = below(4);
    size_t count = below(20) == 0 ? 0 : 1 + below(3);
    std::string target = mount_place(first);
    std::string text = text_of("overlay", std::to_string(count) + " layers from " + lowers[start], target, flags);
    return with_modifiers(text, [=](Plan &plan) {
      int op = plan.add(mplan_plan_overlay, target, flags);
      for (size_t i = 0; i < count; i++) {
        plan.add(mplan_op_add_layer, op, host(lowers[(start + i) % 4]));
      }
      if (form == 0) {
        plan.add(mplan_op_set_upper, op, host("upper"), host("work"));
      }
      return op;
    });
  }

  DraftOp special() {
    constexpr uint64_t proc_flags = MPLAN_PROC_SUBSET_PID | MPLAN_PROC_FALLBACK_SUBSET | MPLAN_PROC_FALLBACK_BIND;
    switch (below(6)) {
      case 0:
        return simple("proc", mplan_plan_proc, mount_place(false), chance(20) ? MPLAN_PROC_HIDEPID_INVISIBLE : 0, proc_flags);
      case 1:
        return simple("sysfs", mplan_plan_sysfs, mount_place(false), 0, 0);
      case 2:
        return simple("devpts", mplan_plan_devpts, mount_place(false), 0, 0);
      case 3:
        return simple("mqueue", mplan_plan_mqueue, mount_place(false), 0, 0);
      case 4:
        return simple("bpf", mplan_plan_bpf, mount_place(false), 0, 0);
      default:
        return simple("ramfs", mplan_plan_ramfs, mount_place(false), 0, 0);
    }
  }

  DraftOp dev() { return simple("dev", mplan_plan_dev, mount_place(false), 0, MPLAN_DEV_WRITABLE | MPLAN_DEV_MQUEUE | MPLAN_DEV_CONSOLE); }

  DraftOp file() {
    uint64_t flags = some_of(MPLAN_FILE_WRITABLE | MPLAN_FILE_COPY, 35);
    uint32_t permission = mode();
    std::string target = place();
    if (chance(30)) {
      return with_modifiers(text_of("file fd", host("note"), target, flags), [=](Plan &plan) {
        live::OpenFd fd(host("note"), O_RDONLY);
        return plan.add(mplan_plan_file_fd, fd.get(), target, permission, flags);
      });
    }
    return with_modifiers(text_of("file", "4 bytes", target, flags),
                          [=](Plan &plan) { return plan.add(mplan_plan_file, target, "text", size_t{4}, permission, flags); });
  }

  DraftOp symlink() {
    bool dereference = chance(20);
    std::string text = dereference ? host(chance(80) ? "etc/mtab" : "note") : one_of(link_texts);
    uint64_t flags = dereference ? MPLAN_SYMLINK_DEREFERENCE : 0;
    std::string target = place();
    return with_modifiers(text_of("symlink", text, target, flags),
                          [=](Plan &plan) { return plan.add(mplan_plan_symlink, text, target, flags); });
  }

  // Once per plan: a second one is refused, and so left out.
  DraftOp helper() {
    if (chance(50)) {
      uint64_t flags = some_of(MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE, 30);
      return {text_of("root", host("root"), "/", flags),
              [=](Plan &plan) { mplan_plan_root(plan.get(), host("root").c_str(), flags, nullptr); }};
    }
    return {text_of("etc", host("etc"), "/etc", 0), [](Plan &plan) { mplan_plan_etc(plan.get(), host("etc").c_str(), "id", 0, nullptr); }};
  }

  DraftOp remount() {
    uint64_t flags = some_of(MPLAN_BIND_WRITABLE, 25) | some_of(MPLAN_BIND_DEVICE, 25) | some_of(MPLAN_BIND_RECURSIVE, 60);
    std::string target = chance(15) ? "/" : mount();
    DraftOp op = simple("remount", mplan_plan_remount, target, flags, MPLAN_REMOUNT_SKIP_AUTOFS | MPLAN_REMOUNT_SKIP_VANISHED);
    op.passes_over = in_place_ && (flags & MPLAN_BIND_RECURSIVE) != 0;  // the caller's mounts are not moved
    return op;
  }

  DraftOp propagation() {
    static constexpr uint64_t types[] = {MPLAN_PROPAGATION_PRIVATE, MPLAN_PROPAGATION_SLAVE, MPLAN_PROPAGATION_SHARED,
                                         MPLAN_PROPAGATION_UNBINDABLE};
    uint64_t flags = types[below(4)] | some_of(MPLAN_PROPAGATION_RECURSIVE, 50);
    DraftOp op = simple("propagation", mplan_plan_propagation, chance(15) ? "/" : mount(), flags, 0);
    op.passes_over = (flags & MPLAN_PROPAGATION_SHARED) != 0;  // nothing can be moved from there
    return op;
  }

  DraftOp move() {
    std::string from = mount();
    std::string target = place();
    if (chance(90) && (target == from || target.starts_with(from + '/'))) {
      target = "/moved";
    }
    mounts_.push_back(target);
    return with_modifiers(text_of("move", from, target, 0), [=](Plan &plan) { return plan.add(mplan_plan_move, from, target, 0); });
  }

  std::mt19937_64 random_;
  bool in_place_ = false;
  std::vector<std::string> targets_;  // "" is the root
  std::vector<std::string> mounts_;
};

}  // namespace

Draft draw(uint64_t seed) { return Artist(seed).draw(seed); }

void build(const Draft &draft, Plan &plan) {
  plan.add(mplan_plan_set_flags, draft.plan_flags);
  if (draft.parent_mode) {
    plan.add(mplan_plan_set_parent_mode, *draft.parent_mode);
  }
  for (const DraftOp &op : draft.ops) {
    op.add(plan);
  }
}

std::string describe(const Draft &draft) {
  std::ostringstream out;
  out << "seed " << draft.seed << ", " << fault::form_name(draft.form) << ", prepare flags 0x" << std::hex << draft.prepare_flags
      << ", plan flags 0x" << draft.plan_flags;
  if (draft.parent_mode) {
    out << ", parents 0" << std::oct << *draft.parent_mode;
  }
  out << std::dec << '\n';
  for (size_t i = 0; i < draft.ops.size(); i++) {
    out << "  op " << i << ' ' << draft.ops[i].text << '\n';
  }
  return out.str();
}

}  // namespace property
