// SPDX-License-Identifier: MIT
#include "kernel/trace.hpp"

#include <mountplan/attributes.h>

#include <cstring>

namespace mountplan::kernel {

namespace {

using base::Writer;

uint64_t attributes_set(Call call, const long args[6]) {
  uint64_t set = 0;
  switch (call) {
    case Call::fsmount:
      set = static_cast<uint64_t>(args[2]);
      break;
    case Call::mount_setattr:
      set = reinterpret_cast<const MountAttr *>(args[3])->set;
      break;
    case Call::mount: {
      auto flags = static_cast<unsigned long>(args[3]);
      return ((flags & ms_rdonly) != 0 ? MPLAN_ATTR_RDONLY : 0) | ((flags & ms_nosuid) != 0 ? MPLAN_ATTR_NOSUID : 0) |
             ((flags & ms_nodev) != 0 ? MPLAN_ATTR_NODEV : 0) | ((flags & ms_noexec) != 0 ? MPLAN_ATTR_NOEXEC : 0);
    }
    default:
      return 0;
  }
  return ((set & attr_rdonly) != 0 ? MPLAN_ATTR_RDONLY : 0) | ((set & attr_nosuid) != 0 ? MPLAN_ATTR_NOSUID : 0) |
         ((set & attr_nodev) != 0 ? MPLAN_ATTR_NODEV : 0) | ((set & attr_noexec) != 0 ? MPLAN_ATTR_NOEXEC : 0) |
         ((set & attr_nosymfollow) != 0 ? MPLAN_ATTR_NOSYMFOLLOW : 0) | ((set & attr_noatime) != 0 ? MPLAN_ATTR_NOATIME : 0) |
         ((set & attr_nodiratime) != 0 ? MPLAN_ATTR_NODIRATIME : 0) | ((set & attr_strictatime) != 0 ? MPLAN_ATTR_STRICTATIME : 0);
}

void forget(Trace &trace, int fd) {
  for (Trace::Name &name : trace.names) {
    if (name.fd == fd) {
      name.fd = -1;
    }
  }
}

// A free place, or the one that was given longest ago.
Trace::Name &free_name(Trace &trace) {
  for (Trace::Name &name : trace.names) {
    if (name.fd == -1) {
      return name;
    }
  }
  return trace.names[trace.next_name++ % Trace::most_names];
}

// Remembers what a new descriptor is, for the calls that show it later.
void remember(Trace &trace, Call call, const long args[6], int fd) {
  char path[sizeof Trace::Name::path];
  Writer out(path, sizeof path);
  switch (call) {
    case Call::openat:
    case Call::openat2: {
      const auto *given = reinterpret_cast<const char *>(args[1]);
      if (given[0] != '/' && args[0] != at_cwd) {
        const char *dir = name_of(trace, static_cast<int>(args[0]));
        if (const char *slash = strrchr(dir, '/'); slash != nullptr && strcmp(given, "..") == 0) {
          out.text(slash == dir ? "/" : std::string_view(dir, static_cast<size_t>(slash - dir)));
          break;
        }
        out.text(dir).text(dir[0] != '\0' && dir[strlen(dir) - 1] == '/' ? "" : "/");
      }
      out.text(given);
      break;
    }
    case Call::open_tree: {
      const auto *below = reinterpret_cast<const char *>(args[1]);
      out.text((args[2] & open_tree_namespace) != 0 ? "namespace:" : "clone:").text(name_of(trace, static_cast<int>(args[0])));
      if (below[0] != '\0') {
        out.text("/").text(below);
      }
      break;
    }
    case Call::fsopen:
      out.text("new:").text(reinterpret_cast<const char *>(args[0]));
      break;
    case Call::fsmount: {
      const char *name = name_of(trace, static_cast<int>(args[0]));
      out.text(strncmp(name, "new:", 4) == 0 ? name + 4 : name);
      break;
    }
    case Call::fcntl:
      out.text(name_of(trace, static_cast<int>(args[0])));
      break;
    default:
      return;  // what it gives is no descriptor, though it may look like one
  }
  forget(trace, fd);
  Trace::Name &slot = free_name(trace);
  slot.fd = fd;
  memcpy(slot.path, path, sizeof path);
}

long invoke_tracing(void *self, Call call, const long args[6]) {
  auto &trace = *static_cast<Trace *>(self);
  Step step;
  step.op = *trace.op;
  step.call = call_name(call);
  step.flags = attributes_set(call, args);
  bool is_told = *trace.op != quiet && call != Call::close;  // closing is no news
  if (is_told) {
    Writer out(step.text, sizeof step.text);
    write_call(out, call, args, &trace);
  }
  step.result = trace.inner.invoke(trace.inner.self, call, args);
  if (call == Call::close) {
    forget(trace, static_cast<int>(args[0]));
  } else if (step.result >= 0) {
    remember(trace, call, args, static_cast<int>(step.result));
  }
  if (is_told) {
    trace.sink(trace.data, step);
  }
  return step.result;
}

}  // namespace

Kernel tracing(Trace &trace) { return Kernel{&trace, invoke_tracing}; }

}  // namespace mountplan::kernel
