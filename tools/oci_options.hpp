// SPDX-License-Identifier: MIT
// The mount options of an OCI runtime configuration as data (runtime-spec, config.md, Linux mount options).
#pragma once

#include <string_view>

namespace mountplan::tool {

enum class OciOption {
  none,         // says what is so anyway
  bind,         // the mount is a bind, of one mount
  rbind,        // the mount is a bind, with all below
  set,          // an attribute that is added: `word`
  clear,        // an attribute that is not set of itself: `word`
  propagation,  // `word`, carried out by --propagation
  id_map,       // ids are mapped
  refused       // `word` says why
};

struct OciWord {
  std::string_view name;
  OciOption what;
  const char *word = "";
};

inline constexpr const char *oci_clears_below = "can not take an attribute off what is mounted below";
inline constexpr const char *oci_of_disks = "is an option of file systems on disks";
inline constexpr const char *oci_private = "can not be: what a plan binds is private, so that no mount comes from the host or goes to it";

inline constexpr OciWord oci_words[] = {
    {"async", OciOption::none},
    {"atime", OciOption::none},
    {"defaults", OciOption::none},
    {"diratime", OciOption::none},
    {"loud", OciOption::none},
    {"noiversion", OciOption::none},
    {"nolazytime", OciOption::none},
    {"nomand", OciOption::none},
    {"norelatime", OciOption::none},
    {"nostrictatime", OciOption::none},
    {"private", OciOption::none},
    {"rprivate", OciOption::none},
    {"silent", OciOption::none},
    {"symfollow", OciOption::none},
    {"bind", OciOption::bind},
    {"rbind", OciOption::rbind},
    {"ro", OciOption::set, "ro"},
    {"nosuid", OciOption::set, "nosuid"},
    {"nodev", OciOption::set, "nodev"},
    {"noexec", OciOption::set, "noexec"},
    {"nosymfollow", OciOption::set, "nosymfollow"},
    {"noatime", OciOption::set, "noatime"},
    {"nodiratime", OciOption::set, "nodiratime"},
    {"relatime", OciOption::set, "relatime"},
    {"strictatime", OciOption::set, "strictatime"},
    {"rro", OciOption::set, "ro"},
    {"rnosuid", OciOption::set, "nosuid"},
    {"rnodev", OciOption::set, "nodev"},
    {"rnoexec", OciOption::set, "noexec"},
    {"rnosymfollow", OciOption::set, "nosymfollow"},
    {"rnoatime", OciOption::set, "noatime"},
    {"rnodiratime", OciOption::set, "nodiratime"},
    {"rrelatime", OciOption::set, "relatime"},
    {"rstrictatime", OciOption::set, "strictatime"},
    {"rw", OciOption::clear, "rw"},
    {"suid", OciOption::clear, "suid"},
    {"dev", OciOption::clear, "dev"},
    {"exec", OciOption::clear, "exec"},
    {"unbindable", OciOption::propagation, "unbindable"},
    {"runbindable", OciOption::propagation, "runbindable"},
    {"idmap", OciOption::id_map},
    {"ridmap", OciOption::id_map},
    {"slave", OciOption::refused, oci_private},
    {"rslave", OciOption::refused, oci_private},
    {"shared", OciOption::refused, oci_private},
    {"rshared", OciOption::refused, oci_private},
    {"rrw", OciOption::refused, oci_clears_below},
    {"rsuid", OciOption::refused, oci_clears_below},
    {"rdev", OciOption::refused, oci_clears_below},
    {"rexec", OciOption::refused, oci_clears_below},
    {"rsymfollow", OciOption::refused, oci_clears_below},
    {"ratime", OciOption::refused, oci_clears_below},
    {"rdiratime", OciOption::refused, oci_clears_below},
    {"rnorelatime", OciOption::refused, oci_clears_below},
    {"rnostrictatime", OciOption::refused, oci_clears_below},
    {"dirsync", OciOption::refused, oci_of_disks},
    {"iversion", OciOption::refused, oci_of_disks},
    {"lazytime", OciOption::refused, oci_of_disks},
    {"mand", OciOption::refused, oci_of_disks},
    {"sync", OciOption::refused, oci_of_disks},
    {"remount", OciOption::refused, "can not be: mounts are made new, with all their attributes"},
    {"tmpcopyup", OciOption::refused, "can not be: a new tmpfs is empty"},
};

}  // namespace mountplan::tool
