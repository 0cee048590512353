// SPDX-License-Identifier: MIT
// Making the files and mounts a live test starts from. Each throws std::system_error when it can not, which fails the test.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace live {

// mkdir -p, mode 0755.
void mkdirs(const std::string &path);
// Writes a file; its directory is made when missing.
void write_file(const std::string &path, std::string_view content, mode_t mode = 0644);
std::string read_file(const std::string &path);
void symlink(const std::string &text, const std::string &path);
// A tmpfs on a directory that is made when missing. `options` as for mount(8): "size=1m,mode=0700".
void mount_tmpfs(const std::string &path, const std::string &options = "");
// A bind of a directory or file on an existing one; `recursive` takes along what is mounted below.
void mount_bind(const std::string &source, const std::string &target, bool recursive = false);
// Adds MS_ flags of mount(2) (MS_RDONLY ...) to a mount, which keeps no others.
void remount(const std::string &path, unsigned long flags);
// MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC or without.
void set_propagation(const std::string &path, unsigned long flags);

// What happens when a file is made at `path`: 0, and it is gone again, or the errno.
int create_errno(const std::string &path);
// What happens when the existing file is opened for writing: 0 or the errno. Its content stays.
int write_errno(const std::string &path);

}  // namespace live
