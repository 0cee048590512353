// SPDX-License-Identifier: MIT
// The options of run, explain and apply as data: one table, from which the parser, the help text, completions and manuals come.
// To add an option, add a row to options.cpp.
#pragma once

#include <mountplan/mountplan.h>

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "command.hpp"

namespace mountplan::tool {

struct PlanOption;

// What an argument of an option has to look like.
enum class Kind {
  path,         // must not look like an option
  text,         // anything
  descriptor,   // number of an open file descriptor
  mode,         // octal permission
  bytes,        // decimal, above zero
  id,           // user or group id
  capability,   // CAP_NET_ADMIN, net_admin, ALL
  propagation,  // private, slave, shared, unbindable; with a leading r for recursive
  backend,      // auto, detached, fd, classic
  attributes,   // ro, noexec, dev ... with commas between
  flags,        // words of the op that follows
  policy,       // refuse, follow, mount-on
  id_map,       // u:0:1000:1 g:0:1000:1, or a path
  form,         // options, bwrap, json, oci
  count         // decimal, above zero
};

struct Argument {
  const char *name = nullptr;
  Kind kind = Kind::text;
};

struct Value {
  std::string text;
  uint64_t number = 0;  // of every kind but path and text
};

// The modifiers an op listens to.
enum : unsigned {
  takes_mode = 1 << 0,
  takes_size = 1 << 1,
  takes_layers = 1 << 2,
  takes_attributes = 1 << 3,
  takes_flags = 1 << 4,
  takes_inodes = 1 << 5,
  takes_id_map = 1 << 6,
  takes_policy = 1 << 7,
  takes_beneath = 1 << 8,
  takes_data_layers = 1 << 9,
  takes_prefix = 1 << 10
};

// A word of --flags, and what it does to the flags of the op. One that does nothing is seen to by the command.
struct FlagWord {
  const char *word;
  uint64_t set = 0;
  uint64_t unset = 0;
};

// A modifier as it was given.
struct Given {
  const PlanOption *option = nullptr;
  std::string text;
};

// What modifiers say of an op.
struct Modifiers {
  std::vector<Given> given;
  std::optional<uint32_t> mode;          // of --perms
  uint64_t size = 0;                     // of --size
  std::vector<std::string> layers;       // of --overlay-src, bottom first
  std::vector<std::string> data_layers;  // of --overlay-data, bottom first
  std::optional<uint64_t> attributes;    // of --attrs, see modifiers.hpp
  uint64_t inodes = 0;                   // of --inodes
  std::string id_map;                    // of --idmap
  std::optional<uint32_t> policy;        // of --symlinks
  std::string beneath;                   // of --beneath
  std::optional<std::string> prefix;     // of --prefix
  std::string flags;                     // of --flags; read when the op is known:
  uint64_t flags_set = 0;
  uint64_t flags_unset = 0;
  bool alone = false;
};

// One op of the plan, as it was typed.
struct Op : Modifiers {
  const PlanOption *option = nullptr;
  std::vector<Value> values;
  std::string typed;   // for messages, with the origin in front
  std::string origin;  // FILE:LINE:COLUMN: /POINTER; empty where it was typed

  const char *text(size_t i) const { return values[i].text.c_str(); }
  int descriptor(size_t i) const { return static_cast<int>(values[i].number); }
};

// An option that is no op, as it was given.
struct Setting {
  const PlanOption *option = nullptr;
  std::vector<std::string> values;
  bool operator==(const Setting &) const = default;
};

struct EnvironmentChange {
  enum { set, unset, clear } what;
  std::string name;
  std::string value;
};

struct CapabilityChange {
  bool add = false;
  uint64_t set = 0;  // bit n is capability n
};

// Everything a command line asks for.
struct Request {
  std::vector<Op> ops;
  std::vector<Setting> settings;
  std::vector<std::string> command;
  uint64_t namespaces = 0;
  bool user_namespace_if_possible = false;
  bool cgroup_namespace_if_possible = false;
  uint64_t spawn_flags = 0;
  std::optional<uint32_t> uid;
  std::optional<uint32_t> gid;
  std::optional<std::string> hostname;
  std::optional<std::string> working_directory;
  std::vector<EnvironmentChange> environment;
  std::vector<CapabilityChange> capabilities;
  std::vector<int> kept_descriptors;
  uint32_t backend = MPLAN_BACKEND_AUTO;
  std::optional<std::string> root;
  bool in_place = false;
  std::string from;  // a form, of convert
  bool from_options() const { return from == "options" || from == "bwrap"; }
  std::string to;
  bool verbose = false;
  bool json = false;
  bool help = false;
  std::set<std::string> oci_skipped;
  std::vector<std::string> notes;  // what an OCI file has and the plan does not
  bool pure = false;               // nothing of the system is looked at: check, convert

  // Of the next op, until one takes them.
  struct Pending : Modifiers {
    std::string typed;
    unsigned modifiers = 0;
  } pending;

  // Of --oci, not read until every --oci-skip is known.
  struct OciFile {
    std::string file;
    size_t place;  // the number of ops before it
    Pending pending;
  };
  std::vector<OciFile> oci_files;
};

// What an adder works with.
struct Build {
  mplan_plan *plan;
  const Request &request;
  mplan_error **err;
};

// The commands an option belongs to.
enum : unsigned {
  on_run = 1,
  on_explain = 2,  // and check
  on_apply = 4,
  on_convert = 8,
  on_sandbox = on_run | on_explain | on_convert,
  on_all = on_run | on_explain | on_apply | on_convert
};

enum class Section { file_system, modifier, namespaces, process, general };

struct PlanOption {
  const char *name;
  std::array<Argument, 3> arguments{};
  const char *help;
  Section section = Section::file_system;
  unsigned commands = on_all;
  unsigned modifiers = 0;                                                  // file_system: those it listens to; modifier: the one it is
  void (*set)(Request &request, std::span<const Value> values) = nullptr;  // a setting
  int (*add)(Build build, const Op &op) = nullptr;                         // an op: returns its index or a negative errno value

  std::span<const FlagWord> flags = {};  // of an op that listens to --flags

  size_t argument_count() const;
};

std::span<const PlanOption> plan_options();

// Options of bubblewrap that have no place here, so that the message can say so.
std::span<const std::string_view> foreign_options();

// Options that bubblewrap does not have.
bool is_own(const PlanOption &option);

}  // namespace mountplan::tool
