// SPDX-License-Identifier: MIT
#include "property/trial.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <filesystem>
#include <system_error>

#include "fault/look.hpp"
#include "live/harness.hpp"

namespace property {

namespace {

constexpr unsigned longest = 20;  // seconds

std::string host(const char *name) { return live::path(std::string("host/") + name); }

// Beside what the reference plans have: mounts with odd flags, of every propagation, stacked, and files that are mounts.
void furnish() {
  fault::furnish();
  live::write_file(host("tree/sub/empty"), "");
  live::symlink("sub", host("tree/link"));
  live::symlink("tree", host("link"));
  live::symlink("nowhere", host("dangling"));
  live::mount_tmpfs(host("odd"));
  live::write_file(host("odd/note"), "odd");
  live::mount_tmpfs(host("odd/below"));
  live::write_file(host("odd/below/deep/file"), "odd");
  live::remount(host("odd/below"), MS_NOEXEC | MS_NOATIME | MS_NODIRATIME);
  live::remount(host("odd"), MS_NOSUID | MS_NODEV | 256 /* MS_NOSYMFOLLOW */ | MS_STRICTATIME);
  live::mount_tmpfs(host("readonly"));
  live::write_file(host("readonly/note"), "ro");
  live::mkdirs(host("readonly/sub"));
  live::remount(host("readonly"), MS_RDONLY);
  live::mount_tmpfs(host("covered"));
  live::mount_tmpfs(host("covered/below"));
  live::write_file(host("covered/below/deep/file"), "beneath");
  live::mount_tmpfs(host("covered/below"));
  live::write_file(host("covered/below/one"), "on top");
  live::mount_tmpfs(host("covered/sub/inner"));
  live::mount_tmpfs(host("covered/sub"));
  live::write_file(host("bound"), "under");
  live::mount_bind(host("note"), host("bound"));
  live::mount_tmpfs(host("hidden"));
  live::set_propagation(host("hidden"), MS_UNBINDABLE);
  live::mount_tmpfs(host("shared"));
  live::set_propagation(host("shared"), MS_SHARED);
  live::mount_tmpfs(host("shared/below"));
  live::mkdirs(host("slave"));
  live::mount_bind(host("shared"), host("slave"), true);
  live::set_propagation(host("slave"), MS_SLAVE | MS_REC);
}

void need(bool done, const char *what) {
  if (!done) {
    throw std::system_error(errno, std::generic_category(), what);
  }
}

void write_text(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  bool done = fd >= 0 && write(fd, text, strlen(text)) == static_cast<ssize_t>(strlen(text));
  close(fd);
  need(done, path);
}

void enter(Place place) {
  need(unshare(CLONE_NEWNS | CLONE_NEWIPC) == 0, "unshare");  // what is made in a mqueue lives as long as the ipc namespace
  live::mount_tmpfs(live::scratch(), "mode=0755");
  need(chdir(live::scratch()) == 0, "chdir");
  furnish();
  if (place == Place::beyond) {
    need(unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC) == 0, "unshare");
    write_text("/proc/self/setgroups", "deny");
    write_text("/proc/self/uid_map", "0 0 1");
    write_text("/proc/self/gid_map", "0 0 1");
    live::set_propagation("/", MS_PRIVATE | MS_REC);
  }
}

std::string text_of(const char *text) { return text == nullptr ? "" : text; }

Answer failed(mplan_error *error, bool deferred) {
  Answer answer;
  bool in_prepare = mplan_error_stage(error) <= MPLAN_STAGE_PREPARE || deferred;
  answer.type = in_prepare && mplan_error_kind(error) == MPLAN_ERROR_UNSUPPORTED ? Answer::unsupported : Answer::refused;
  answer.text = "kind " + std::to_string(mplan_error_kind(error)) + ' ' + strerrorname_np(mplan_error_errno(error)) + " op " +
                std::to_string(mplan_error_op(error));
  answer.path = text_of(mplan_error_path(error));
  answer.message = text_of(mplan_error_message(error)) + " | " + text_of(mplan_error_detail(error));
  mplan_error_free(error);
  return answer;
}

std::string created(const mplan_prepared *prepared) {
  std::string out;
  for (size_t i = 0; i < mplan_prepared_created_count(prepared); i++) {
    out += text_of(mplan_prepared_created(prepared, i)) + " was made\n";
  }
  return out;
}

Answer apply(const Draft &draft, uint32_t backend, Place place) {
  fault::Plan plan;
  build(draft, plan);
  std::string root = fault::root_of(draft.form);
  mplan_prepare_args args = {};
  args.flags = draft.prepare_flags | (draft.form == fault::Form::pivot ? uint64_t{MPLAN_PREPARE_PIVOT} : fault::flags_of(draft.form));
  args.backend = backend;
  args.root = draft.form == fault::Form::pivot ? nullptr : root.c_str();
  mplan_prepared *prepared = nullptr;
  mplan_error *error = nullptr;
  int result = mplan_prepare(plan.get(), &args, sizeof args, &prepared, &error);
  if (result == 0) {
    result = mplan_apply(prepared, &error);
  }
  if (result < 0) {
    mplan_prepared_free(prepared);
    return failed(error, (args.flags & MPLAN_PREPARE_DEFERRED) != 0);
  }
  Answer answer{Answer::done, created(prepared), "", ""};
  mplan_prepared_free(prepared);
  if (draft.form != fault::Form::pivot) {
    answer.text += fault::picture(live::path("host"));
  }
  // mount(2) reaches a covered mount only when what covers it can be moved away: nobody can do that where it is locked; from a shared mount
  // nothing is moved, and the mounts of the caller are left where they are. No later op of the plan may uncover it then.
  bool out_of_reach = place == Place::beyond || draft.passes_over();
  answer.text += fault::picture(root, out_of_reach ? fault::Covered::without_options : fault::Covered::with_options);
  return answer;
}

Answer look_and_apply(const Draft &draft, uint32_t backend, Place place) {
  enter(place);
  if (draft.form == fault::Form::pivot) {
    live::set_propagation("/", MS_SLAVE | MS_REC);  // the first thing that apply does, and does not take back
  }
  std::string before = fault::outside_state();
  std::string fds = fault::descriptors();
  Answer answer = apply(draft, backend, place);
  std::string left;
  if (answer.type != Answer::done) {
    left = fault::difference(before, fault::outside_state());
  }
  left += fault::difference(fds, fault::descriptors());
  return left.empty() ? answer : Answer{Answer::broken, "left behind:" + left, "", answer.message};
}

void say(int fd, const Answer &answer) {
  std::string all = std::string(1, static_cast<char>(answer.type)) + answer.text + '\0' + answer.path + '\0' + answer.message;
  for (size_t sent = 0; sent < all.size();) {
    ssize_t written = write(fd, all.data() + sent, all.size() - sent);
    if (written < 0) {
      _exit(70);
    }
    sent += static_cast<size_t>(written);
  }
}

std::string hear(int fd) {
  std::string all;
  char block[16384];
  ssize_t got = 0;
  while ((got = read(fd, block, sizeof block)) > 0) {
    all.append(block, static_cast<size_t>(got));
  }
  close(fd);
  return all;
}

Answer understand(const std::string &all, int status) {
  if (WIFSIGNALED(status)) {
    return {Answer::broken, WTERMSIG(status) == SIGALRM ? "it hung" : "killed by signal " + std::to_string(WTERMSIG(status)), "", ""};
  }
  size_t end = all.find('\0');
  size_t path_end = all.find('\0', end + 1);
  if (status != 0 || end == std::string::npos || path_end == std::string::npos) {
    return {Answer::broken, "ended with wait status " + std::to_string(status), "", ""};
  }
  return {static_cast<Answer::Type>(all[0]), all.substr(1, end - 1), all.substr(end + 1, path_end - end - 1), all.substr(path_end + 1)};
}

}  // namespace

Answer try_out(const Draft &draft, uint32_t backend, Place place) {
  int ends[2];
  need(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
  pid_t child = fork();
  need(child >= 0, "fork");
  if (child == 0) {
    close(ends[0]);
    alarm(longest);
    try {
      say(ends[1], look_and_apply(draft, backend, place));
    } catch (const std::exception &error) {
      say(ends[1], {Answer::broken, std::string("exception: ") + error.what(), "", ""});
    }
    _exit(0);
  }
  close(ends[1]);
  std::string all = hear(ends[0]);
  int status = 0;
  need(waitpid(child, &status, 0) == child, "waitpid");
  return understand(all, status);
}

}  // namespace property
