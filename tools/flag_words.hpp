// SPDX-License-Identifier: MIT
// The words of --flags, by op. For options.cpp alone.
#pragma once

#include "options.hpp"

namespace mountplan::tool {

constexpr FlagWord bind_flags[] = {{"ensure", MPLAN_BIND_ENSURE}, {"alone"}};
constexpr FlagWord remount_flags[] = {
    {"recursive", MPLAN_BIND_RECURSIVE},        {"writable", MPLAN_BIND_WRITABLE},          {"device", MPLAN_BIND_DEVICE},
    {"best-effort", MPLAN_REMOUNT_BEST_EFFORT}, {"skip-autofs", MPLAN_REMOUNT_SKIP_AUTOFS}, {"skip-vanished", MPLAN_REMOUNT_SKIP_VANISHED}};
constexpr FlagWord tmpfs_flags[] = {{"readonly", MPLAN_TMPFS_READONLY}};
constexpr FlagWord proc_flags[] = {
    {"hidepid=noaccess", MPLAN_PROC_HIDEPID_NOACCESS},     {"hidepid=invisible", MPLAN_PROC_HIDEPID_INVISIBLE},
    {"hidepid=ptraceable", MPLAN_PROC_HIDEPID_PTRACEABLE}, {"subset=pid", MPLAN_PROC_SUBSET_PID},
    {"fallback=subset", MPLAN_PROC_FALLBACK_SUBSET},       {"fallback=bind", MPLAN_PROC_FALLBACK_BIND}};
constexpr FlagWord dev_flags[] = {{"readonly", 0, MPLAN_DEV_WRITABLE},
                                  {"mqueue", MPLAN_DEV_MQUEUE},
                                  {"console", MPLAN_DEV_CONSOLE},
                                  {"no-console", 0, MPLAN_DEV_CONSOLE}};
constexpr FlagWord overlay_flags[] = {{"device", MPLAN_OVERLAY_DEVICE},
                                      {"trusted-xattr", MPLAN_OVERLAY_TRUSTED_XATTR},
                                      {"redirect-dir", MPLAN_OVERLAY_REDIRECT_DIR},
                                      {"metacopy", MPLAN_OVERLAY_METACOPY},
                                      {"index", MPLAN_OVERLAY_INDEX},
                                      {"volatile", MPLAN_OVERLAY_VOLATILE},
                                      {"xino", MPLAN_OVERLAY_XINO}};
constexpr FlagWord symlink_flags[] = {{"dereference", MPLAN_SYMLINK_DEREFERENCE}};
constexpr FlagWord root_flags[] = {{"writable", MPLAN_BIND_WRITABLE}, {"device", MPLAN_BIND_DEVICE}};

}  // namespace mountplan::tool
