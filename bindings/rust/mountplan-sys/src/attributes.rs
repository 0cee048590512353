// SPDX-License-Identifier: MIT
// <mountplan/attributes.h>

pub const MPLAN_ATTR_RDONLY: u64 = 1 << 0;
pub const MPLAN_ATTR_NOSUID: u64 = 1 << 1;
pub const MPLAN_ATTR_NODEV: u64 = 1 << 2;
pub const MPLAN_ATTR_NOEXEC: u64 = 1 << 3;
pub const MPLAN_ATTR_NOSYMFOLLOW: u64 = 1 << 4;
pub const MPLAN_ATTR_NOATIME: u64 = 1 << 5;
pub const MPLAN_ATTR_NODIRATIME: u64 = 1 << 6;
pub const MPLAN_ATTR_RELATIME: u64 = 1 << 7;
pub const MPLAN_ATTR_STRICTATIME: u64 = 1 << 8;

pub const MPLAN_PROPAGATION_PRIVATE: u64 = 1 << 0;
pub const MPLAN_PROPAGATION_SLAVE: u64 = 1 << 1;
pub const MPLAN_PROPAGATION_SHARED: u64 = 1 << 2;
pub const MPLAN_PROPAGATION_UNBINDABLE: u64 = 1 << 3;
