// SPDX-License-Identifier: MIT
#include "live/files.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace live {

namespace {

[[noreturn]] void fail(const char *what, const std::string &path) {
  throw std::system_error(errno, std::generic_category(), what + (' ' + path));
}

void check_mount(const char *what, const std::string &path, int result) {
  if (result != 0) {
    fail(what, path);
  }
}

int try_open(const std::string &path, int flags) {
  int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd < 0) {
    return errno;
  }
  close(fd);
  return 0;
}

}  // namespace

void mkdirs(const std::string &path) { std::filesystem::create_directories(path); }

void write_file(const std::string &path, std::string_view content, mode_t mode) {
  mkdirs(std::filesystem::path(path).parent_path());
  int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) {
    fail("open", path);
  }
  while (!content.empty()) {
    ssize_t written = write(fd, content.data(), content.size());
    if (written < 0) {
      close(fd);
      fail("write", path);
    }
    content.remove_prefix(static_cast<size_t>(written));
  }
  fchmod(fd, mode);
  close(fd);
}

std::string read_file(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    fail("open", path);
  }
  std::string content;
  char buffer[65536];
  ssize_t got = 0;
  while ((got = read(fd, buffer, sizeof buffer)) > 0) {
    content.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  if (got < 0) {
    fail("read", path);
  }
  return content;
}

void symlink(const std::string &text, const std::string &path) {
  if (::symlink(text.c_str(), path.c_str()) != 0) {
    fail("symlink", path);
  }
}

void mount_tmpfs(const std::string &path, const std::string &options) {
  mkdirs(path);
  check_mount("mount tmpfs", path, mount("tmpfs", path.c_str(), "tmpfs", 0, options.c_str()));
}

void mount_bind(const std::string &source, const std::string &target, bool recursive) {
  check_mount("bind", target, mount(source.c_str(), target.c_str(), nullptr, MS_BIND | (recursive ? MS_REC : 0), nullptr));
}

void remount(const std::string &path, unsigned long flags) {
  check_mount("remount", path, mount("none", path.c_str(), nullptr, MS_REMOUNT | MS_BIND | flags, nullptr));
}

void set_propagation(const std::string &path, unsigned long flags) {
  check_mount("propagation", path, mount("none", path.c_str(), nullptr, flags, nullptr));
}

int create_errno(const std::string &path) {
  int error = try_open(path, O_WRONLY | O_CREAT | O_EXCL);
  if (error == 0) {
    unlink(path.c_str());
  }
  return error;
}

int write_errno(const std::string &path) { return try_open(path, O_WRONLY); }

}  // namespace live
