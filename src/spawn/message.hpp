// SPDX-License-Identifier: MIT
// What the child tells the parent, over a pipe that closes on exec: records of a kind and a fixed-size body, each in one write(2), which
// is atomic up to PIPE_BUF. The end of the pipe after `executing` means that the program runs.
#pragma once

#include <cstdint>

#include "base/failure.hpp"
#include "kernel/kernel.hpp"
#include "kernel/trace.hpp"

namespace mountplan::spawn {

enum class MessageKind : uint32_t {
  failure = 1,    // body: base::Failure; nothing follows
  step = 2,       // body: kernel::Step; one call of the engine
  confirm = 3,    // no body: the child asks whether the parent is still there and waits for a byte
  executing = 4,  // no body: execve(2) is next
};

struct MessageHead {
  MessageKind kind;
  uint32_t reserved;
};

template <typename Body>
struct Message {
  MessageHead head;
  Body body;
};
static_assert(sizeof(Message<base::Failure>) <= 4096 && sizeof(Message<kernel::Step>) <= 4096, "one write to a pipe must be atomic");

// 0 or -errno. A parent that is gone is -EPIPE; SIGPIPE must be blocked.
int send_head(const kernel::Kernel &kernel, int fd, MessageKind kind);
int send_failure(const kernel::Kernel &kernel, int fd, Message<base::Failure> &message);
int send_step(const kernel::Kernel &kernel, int fd, const kernel::Step &step);

// Waits for the next record and fills what its kind says. 1, 0 at the end of the pipe, or -errno; -EBADMSG when it is none of ours.
int receive(const kernel::Kernel &kernel, int fd, MessageKind &kind, base::Failure &failure, kernel::Step &step);

}  // namespace mountplan::spawn
