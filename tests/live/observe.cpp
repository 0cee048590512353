// SPDX-License-Identifier: MIT
#include "live/observe.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "live/files.hpp"

namespace live {

namespace fs = std::filesystem;

namespace {

std::string unescape(const std::string &text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i++) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      out += static_cast<char>(strtol(text.substr(i + 1, 3).c_str(), nullptr, 8));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

Mount parse(const std::string &line) {
  size_t separator = line.find(" - ");
  std::istringstream left(line.substr(0, separator));
  Mount mount{};
  left >> mount.id >> mount.parent >> mount.device >> mount.root >> mount.point >> mount.options;
  std::getline(left >> std::ws, mount.optional);
  std::string right = line.substr(separator + 3);
  size_t first = right.find(' ');
  size_t second = right.find(' ', first + 1);
  mount.type = right.substr(0, first);
  mount.source = unescape(right.substr(first + 1, second - first - 1));
  mount.super_options = right.substr(second + 1);
  mount.root = unescape(mount.root);
  mount.point = unescape(mount.point);
  return mount;
}

std::string link_text(const fs::path &path) {
  std::error_code gone;
  return fs::read_symlink(path, gone).string();
}

std::string describe(const fs::path &path, const std::string &shown) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    return "? " + shown;
  }
  char type = S_ISDIR(status.st_mode)   ? 'd'
              : S_ISLNK(status.st_mode) ? 'l'
              : S_ISREG(status.st_mode) ? 'f'
              : S_ISCHR(status.st_mode) ? 'c'
                                        : 'o';
  std::ostringstream out;
  out << type << " 0" << std::oct << (status.st_mode & 07777) << std::dec << ' ' << status.st_uid << ' ' << shown;
  if (type == 'l') {
    out << " -> " << link_text(path);
  }
  return out.str();
}

}  // namespace

bool Mount::has(std::string_view option) const {
  std::istringstream words(options);
  std::string word;
  while (std::getline(words, word, ',')) {
    if (word == option) {
      return true;
    }
  }
  return false;
}

std::ostream &operator<<(std::ostream &out, const Mount &mount) {
  return out << mount.id << ' ' << mount.parent << ' ' << mount.device << ' ' << mount.root << ' ' << mount.point << ' ' << mount.options
             << ' ' << mount.optional << " - " << mount.type << ' ' << mount.source << ' ' << mount.super_options;
}

std::vector<Mount> mounts() {
  std::istringstream text(read_file("/proc/self/mountinfo"));
  std::vector<Mount> out;
  std::string line;
  while (std::getline(text, line)) {
    out.push_back(parse(line));
  }
  return out;
}

std::vector<Mount> mounts_below(const std::string &path) {
  std::vector<Mount> out;
  for (Mount &mount : mounts()) {
    if (mount.point == path || mount.point.starts_with(path == "/" ? path : path + '/')) {
      out.push_back(std::move(mount));
    }
  }
  return out;
}

std::optional<Mount> mount_at(const std::string &path) {
  std::vector<Mount> all = mounts();
  for (const Mount &mount : all) {
    bool covered =
        std::any_of(all.begin(), all.end(), [&](const Mount &other) { return other.parent == mount.id && other.point == mount.point; });
    if (mount.point == path && !covered) {
      return mount;
    }
  }
  return std::nullopt;
}

std::map<int, std::string> open_fds() {
  std::map<int, std::string> out;
  for (const auto &entry : fs::directory_iterator("/proc/self/fd")) {
    out[atoi(entry.path().filename().c_str())] = link_text(entry.path());
  }
  // The listing itself had one, which is closed by now.
  std::erase_if(out, [](const auto &entry) { return link_text("/proc/self/fd/" + std::to_string(entry.first)).empty(); });
  return out;
}

std::vector<std::string> files(const std::string &path) {
  std::vector<std::string> out;
  for (const auto &entry : fs::recursive_directory_iterator(path)) {
    out.push_back(describe(entry.path(), fs::path(entry.path()).lexically_relative(path).string()));
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::ostream &operator<<(std::ostream &out, const Snapshot &snapshot) {
  out << snapshot.mountinfo;
  for (const auto &[fd, what] : snapshot.fds) {
    out << "fd " << fd << ' ' << what << '\n';
  }
  return out << "cwd " << snapshot.cwd << "\nroot " << snapshot.root << '\n';
}

Snapshot host_snapshot() {
  return {read_file("/proc/self/mountinfo"), open_fds(), link_text("/proc/self/cwd"), link_text("/proc/self/root")};
}

}  // namespace live
