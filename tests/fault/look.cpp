// SPDX-License-Identifier: MIT
#include "fault/look.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "fault/plans.hpp"
#include "live/harness.hpp"

namespace fault {

namespace {

int proc = -1;

std::string read_at(int dir, const char *name, size_t most = SIZE_MAX) {
  int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) {
    return std::string("unreadable: ") + strerror(errno);
  }
  std::string content;
  char block[16384];
  ssize_t got = 0;
  while (content.size() < most && (got = read(fd, block, std::min(sizeof block, most - content.size()))) > 0) {
    content.append(block, static_cast<size_t>(got));
  }
  close(fd);
  return content;
}

std::string link_at(int dir, const char *name) {
  char text[4096];
  ssize_t length = readlinkat(dir, name, text, sizeof text);
  return length < 0 ? "" : std::string(text, static_cast<size_t>(length));
}

std::vector<std::string> entries_of(int dir) {
  std::vector<std::string> names;
  DIR *stream = fdopendir(dir);
  while (dirent *entry = readdir(stream)) {
    if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
      names.emplace_back(entry->d_name);
    }
  }
  closedir(stream);
  std::sort(names.begin(), names.end());
  return names;
}

// Made by the kernel, and different each time.
bool is_alive(int dir) {
  struct statfs file_system {};
  return fstatfs(dir, &file_system) == 0 && (file_system.f_type == PROC_SUPER_MAGIC || file_system.f_type == SYSFS_MAGIC);
}

void describe(int dir, const std::string &name, const std::string &shown, bool with_inode, std::string &out);

void describe_below(int dir, const char *name, const std::string &shown, bool with_inode, std::string &out) {
  int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) {
    out += "  can not be listed: " + std::string(strerror(errno)) + '\n';
    return;
  }
  if (is_alive(fd)) {
    close(fd);
    return;
  }
  int again = dup(fd);
  for (const std::string &entry : entries_of(again)) {
    describe(fd, entry, shown + '/' + entry, with_inode, out);
  }
  close(fd);
}

void describe(int dir, const std::string &name, const std::string &shown, bool with_inode, std::string &out) {
  if (is_written(shown)) {
    return;
  }
  struct stat status {};
  if (fstatat(dir, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
    out += shown + ": " + strerror(errno) + '\n';
    return;
  }
  char line[96];
  snprintf(line, sizeof line, " %o %u %u ", status.st_mode, status.st_uid, status.st_gid);
  out += shown + line;
  if (with_inode) {
    out += std::to_string(status.st_dev) + ' ' + std::to_string(status.st_ino) + ' ' + std::to_string(status.st_nlink);
  }
  if (S_ISLNK(status.st_mode)) {
    out += " -> " + link_at(dir, name.c_str());
  } else if (S_ISREG(status.st_mode)) {
    out += " \"" + read_at(dir, name.c_str(), 64) + '"';
  } else if (S_ISCHR(status.st_mode)) {
    out += " device " + std::to_string(status.st_rdev);
  }
  out += '\n';
  if (S_ISDIR(status.st_mode)) {
    describe_below(dir, name.c_str(), shown, with_inode, out);
  }
}

std::string files_at(const std::string &path, bool with_inode) {
  std::string out;
  describe(AT_FDCWD, path, path == "/" ? "" : path, with_inode, out);
  return out;
}

std::string mount_table() { return read_at(proc, "self/mountinfo"); }

struct Row {
  std::string id, parent, device, root, point, options, rest;
};

std::vector<Row> rows() {
  std::istringstream table(mount_table());
  std::vector<Row> rows;
  std::string line;
  while (std::getline(table, line)) {
    std::istringstream words(line);
    Row row;
    words >> row.id >> row.parent >> row.device >> row.root >> row.point >> row.options;
    std::getline(words, row.rest);
    rows.push_back(row);
  }
  return rows;
}

// Group numbers, how layers are named and in what form they were given, the names that nameless files go by, and whether an upper directory
// was used before. Below a read-only mount the sysfs itself may be read-only: a refused one is tried again so.
std::string without_accidents(std::string text) {
  static const std::regex number("(shared|master|propagate_from):[0-9]+");
  static const std::regex layer("(upperdir|workdir)=[^,]*");
  static const std::regex layers("(,(lowerdir|datadir)\\+?=[^,]*)+");
  static const std::regex used(",uuid=on");
  static const std::regex nameless("/[0-9]+//deleted");
  static const std::regex twice_read_only("( ro,.* - sysfs [^ ]+) ro");
  text = std::regex_replace(text, twice_read_only, "$1 rw");
  text = std::regex_replace(text, nameless, "/N//deleted");
  text = std::regex_replace(std::regex_replace(text, number, "$1"), used, "");
  return std::regex_replace(std::regex_replace(text, layer, "$1"), layers, ",layers");
}

// Hidden by another mount, and what hangs on it too.
bool is_covered(const Row &row, const std::vector<Row> &all) {
  return std::any_of(all.begin(), all.end(), [&row](const Row &other) {
    bool stacked = other.parent == row.id && other.point == row.point;
    bool beneath = other.parent == row.parent && (row.point == other.point || row.point.starts_with(other.point + '/'));
    return other.id != row.id && (stacked || beneath);
  });
}

}  // namespace

void open_proc() {
  proc = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (proc < 0) {
    throw std::runtime_error("no /proc");
  }
}

std::string descriptors() {
  std::string out;
  int dir = openat(proc, "self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int names = dup(dir);
  for (const std::string &entry : entries_of(names)) {
    std::string what = link_at(dir, entry.c_str());
    if (std::stoi(entry) != dir && !what.empty()) {
      out += "fd " + entry + ' ' + what + '\n';
    }
  }
  close(dir);
  return out;
}

std::string outside_state() { return mount_table() + files_at(live::scratch(), true); }

std::string picture(const std::string &root, Covered covered) {
  std::vector<std::string> lines;
  const std::vector<Row> all = rows();
  std::map<std::string, std::string> point_of;
  for (const Row &row : all) {
    point_of[row.id] = row.point;
  }
  for (const Row &row : all) {
    if (root == "/" || row.point == root || row.point.starts_with(root + '/')) {
      const bool left_out = covered == Covered::without_options && is_covered(row, all);
      const std::string options = left_out ? "covered" : row.options;
      lines.push_back("mount " + row.point + " on " + point_of[row.parent] + " of " +
                      without_accidents(row.root + ' ' + options + row.rest));
    }
  }
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string &line : lines) {
    out += line + '\n';
  }
  return out + files_at(root, false);
}

std::string difference(const std::string &before, const std::string &after) {
  auto lines_of = [](const std::string &text) {
    std::istringstream in(text);
    std::multiset<std::string> lines;
    std::string line;
    while (std::getline(in, line)) {
      lines.insert(line);
    }
    return lines;
  };
  std::multiset<std::string> a = lines_of(before);
  std::multiset<std::string> b = lines_of(after);
  std::string out;
  auto tell = [&out](const std::multiset<std::string> &lines, const std::multiset<std::string> &others, char sign) {
    for (const std::string &line : lines) {
      if (lines.count(line) > others.count(line)) {
        out += std::string("\n    ") + sign + line;
      }
    }
  };
  tell(a, b, '-');
  tell(b, a, '+');
  return out;
}

}  // namespace fault
