// SPDX-License-Identifier: MIT
// The option table. Names and meanings are bubblewrap's where it has the option; where the meaning differs the help text says so.
#include "options.hpp"

#include <unistd.h>

#include "content.hpp"

namespace mountplan::tool {
namespace {

constexpr Argument host_path{"SRC", Kind::path};
constexpr Argument target{"DEST", Kind::path};
constexpr Argument descriptor{"FD", Kind::descriptor};

using Values = std::span<const Value>;

template <uint64_t flags>
int bind(Build build, const Op &op) {
  return mplan_plan_bind(build.plan, op.text(0), op.text(1), flags, build.err);
}

template <uint64_t flags>
int bind_descriptor(Build build, const Op &op) {
  return mplan_plan_bind_fd(build.plan, op.descriptor(0), op.text(1), flags, build.err);
}

// Ops that have a target and nothing else.
template <auto adder>
int at_target(Build build, const Op &op) {
  return adder(build.plan, op.text(0), 0, build.err);
}

template <uint64_t flags>
int overlay(Build build, const Op &op) {
  bool persistent = flags == 0;
  int index = mplan_plan_overlay(build.plan, op.text(persistent ? 2 : 0), flags, build.err);
  int result = index;
  if (result >= 0 && persistent) {
    result = mplan_op_set_upper(build.plan, index, op.text(0), op.text(1), build.err);
  }
  for (auto layer = op.layers.rbegin(); result >= 0 && layer != op.layers.rend(); ++layer) {  // the library wants the top first
    result = mplan_op_add_layer(build.plan, index, layer->c_str(), build.err);
  }
  return result < 0 ? result : index;
}

template <uint64_t flags, uint32_t mode>
int content(Build build, const Op &op) {
  return add_content(build, op.descriptor(0), op.text(1), op.mode.value_or(mode), flags);
}

// The parts of proc with which a root that is the host's root could harm the host are covered read-only, as bubblewrap does.
int proc(Build build, const Op &op) {
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

int dev(Build build, const Op &op) {
  bool own_session = (build.request.spawn_flags & MPLAN_SPAWN_NEW_SESSION) != 0;
  return mplan_plan_dev(build.plan, op.text(0), MPLAN_DEV_WRITABLE | (own_session ? 0 : MPLAN_DEV_CONSOLE), build.err);
}

template <uint64_t bits>
void unshare(Request &request, Values) {
  request.namespaces |= bits;
}

template <uint64_t flag>
void spawn_flag(Request &request, Values) {
  request.spawn_flags |= flag;
}

void set_variable(Request &request, Values values) {
  if (values[0].text.empty() || values[0].text.find('=') != std::string::npos) {
    throw UsageError("--setenv: VAR must not be empty nor contain '='");
  }
  request.environment.push_back({EnvironmentChange::set, values[0].text, values[1].text});
}

const PlanOption table[] = {
    // File system, in the order given.
    {.name = "--bind", .arguments = {host_path, target}, .help = "Bind host path SRC on DEST", .add = bind<MPLAN_BIND_WRITABLE>},
    {.name = "--bind-try",
     .arguments = {host_path, target},
     .help = "As --bind, skipped when SRC does not exist",
     .add = bind<MPLAN_BIND_WRITABLE | MPLAN_BIND_OPTIONAL>},
    {.name = "--dev-bind",
     .arguments = {host_path, target},
     .help = "As --bind, device nodes usable",
     .add = bind<MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE>},
    {.name = "--dev-bind-try",
     .arguments = {host_path, target},
     .help = "As --dev-bind, skipped when SRC does not exist",
     .add = bind<MPLAN_BIND_WRITABLE | MPLAN_BIND_DEVICE | MPLAN_BIND_OPTIONAL>},
    {.name = "--ro-bind",
     .arguments = {host_path, target},
     .help = "Bind SRC on DEST read-only, with everything mounted below",
     .add = bind<0>},
    {.name = "--ro-bind-try",
     .arguments = {host_path, target},
     .help = "As --ro-bind, skipped when SRC does not exist",
     .add = bind<MPLAN_BIND_OPTIONAL>},
    {.name = "--bind-fd",
     .arguments = {descriptor, target},
     .help = "Bind what descriptor FD has open on DEST",
     .add = bind_descriptor<MPLAN_BIND_WRITABLE>},
    {.name = "--ro-bind-fd", .arguments = {descriptor, target}, .help = "As --bind-fd, read-only", .add = bind_descriptor<0>},
    {.name = "--remount-ro",
     .arguments = {target},
     .help = "Make the mount at DEST read-only, without those below it",
     .add = [](Build b, const Op &op) { return mplan_plan_remount(b.plan, op.text(0), MPLAN_BIND_DEVICE, b.err); }},
    {.name = "--proc", .arguments = {target}, .help = "A new proc on DEST; what root could harm the host with is read-only", .add = proc},
    {.name = "--dev", .arguments = {target}, .help = "A minimal /dev on DEST: a tmpfs, which stays writable", .add = dev},
    {.name = "--tmpfs",
     .arguments = {target},
     .help = "A new tmpfs on DEST (mode 0755)",
     .modifiers = takes_mode | takes_size,
     .add = [](Build b, const Op &op) { return mplan_plan_tmpfs(b.plan, op.text(0), op.size, op.mode.value_or(0755), 0, b.err); }},
    {.name = "--mqueue", .arguments = {target}, .help = "A new mqueue on DEST", .add = at_target<mplan_plan_mqueue>},
    {.name = "--sysfs", .arguments = {target}, .help = "A new sysfs on DEST, read-only", .add = at_target<mplan_plan_sysfs>},
    {.name = "--devpts", .arguments = {target}, .help = "A new devpts on DEST", .add = at_target<mplan_plan_devpts>},
    {.name = "--ramfs", .arguments = {target}, .help = "A new ramfs on DEST", .add = at_target<mplan_plan_ramfs>},
    {.name = "--bpf", .arguments = {target}, .help = "A new bpf file system on DEST", .add = at_target<mplan_plan_bpf>},
    {.name = "--dir",
     .arguments = {target},
     .help = "A directory at DEST (mode 0755); one that is there is left as it is",
     .modifiers = takes_mode,
     .add = [](Build b, const Op &op) { return mplan_plan_dir(b.plan, op.text(0), op.mode.value_or(0755), 0, b.err); }},
    {.name = "--file",
     .arguments = {descriptor, target},
     .help = "A copy of what FD has open, at DEST (mode 0666, whatever the umask)",
     .modifiers = takes_mode,
     .add = content<MPLAN_FILE_COPY, 0666>},
    {.name = "--bind-data",
     .arguments = {descriptor, target},
     .help = "A nameless file with what FD has open, bound on DEST (mode 0600)",
     .modifiers = takes_mode,
     .add = content<MPLAN_FILE_WRITABLE, 0600>},
    {.name = "--ro-bind-data",
     .arguments = {descriptor, target},
     .help = "As --bind-data, read-only",
     .modifiers = takes_mode,
     .add = content<0, 0600>},
    {.name = "--symlink",
     .arguments = {host_path, target},
     .help = "A symbolic link at DEST with the text SRC",
     .add = [](Build b, const Op &op) { return mplan_plan_symlink(b.plan, op.text(0), op.text(1), 0, b.err); }},
    {.name = "--chmod",
     .arguments = {{{"OCTAL", Kind::mode}, {"PATH", Kind::path}}},
     .help = "Set the permission of PATH, which must exist",
     .add = [](Build b,
               const Op &op) { return mplan_plan_chmod(b.plan, op.text(1), static_cast<uint32_t>(op.values[0].number), 0, b.err); }},
    {.name = "--overlay",
     .arguments = {{{"RWSRC", Kind::path}, {"WORKDIR", Kind::path}, target}},
     .help = "An overlay on DEST of the layers before it, writes going to RWSRC",
     .modifiers = takes_layers,
     .add = overlay<0>},
    {.name = "--tmp-overlay",
     .arguments = {target},
     .help = "An overlay on DEST, writes gone with the sandbox",
     .modifiers = takes_layers,
     .add = overlay<MPLAN_OVERLAY_EPHEMERAL>},
    {.name = "--ro-overlay",
     .arguments = {target},
     .help = "An overlay on DEST, read-only",
     .modifiers = takes_layers,
     .add = overlay<MPLAN_OVERLAY_READONLY>},
    {.name = "--root-from",
     .arguments = {{{"DIR", Kind::path}}},
     .help = "Bind every entry of DIR read-only at /, except proc, dev, tmp, mnt, etc",
     .add = [](Build b, const Op &op) { return mplan_plan_root(b.plan, op.text(0), 0, b.err); }},
    {.name = "--etc-from",
     .arguments = {{{"DIR", Kind::path}}},
     .help = "An /etc of links to the entries of DIR, except passwd and group",
     .add = [](Build b, const Op &op) { return mplan_plan_etc(b.plan, op.text(0), "mountplan", 0, b.err); }},
    {.name = "--mask",
     .arguments = {{{"PATH", Kind::path}}},
     .help = "Hide PATH: a file under the null device, a directory under an empty one",
     .add = at_target<mplan_plan_mask>},
    {.name = "--propagation",
     .arguments = {{{"TYPE", Kind::propagation}, target}},
     .help = "private, slave, shared or unbindable; rprivate and so on for all below",
     .add = [](Build b, const Op &op) { return mplan_plan_propagation(b.plan, op.text(1), op.values[0].number, b.err); }},

    // Modifiers of the next op.
    {.name = "--perms",
     .arguments = {{{"OCTAL", Kind::mode}}},
     .help = "Permission of what the next option makes",
     .section = Section::modifier,
     .modifiers = takes_mode,
     .set = [](Request &request, Values values) { request.pending.mode = static_cast<uint32_t>(values[0].number); }},
    {.name = "--size",
     .arguments = {{{"BYTES", Kind::bytes}}},
     .help = "Size limit of the next tmpfs",
     .section = Section::modifier,
     .modifiers = takes_size,
     .set = [](Request &request, Values values) { request.pending.size = values[0].number; }},
    {.name = "--overlay-src",
     .arguments = {host_path},
     .help = "A layer of the next overlay, on top of those before it",
     .section = Section::modifier,
     .modifiers = takes_layers,
     .set = [](Request &request, Values values) { request.pending.layers.push_back(values[0].text); }},

    // Namespaces.
    {.name = "--unshare-user",
     .help = "New user namespace; implied without privilege",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = unshare<MPLAN_NAMESPACE_USER>},
    {.name = "--unshare-user-try",
     .help = "The same where the system allows it",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = [](Request &request, Values) { request.user_namespace_if_possible = true; }},
    {.name = "--unshare-ipc",
     .help = "New ipc namespace",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = unshare<MPLAN_NAMESPACE_IPC>},
    {.name = "--unshare-pid",
     .help = "New pid namespace",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = unshare<MPLAN_NAMESPACE_PID>},
    {.name = "--unshare-net",
     .help = "New network namespace, loopback up",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = unshare<MPLAN_NAMESPACE_NET>},
    {.name = "--unshare-uts",
     .help = "New uts namespace",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = unshare<MPLAN_NAMESPACE_UTS>},
    {.name = "--unshare-cgroup",
     .help = "New cgroup namespace",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = unshare<MPLAN_NAMESPACE_CGROUP>},
    {.name = "--unshare-cgroup-try",
     .help = "The same where the kernel has it",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = [](Request &request, Values) { request.cgroup_namespace_if_possible = true; }},
    {.name = "--unshare-all",
     .help = "All of them, user and cgroup where possible",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set =
         [](Request &request, Values) {
           request.namespaces |= MPLAN_NAMESPACE_IPC | MPLAN_NAMESPACE_PID | MPLAN_NAMESPACE_NET | MPLAN_NAMESPACE_UTS;
           request.user_namespace_if_possible = request.cgroup_namespace_if_possible = true;
         }},
    {.name = "--share-net",
     .help = "Keep the network namespace, after --unshare-all",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = [](Request &request, Values) { request.namespaces &= ~uint64_t{MPLAN_NAMESPACE_NET}; }},
    {.name = "--uid",
     .arguments = {{{"UID", Kind::id}}},
     .help = "User id in the sandbox; needs a user namespace",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = [](Request &request, Values values) { request.uid = static_cast<uint32_t>(values[0].number); }},
    {.name = "--gid",
     .arguments = {{{"GID", Kind::id}}},
     .help = "Group id in the sandbox; needs a user namespace",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = [](Request &request, Values values) { request.gid = static_cast<uint32_t>(values[0].number); }},
    {.name = "--hostname",
     .arguments = {{{"NAME", Kind::text}}},
     .help = "Host name in the sandbox; needs --unshare-uts",
     .section = Section::namespaces,
     .commands = on_sandbox,
     .set = [](Request &request, Values values) { request.hostname = values[0].text; }},

    // The process.
    {.name = "--chdir",
     .arguments = {{{"DIR", Kind::path}}},
     .help = "Working directory inside; else the present one, HOME or /, the first there is",
     .section = Section::process,
     .commands = on_sandbox,
     .set = [](Request &request, Values values) { request.working_directory = values[0].text; }},
    {.name = "--setenv",
     .arguments = {{{"VAR", Kind::text}, {"VALUE", Kind::text}}},
     .help = "Set an environment variable",
     .section = Section::process,
     .commands = on_sandbox,
     .set = set_variable},
    {.name = "--unsetenv",
     .arguments = {{{"VAR", Kind::text}}},
     .help = "Remove an environment variable",
     .section = Section::process,
     .commands = on_sandbox,
     .set =
         [](Request &request, Values values) {
           request.environment.push_back({EnvironmentChange::unset, values[0].text, {}});
         }},
    {.name = "--clearenv",
     .help = "Remove all environment variables, except PWD",
     .section = Section::process,
     .commands = on_sandbox,
     .set =
         [](Request &request, Values) {
           request.environment.push_back({EnvironmentChange::clear, {}, {}});
         }},
    {.name = "--new-session",
     .help = "A terminal session of its own",
     .section = Section::process,
     .commands = on_sandbox,
     .set = spawn_flag<MPLAN_SPAWN_NEW_SESSION>},
    {.name = "--die-with-parent",
     .help = "Kill the sandbox when mountplan ends",
     .section = Section::process,
     .commands = on_sandbox,
     .set = spawn_flag<MPLAN_SPAWN_DIE_WITH_PARENT>},
    {.name = "--as-pid-1",
     .help = "No reaper: COMMAND is process 1; needs --unshare-pid",
     .section = Section::process,
     .commands = on_sandbox,
     .set = spawn_flag<MPLAN_SPAWN_AS_PID_1>},
    {.name = "--cap-add",
     .arguments = {{{"CAP", Kind::capability}}},
     .help = "Keep a capability, or ALL",
     .section = Section::process,
     .commands = on_sandbox,
     .set =
         [](Request &request, Values values) {
           request.capabilities.push_back({true, values[0].number});
         }},
    {.name = "--cap-drop",
     .arguments = {{{"CAP", Kind::capability}}},
     .help = "Drop a capability, or ALL; root starts with its own, others with none",
     .section = Section::process,
     .commands = on_sandbox,
     .set =
         [](Request &request, Values values) {
           request.capabilities.push_back({false, values[0].number});
         }},
    {.name = "--keep-fd",
     .arguments = {descriptor},
     .help = "Leave descriptor FD open; all but 0, 1 and 2 are closed",
     .section = Section::process,
     .commands = on_sandbox,
     .set = [](Request &request, Values values) { request.kept_descriptors.push_back(static_cast<int>(values[0].number)); }},

    // General.
    {.name = "--root",
     .arguments = {{{"DIR", Kind::path}}},
     .help = "The directory the plan is applied to",
     .section = Section::general,
     .commands = on_apply | on_explain,
     .set = [](Request &request, Values values) { request.root = values[0].text; }},
    {.name = "--in-place",
     .help = "Into the tree that is there, instead of a fresh root over it",
     .section = Section::general,
     .commands = on_apply | on_explain,
     .set = [](Request &request, Values) { request.in_place = true; }},
    {.name = "--args",
     .arguments = {descriptor},
     .help = "Read more arguments, ended by NUL, from FD in this place",
     .section = Section::general},
    {.name = "--plan",
     .arguments = {{{"FILE", Kind::path}}},
     .help = "Read a plan file (JSON) in this place; - is standard input",
     .section = Section::general},
    {.name = "--backend",
     .arguments = {{{"NAME", Kind::backend}}},
     .help = "auto, detached, fd or classic: the kernel calls used",
     .section = Section::general,
     .set = [](Request &request, Values values) { request.backend = static_cast<uint32_t>(values[0].number); }},
    {.name = "--verbose",
     .help = "Tell each step on standard error",
     .section = Section::general,
     .commands = on_run | on_apply,
     .set = [](Request &request, Values) { request.verbose = true; }},
    {.name = "-J",
     .help = "Print JSON",
     .section = Section::general,
     .commands = on_explain,
     .set = [](Request &request, Values) { request.json = true; }},
    {.name = "--help",
     .help = "Print this text",
     .section = Section::general,
     .set = [](Request &request, Values) { request.help = true; }},
};

constexpr std::string_view foreign[] = {
    "--add-seccomp-fd",  "--argv0",          "--assert-userns-disabled",
    "--block-fd",        "--disable-userns", "--exec-label",
    "--file-label",      "--info-fd",        "--json-status-fd",
    "--level-prefix",    "--lock-file",      "--pidns",
    "--seccomp",         "--sync-fd",        "--userns",
    "--userns-block-fd", "--userns2",
};

}  // namespace

size_t PlanOption::argument_count() const {
  size_t count = 0;
  while (count < arguments.size() && arguments[count].name != nullptr) {
    count++;
  }
  return count;
}

std::span<const PlanOption> plan_options() { return table; }

std::span<const std::string_view> foreign_options() { return foreign; }

}  // namespace mountplan::tool
