// SPDX-License-Identifier: MIT
// What bubblewrap has and mountplan lacks, and the other way round.
#include <algorithm>

#include "convert.hpp"

namespace mountplan::tool {
namespace {

constexpr std::string_view foreign[] = {
    "--add-seccomp-fd",  "--argv0",          "--assert-userns-disabled",
    "--block-fd",        "--disable-userns", "--exec-label",
    "--file-label",      "--info-fd",        "--json-status-fd",
    "--level-prefix",    "--lock-file",      "--pidns",
    "--seccomp",         "--sync-fd",        "--userns",
    "--userns-block-fd", "--userns2",
};

constexpr std::string_view own[] = {"--attrs",    "--backend", "--beneath",  "--bpf",          "--devpts",   "--etc-from", "--flags",
                                    "--from",     "--idmap",   "--in-place", "--inodes",       "--keep-fd",  "--mask",     "--move",
                                    "--new-proc", "--oci",     "--oci-skip", "--overlay-data", "--plan",     "--prefix",   "--propagation",
                                    "--ramfs",    "--remount", "--root",     "--root-from",    "--symlinks", "--sysfs",    "--to",
                                    "--unmount",  "--verbose", "-J"};

}  // namespace

std::span<const std::string_view> foreign_options() { return foreign; }

bool is_own(const PlanOption &option) { return std::ranges::find(own, std::string_view(option.name)) != std::end(own); }

void need_bubblewrap(const Request &request) {
  auto need = [](const PlanOption &option, const std::string &typed) {
    if (is_own(option)) {
      throw UsageError("convert: bubblewrap has no " + std::string(option.name) + (typed.empty() ? "" : ": " + typed));
    }
  };
  for (const Setting &setting : request.settings) {
    need(*setting.option, "");
  }
  for (const Op &op : request.ops) {
    need(*op.option, op.typed);
    for (const Given &given : op.given) {
      need(*given.option, op.typed);
    }
  }
}

}  // namespace mountplan::tool
