// SPDX-License-Identifier: MIT
#include "live/plan_world.hpp"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <sstream>
#include <stdexcept>
#include <system_error>

namespace live {

namespace fs = std::filesystem;

namespace {

std::string text_of(const char *text) { return text == nullptr ? "" : text; }

// "shared:12 master:3" without the numbers, which differ from run to run.
std::string without_numbers(const std::string &text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return c < '0' || c > '9'; });
  return out;
}

bool is_inside(const std::string &path, const std::string &top) { return path == top || path.starts_with(top == "/" ? top : top + '/'); }

// Whether the way from `root` to the mount meets no other mount: nothing sits on its own root, and in each mount on the way up no other
// one is mounted at a path that leads to it.
bool is_visible(const Mount &mount, const std::vector<Mount> &all, const std::string &root) {
  const Mount *below = nullptr;
  for (const Mount *at = &mount; at != nullptr && is_inside(at->point, root);) {
    for (const Mount &other : all) {
      bool hides = below == nullptr ? other.point == at->point : is_inside(below->point, other.point);
      if (other.parent == at->id && other.id != at->id && (below == nullptr || other.id != below->id) && hides) {
        return false;
      }
    }
    below = at;
    auto parent = std::find_if(all.begin(), all.end(), [&](const Mount &other) { return other.id == below->parent; });
    at = parent == all.end() ? nullptr : &*parent;
  }
  return true;
}

bool changes_by_itself(const std::string &type) { return type == "proc" || type == "sysfs" || type == "cgroup2" || type == "cgroup"; }

void add_entries(const std::string &root, const std::set<std::string> &closed, std::vector<std::string> &lines) {
  for (fs::recursive_directory_iterator at(root, fs::directory_options::skip_permission_denied), end; at != end; ++at) {
    struct stat status {};
    std::string shown = at->path().lexically_relative(root).string();
    if (lstat(at->path().c_str(), &status) != 0) {
      throw std::system_error(errno, std::generic_category(), "lstat " + at->path().string());
    }
    std::ostringstream line;
    line << "entry /" << shown << ' ' << std::oct << status.st_mode << ' ' << std::dec << status.st_uid;
    if (S_ISLNK(status.st_mode)) {
      line << " -> " << link_text(at->path());
    }
    lines.push_back(line.str());
    if (closed.contains(at->path())) {
      at.disable_recursion_pending();
    }
  }
}

std::vector<std::string> state_of_files() { return files(scratch()); }

// The lines that only one of them has.
std::string difference(const std::string &before, const std::string &after) {
  std::string out;
  auto add_missing = [&](const std::string &from, const std::string &in, char sign) {
    std::istringstream lines(from);
    for (std::string line; std::getline(lines, line);) {
      if (('\n' + in).find('\n' + line + '\n') == std::string::npos) {
        out += sign + line + '\n';
      }
    }
  };
  add_missing(before, after, '-');
  add_missing(after, before, '+');
  return out;
}

std::string prepare_root(const Where &where) {
  std::string root = path(where.name);
  mkdirs(root);
  if ((where.flags & MPLAN_PREPARE_IN_PLACE) != 0) {
    mount_tmpfs(root, "mode=0755");  // the caller's tree
  }
  if (where.furnish) {
    where.furnish(root);
  }
  return root;
}

void take_away_root(const std::string &root) {
  while (mount_at(root)) {
    if (umount2(root.c_str(), MNT_DETACH) != 0) {
      throw std::system_error(errno, std::generic_category(), "umount2 " + root);
    }
  }
}

}  // namespace

std::ostream &operator<<(std::ostream &out, const Error &error) {
  return out << "{kind " << error.kind << ", errno " << error.error << ", stage " << error.stage << ", op " << error.op << ' '
             << error.op_name << ", call " << error.call << ", source " << error.source << ", target " << error.target << ", path "
             << error.path << ", message " << error.message << ", detail " << error.detail << ", log " << error.log << '}';
}

Error take(mplan_error *error) {
  Error out{mplan_error_kind(error),
            mplan_error_errno(error),
            mplan_error_stage(error),
            mplan_error_op(error),
            text_of(mplan_error_op_name(error)),
            text_of(mplan_error_call(error)),
            text_of(mplan_error_source(error)),
            text_of(mplan_error_target(error)),
            text_of(mplan_error_path(error)),
            mplan_error_message(error),
            text_of(mplan_error_detail(error)),
            text_of(mplan_error_log(error))};
  mplan_error_free(error);
  return out;
}

Plan::Plan() { need(mplan_plan_new(&plan_, nullptr), nullptr); }

int Plan::need(int result, mplan_error *error) {
  if (result < 0) {
    throw std::runtime_error("building the plan: " + take(error).message);
  }
  return result;
}

Outcome apply(const Plan &plan, uint32_t backend, const std::string &root, uint64_t flags) {
  mplan_prepare_args args{};
  args.flags = flags | MPLAN_PREPARE_VERIFY;  // what the library itself says of the result must fit too
  args.backend = backend;
  args.root = root.c_str();
  Outcome out;
  mplan_error *error = nullptr;
  mplan_prepared *prepared = nullptr;
  out.result = mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error);
  if (out.result == 0) {
    out.backend = mplan_prepared_backend(prepared);
    out.result = mplan_apply(prepared, &error);
    for (size_t i = 0; i < mplan_prepared_created_count(prepared); i++) {
      out.created.emplace_back(mplan_prepared_created(prepared, i));
    }
    mplan_prepared_free(prepared);
  }
  if (out.result < 0) {
    out.error = take(error);
  }
  return out;
}

std::string picture(const std::string &root) {
  std::vector<std::string> lines;
  std::set<std::string> closed;
  std::vector<Mount> all = mounts();
  for (const Mount &mount : all) {
    if (!is_inside(mount.point, root) || !is_visible(mount, all, root)) {
      continue;
    }
    std::string below = mount.point.substr(root.size());
    lines.push_back("mount " + (below.empty() ? "/" : below) + ' ' + mount.type + ' ' + mount.source + ' ' + mount.options + ' ' +
                    mount.super_options.substr(0, 2) + ' ' + without_numbers(mount.optional));
    if (changes_by_itself(mount.type)) {
      closed.insert(mount.point);
    }
  }
  add_entries(root, closed, lines);
  std::sort(lines.begin(), lines.end());
  std::string out;
  for (const std::string &line : lines) {
    out += line + '\n';
  }
  return out;
}

std::optional<Mount> visible_mount(const std::string &root, const std::string &at) {
  std::vector<Mount> all = mounts();
  for (const Mount &mount : all) {
    if (mount.point == at && is_visible(mount, all, root)) {
      return mount;
    }
  }
  return std::nullopt;
}

void everywhere(const Build &build, const Look &look, const Where &where) {
  if (backends().front() == where.except) {
    GTEST_SKIP() << "this kernel has the backend " << mplan_backend_name(where.except) << " alone, which can not do it";
  }
  std::string first;
  for (uint32_t backend : backends()) {
    if (backend == where.except) {
      continue;
    }
    SCOPED_TRACE(std::string("backend ") + mplan_backend_name(backend));
    std::string root = prepare_root(where);
    std::map<int, std::string> fds = open_fds();
    {
      Plan plan;
      build(plan);
      Outcome outcome = apply(plan, backend, root, where.flags);
      ASSERT_EQ(outcome.result, 0) << outcome.error;
      EXPECT_EQ(outcome.backend, static_cast<int>(backend));
    }
    EXPECT_EQ(open_fds(), fds);
    look(root);
    std::string seen = picture(root);
    if (first.empty()) {
      first = seen;
    }
    EXPECT_TRUE(seen == first) << "not the mount tree that the first backend made:\n" << difference(first, seen);
    take_away_root(root);
  }
}

void fails_everywhere(const Build &build, const LookAtError &look, const Where &where) {
  ASSERT_NE(backends().front(), where.except) << "no backend to fail with";
  for (uint32_t backend : backends()) {
    if (backend == where.except) {
      continue;
    }
    SCOPED_TRACE(std::string("backend ") + mplan_backend_name(backend));
    std::string root = prepare_root(where);
    Snapshot before = host_snapshot();
    std::vector<std::string> files_before = state_of_files();
    {
      Plan plan;
      build(plan);
      Outcome outcome = apply(plan, backend, root, where.flags);
      EXPECT_LT(outcome.result, 0);
      EXPECT_EQ(outcome.result, -outcome.error.error);
      look(outcome.error, backend);
    }
    EXPECT_EQ(host_snapshot(), before);
    EXPECT_EQ(state_of_files(), files_before);
    take_away_root(root);
  }
}

unsigned mode_of(const std::string &path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    throw std::system_error(errno, std::generic_category(), "lstat " + path);
  }
  return status.st_mode & 07777u;
}

bool exists(const std::string &path) {
  struct stat status {};
  return lstat(path.c_str(), &status) == 0;
}

std::string link_text(const std::string &path) { return fs::read_symlink(path).string(); }

int read_errno(const std::string &path) {
  int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    return errno;
  }
  char byte = 0;
  int error = read(fd, &byte, 1) < 0 ? errno : 0;
  close(fd);
  return error;
}

OpenFd::OpenFd(const std::string &path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0600)) {
  if (fd_ < 0) {
    throw std::system_error(errno, std::generic_category(), "open " + path);
  }
}

OpenFd::~OpenFd() { close(fd_); }

}  // namespace live
