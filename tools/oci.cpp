// SPDX-License-Identifier: MIT
// Each mount becomes the words of one option, as those of a plan file do. What can not be said that way is refused, never left out
// silently.
#include "oci.hpp"

#include <algorithm>
#include <climits>
#include <optional>

#include "json_source.hpp"
#include "modifiers.hpp"
#include "oci_options.hpp"
#include "oci_reader.hpp"
#include "suggest.hpp"

namespace mountplan::tool {
namespace {

class Reader : private OciReader {
 public:
  using OciReader::OciReader;

  std::vector<Word> words(const JsonValue &config) {
    need(config, Type::object);
    linux_ = config.find("linux");
    if (linux_ != nullptr) {
      guard(problems_, [&] { need(*linux_, Type::object); });
      linux_ = linux_->type == Type::object ? linux_ : nullptr;
    }
    bool read_only = false;
    guard(problems_, [&] { read_only = add_root(config); });
    guard(problems_, [&] { each(config, "mounts", [&](const JsonValue &mount) { add_mount(mount); }); });
    if (linux_ != nullptr) {
      guard(problems_, [&] { each(*linux_, "readonlyPaths", [&](const JsonValue &path) { add_read_only(path); }); });
      guard(problems_, [&] { each(*linux_, "maskedPaths", [&](const JsonValue &path) { add(path, {"--mask", text(path)}); }); });
      separately([&] { add_root_propagation(); });
    }
    if (read_only) {  // last, as missing mount points are made in it
      separately([&] { add(*config.find("root")->find("readonly"), {"--remount-ro", "/"}); });
    }
    tell_unread(config);
    return std::move(words_);
  }

 private:
  bool add_root(const JsonValue &config) {
    const JsonValue &root = required(config, "root");
    need(root, Type::object);
    const JsonValue *read_only = root.find("readonly");
    if (read_only != nullptr) {
      need(*read_only, Type::boolean);
    }
    std::string path = in_bundle(root, text(root, "path"));
    separately([&] { add(required(root, "path"), {"--dev-bind", path, "/"}); });
    return read_only != nullptr && read_only->text == "true";
  }

  void add_mount(const JsonValue &value) {
    need(value, Type::object);
    const JsonValue *type = value.find("type");
    const JsonValue *source = value.find("source");
    Mount mount(value);
    mount.target = text(value, "destination");
    mount.type = type != nullptr ? text(*type) : "none";
    mount.source = source != nullptr ? text(*source) : "";
    if (type != nullptr && skip(*type, mount.type)) {
      return;
    }
    mount.is_bind = mount.type == "bind";
    const JsonValue *options = value.find("options");
    if (options != nullptr && options->type != Type::null) {
      need(*options, Type::array);
      for (const JsonValue &option : options->items) {  // whether it is a bind says what the others mean
        const OciWord *word = find(text(option));
        mount.is_bind = mount.is_bind || (word != nullptr && (word->what == OciOption::bind || word->what == OciOption::rbind));
      }
      for (const JsonValue &option : options->items) {
        guard(problems_, [&] { read_option(mount, option); });
      }
    }
    read_id_map(mount);
    add_typed(mount, type != nullptr ? *type : value);
    if (!mount.propagation.empty()) {
      add(value, {"--propagation", mount.propagation, mount.target});
    }
    std::string place = clean(mount.target);
    bool only_processes = std::ranges::find(mount.flags, "subset=pid") != mount.flags.end();
    bool is_proc = !mount.is_bind && mount.type == "proc" && !only_processes;
    targets_.insert(place);
    procs_.erase(place);
    if (is_proc) {
      procs_.insert(place);
    }
  }

  static const OciWord *find(const std::string &name) {
    auto found = std::ranges::find_if(oci_words, [&](const OciWord &word) { return word.name == name; });
    return found == std::end(oci_words) ? nullptr : found;
  }

  void read_option(Mount &mount, const JsonValue &value) {
    std::string option = text(value);
    const OciWord *word = find(option);
    std::string name = option.substr(0, option.find('='));
    if (skip(value, name)) {
      return;
    }
    if (word == nullptr) {
      read_typed_option(mount, value, name, option.size() > name.size() ? option.substr(name.size() + 1) : "");
      return;
    }
    switch (word->what) {
      case OciOption::none:
      case OciOption::bind:
        break;
      case OciOption::rbind:
        mount.recursive = true;
        break;
      case OciOption::set:
        set_attribute(mount, word->word, nullptr);
        if (option == 'r' + std::string(word->word)) {
          mount.kept.push_back(word->word);
        }
        break;
      case OciOption::clear:
        if (mount.is_bind && word->word == std::string_view("suid")) {
          refuse(value, "suid can not be: a bind is always nosuid");
        }
        set_attribute(mount, word->word, word->word);
        break;
      case OciOption::propagation:
        mount.propagation = word->word;
        break;
      case OciOption::id_map:
        mount.id_mapped = true;
        break;
      case OciOption::refused:
        refuse(value, option + ' ' + word->word + may_skip(name));
    }
  }

  // Options with a meaning for one type.
  void read_typed_option(Mount &mount, const JsonValue &value, const std::string &name, const std::string &given) {
    if (mount.is_bind) {
      // fall through to the refusal: a bind takes no options of a file system
    } else if (mount.type == "tmpfs" && name == "mode") {
      mount.modifiers.emplace_back("--perms", given);
      return;
    } else if (mount.type == "tmpfs" && (name == "size" || name == "nr_inodes")) {
      std::optional<uint64_t> size = size_of(given);
      if (!size) {
        refuse(value, name + " must be a number above zero, with k, m, g or t behind it or nothing");
      }
      mount.modifiers.emplace_back(name == "size" ? "--size" : "--inodes", std::to_string(*size));
      return;
    } else if (mount.type == "proc" && name == "hidepid") {
      static constexpr std::pair<std::string_view, const char *> levels[] = {
          {"1", "noaccess"},   {"noaccess", "noaccess"},     {"2", "invisible"}, {"invisible", "invisible"},
          {"4", "ptraceable"}, {"ptraceable", "ptraceable"}, {"0", ""},          {"off", ""}};
      for (auto [level, flag] : levels) {
        if (given == level) {
          if (*flag != '\0') {
            mount.flags.push_back(std::string("hidepid=") + flag);
          }
          return;
        }
      }
      refuse(value, "hidepid must be off, noaccess, invisible, ptraceable, 0, 1, 2 or 4");
    } else if (mount.type == "proc" && name == "subset" && given == "pid") {
      mount.flags.emplace_back("subset=pid");
      return;
    } else if (mount.type == "devpts" && read_devpts(value, name, given)) {
      return;
    } else if (mount.type == "overlay" && read_overlay(mount, name, given)) {
      return;
    } else if (mount.type == "cgroup" || mount.type == "cgroup2") {
      return;  // the mount as a whole is left out, or refused
    }
    std::vector<std::string> known;
    for (const OciWord &word : oci_words) {
      known.emplace_back(word.name);
    }
    refuse(value, "the option " + name + " can not be used for " + (mount.is_bind ? "a bind" : mount.type) +
                      (given.empty() && find(name) == nullptr ? did_you_mean(name, known) : "") + may_skip(name));
  }

  bool read_devpts(const JsonValue &value, const std::string &name, const std::string &given) {
    if (name == "gid") {
      note(value, "gid=" + given + " is left out: terminals have the group of the process that opens them");
      return true;
    }
    return name == "newinstance" || (name == "ptmxmode" && (given == "0666" || given == "666")) ||
           (name == "mode" && (given == "0620" || given == "620"));
  }

  bool read_overlay(Mount &mount, const std::string &name, const std::string &given) {
    if (name == "lowerdir") {
      std::string layer;
      for (size_t i = 0; i <= given.size(); i++) {
        if (i == given.size() || given[i] == ':') {
          mount.layers.push_back(in_bundle(mount.value, layer));
          layer.clear();
        } else {
          i += given[i] == '\\' && i + 1 < given.size() ? 1 : 0;
          layer += given[i];
        }
      }
      return true;
    }
    if (name == "upperdir" || name == "workdir") {
      (name == "upperdir" ? mount.upper : mount.work) = in_bundle(mount.value, given);
      return true;
    }
    static constexpr std::pair<std::string_view, const char *> flags[] = {
        {"redirect_dir", "redirect-dir"}, {"metacopy", "metacopy"}, {"index", "index"}, {"xino", "xino"}};
    for (auto [known, flag] : flags) {
      if (name == known && given == "on") {
        mount.flags.emplace_back(flag);
        return true;
      }
    }
    if (name == "volatile" && given.empty()) {
      mount.flags.emplace_back("volatile");
      return true;
    }
    return name == "userxattr" && given.empty();  // where it is needed
  }

  void read_id_map(Mount &mount) {
    const JsonValue *users = mount.value.find("uidMappings");
    const JsonValue *groups = mount.value.find("gidMappings");
    if (mount.id_mapped && users == nullptr && groups == nullptr && linux_ != nullptr) {
      users = linux_->find("uidMappings");
      groups = linux_->find("gidMappings");
    }
    if (users == nullptr && groups == nullptr) {
      if (mount.id_mapped) {
        refuse(mount.value, "has idmap, but neither it nor linux has uidMappings and gidMappings");
      }
      return;
    }
    if (users == nullptr || groups == nullptr) {
      refuse(mount.value, "has only one of uidMappings and gidMappings");
    }
    if (!mount.is_bind) {
      refuse(*users, "only a bind can have ids mapped");
    }
    mount.modifiers.emplace_back("--idmap", ranges(*users, "u") + ' ' + ranges(*groups, "g"));
  }

  std::string ranges(const JsonValue &mappings, const char *kind) const {
    need(mappings, Type::array);
    std::string result;
    for (const JsonValue &mapping : mappings.items) {
      need(mapping, Type::object);
      result += (result.empty() ? "" : " ") + std::string(kind);
      for (const char *name : {"containerID", "hostID", "size"}) {
        const JsonValue &number = required(mapping, name);
        need(number, Type::number);
        result += ':' + number.text;
      }
    }
    if (result.empty()) {
      refuse(mappings, "is empty");
    }
    return result;
  }

  void add_modified(Mount &mount, const std::vector<std::string> &words) {
    for (const auto &[option, argument] : mount.modifiers) {
      add(mount.value, {option, argument});
    }
    if (!mount.attributes.empty()) {
      add(mount.value, {"--attrs", joined(mount.attributes)});
    }
    if (!mount.flags.empty()) {
      add(mount.value, {"--flags", joined(mount.flags)});
    }
    add(mount.value, words);
  }

  void add_typed(Mount &mount, const JsonValue &type) {
    static constexpr std::pair<std::string_view, const char *> plain[] = {{"proc", "--new-proc"}, {"sysfs", "--sysfs"},
                                                                          {"devpts", "--devpts"}, {"mqueue", "--mqueue"},
                                                                          {"ramfs", "--ramfs"},   {"bpf", "--bpf"}};
    if (mount.is_bind) {
      add_bind(mount);
      return;
    }
    if (mount.type == "tmpfs") {
      auto is_mode = [](const auto &modifier) { return modifier.first == std::string_view("--perms"); };
      if (std::ranges::none_of(mount.modifiers, is_mode)) {
        mount.modifiers.emplace_back("--perms", "1777");  // as the kernel makes it
      }
      add_modified(mount, {"--tmpfs", mount.target});
      if (clean(mount.target) == "/dev") {
        add_devices(mount);
      }
      return;
    }
    if (mount.type == "overlay") {
      add_overlay(mount);
      return;
    }
    for (auto [name, option] : plain) {
      if (mount.type == name) {
        add_modified(mount, {option, mount.target});
        return;
      }
    }
    if ((mount.type == "cgroup" || mount.type == "cgroup2") && mount.has("ro")) {
      note(type, "the read-only " + mount.type + " at " + mount.target + " is left out: a plan can not make it");
      return;
    }
    refuse(type, "a plan can not make a mount of type " + mount.type + (mount.type == "none" ? " without bind or rbind" : "") +
                     may_skip(mount.type));
  }

  void add_bind(Mount &mount) {
    if (mount.source.empty()) {
      refuse(mount.value, "a bind needs a \"source\"");
    }
    if (!mount.recursive) {
      mount.flags.emplace_back("alone");
    }
    bool read_only = mount.has("ro");
    bool no_devices = mount.has("nodev");
    for (const char *said : {"rw", "dev", "exec", "nosuid", "nodev"}) {  // the op has or lacks it of itself
      std::erase(mount.attributes, said);
    }
    if (read_only && no_devices) {
      std::erase(mount.attributes, "ro");
    }
    const char *option = !no_devices ? "--dev-bind" : read_only ? "--ro-bind" : "--bind";
    add_modified(mount, {option, in_bundle(mount.value, mount.source), mount.target});
  }

  void add_overlay(Mount &mount) {
    for (auto layer = mount.layers.rbegin(); layer != mount.layers.rend(); ++layer) {
      add(mount.value, {"--overlay-src", *layer});
    }
    if (mount.upper.empty() != mount.work.empty()) {
      refuse(mount.value, "an overlay has both upperdir and workdir, or none of them");
    }
    if (mount.upper.empty()) {
      add_modified(mount, {"--ro-overlay", mount.target});
    } else {
      add_modified(mount, {"--overlay", mount.upper, mount.work, mount.target});
    }
  }

  // What a runtime has to supply in /dev (config-linux.md, Default Devices and /dev symbolic links).
  void add_devices(const Mount &mount) {
    for (const char *name : {"null", "zero", "full", "random", "urandom", "tty"}) {
      std::string path = std::string("/dev/") + name;
      add(mount.value, {"--dev-bind", path, path});
    }
    for (auto [link, to] : {std::pair("/dev/fd", "/proc/self/fd"),
                            {"/dev/stdin", "/proc/self/fd/0"},
                            {"/dev/stdout", "/proc/self/fd/1"},
                            {"/dev/stderr", "/proc/self/fd/2"},
                            {"/dev/ptmx", "pts/ptmx"}}) {
      add(mount.value, {"--symlink", to, link});
    }
  }

  // What lies at a path is known of the mounts of this file, and of what every procfs has. Anywhere else a link on the way might lead
  // elsewhere.
  void add_read_only(const JsonValue &value) {
    std::string path = clean(text(value));
    if (path == "/") {
      refuse(value, "the root is made read-only by root.readonly");
    }
    auto below = targets_.lower_bound(path + '/');
    bool is_covered = below != targets_.end() && below->starts_with(path + '/');
    if (targets_.contains(path)) {
      add(value, {"--remount-ro", path});
    } else if (std::string source = in_each_proc(path); !source.empty() && !is_covered) {
      add(value, {"--attrs", "noexec", "--ro-bind-try", source, path});
    } else if (!skip(value, "readonlyPaths")) {
      refuse(value, std::string(is_covered ? "has mounts below, which a read-only bind of it would cover"
                                           : "can not be made read-only: it is neither the destination of a mount nor a part of proc that "
                                             "has nothing to do with processes") +
                        may_skip("readonlyPaths"));
    }
  }

  // The same path in the proc of the caller, for what is the same in each: "/proc/sys".
  std::string in_each_proc(const std::string &path) const {
    static constexpr std::string_view names[] = {"acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "sys", "sysrq-trigger", "tty"};
    for (const std::string &proc : procs_) {
      if (!path.starts_with(proc + '/')) {
        continue;
      }
      std::string below = path.substr(proc.size() + 1);
      if (std::ranges::find(names, below.substr(0, below.find('/'))) != std::end(names)) {
        return "/proc/" + below;
      }
    }
    return "";
  }

  void add_root_propagation() {
    const JsonValue *value = linux_->find("rootfsPropagation");
    std::string type = value != nullptr ? text(*value) : "";
    if (type.empty() || skip(*value, "rootfsPropagation")) {
      return;
    }
    static constexpr std::string_view known[] = {"private", "rprivate", "slave",      "rslave",
                                                 "shared",  "rshared",  "unbindable", "runbindable"};
    if (std::ranges::find(known, type) == std::end(known)) {
      refuse(*value, "must be private, slave, shared or unbindable, or one of them with an r in front, not " + type);
    }
    if (type.ends_with("slave")) {
      note(*value, type + " has no effect: what a plan binds is private, and no later mount of the host shows in it");
    } else if (type.ends_with("shared")) {
      refuse(*value, type + " can not be: a shared root can not be entered by pivot_root(2)" + may_skip("rootfsPropagation"));
    } else {
      add(*value, {"--propagation", type, "/"});
    }
  }

  // One line for all that says nothing of the root file system, or says what other options do.
  void tell_unread(const JsonValue &config) {
    static constexpr std::string_view read[] = {"ociVersion", "root", "mounts", "linux", "annotations"};
    static constexpr std::string_view read_of_linux[] = {"maskedPaths", "readonlyPaths", "rootfsPropagation"};
    std::string list;
    auto tell = [&](const JsonValue &object, std::span<const std::string_view> known, const std::string &prefix) {
      for (const JsonValue::Member &member : object.members) {
        if (std::ranges::find(known, member.name) == known.end()) {
          list += (list.empty() ? "" : ", ") + prefix + member.name;
        }
      }
    };
    tell(config, read, "");
    if (linux_ != nullptr) {
      tell(*linux_, read_of_linux, "linux.");
    }
    if (!list.empty()) {
      notes_.push_back(file_ + ": not read, as it does not describe mounts: " + list);
    }
  }

  const JsonValue *linux_ = nullptr;
  std::set<std::string> targets_;
  std::set<std::string> procs_;  // those of the targets where a whole proc is
};

}  // namespace

std::vector<Word> words_of_oci(const std::string &file, std::string_view text, const std::set<std::string> &skipped,
                               std::vector<std::string> &notes, Problems *problems) {
  return Reader(file, skipped, notes, problems).words(parse_json(file, text));
}

bool is_oci(std::string_view text) {
  try {
    return parse_json("", text).find("ociVersion") != nullptr;
  } catch (const UsageError &) {
    return false;  // whoever reads it tells what is wrong
  }
}

}  // namespace mountplan::tool
