// SPDX-License-Identifier: MIT
#include "spawn/message.hpp"

#include <cerrno>

#include "kernel/process.hpp"

namespace mountplan::spawn {

namespace {

int send(const kernel::Kernel &kernel, int fd, const void *record, size_t size) {
  long written;
  do {
    written = kernel.write(fd, record, size);
  } while (written == -EINTR);
  return written < 0 ? static_cast<int>(written) : 0;
}

template <typename Body>
int receive_body(const kernel::Kernel &kernel, int fd, Body &body) {
  long got = kernel::read_all(kernel, fd, &body, sizeof body);
  if (got < 0) {
    return static_cast<int>(got);
  }
  return got == static_cast<long>(sizeof body) ? 1 : -EBADMSG;
}

// A step holds a pointer. It is followed only where it is the name of a call: those lie at the same address in parent and child.
bool check_step(kernel::Step &step) {
  step.text[sizeof step.text - 1] = '\0';
  for (unsigned i = 0; i < static_cast<unsigned>(kernel::Call::count); i++) {
    if (step.call == kernel::call_name(static_cast<kernel::Call>(i))) {
      return true;
    }
  }
  return false;
}

}  // namespace

int send_head(const kernel::Kernel &kernel, int fd, MessageKind kind) {
  const MessageHead head = {kind, 0};
  return send(kernel, fd, &head, sizeof head);
}

int send_failure(const kernel::Kernel &kernel, int fd, Message<base::Failure> &message) {
  message.head = {MessageKind::failure, 0};
  return send(kernel, fd, &message, sizeof message);
}

int send_step(const kernel::Kernel &kernel, int fd, const kernel::Step &step) {
  const Message<kernel::Step> message = {{MessageKind::step, 0}, step};
  return send(kernel, fd, &message, sizeof message);
}

int receive(const kernel::Kernel &kernel, int fd, MessageKind &kind, base::Failure &failure, kernel::Step &step) {
  MessageHead head;
  long got = kernel::read_all(kernel, fd, &head, sizeof head);
  if (got <= 0) {
    return static_cast<int>(got);
  }
  if (got != static_cast<long>(sizeof head)) {
    return -EBADMSG;
  }
  kind = head.kind;
  switch (kind) {
    case MessageKind::failure:
      return receive_body(kernel, fd, failure);
    case MessageKind::step:
      if (int got_step = receive_body(kernel, fd, step); got_step < 0) {
        return got_step;
      }
      return check_step(step) ? 1 : -EBADMSG;
    case MessageKind::confirm:
    case MessageKind::executing:
      return 1;
  }
  return -EBADMSG;
}

}  // namespace mountplan::spawn
