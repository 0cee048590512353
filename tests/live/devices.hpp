// SPDX-License-Identifier: MIT
// A /dev of the world's own: a test as root could otherwise change the mode of the host's nodes through a bind mount of them.
#pragma once

namespace live {

// Covers /dev of the caller's mount namespace, which must be private, with a tmpfs of the usual nodes and a devpts of its own.
// Needs CAP_SYS_ADMIN and CAP_MKNOD of the host. False, and errno, when that is not possible.
bool make_own_devices();

}  // namespace live
