// SPDX-License-Identifier: MIT
//! Attributes of a mount and its propagation.

flags! {
    /// Attributes of one mount, mount_setattr(2). A mount has exactly one access time mode; `NODIRATIME` comes on top of any of them.
    Attributes {
        /// Nothing can be written through this mount.
        RDONLY = MPLAN_ATTR_RDONLY,
        /// Set-user-id and set-group-id bits and file capabilities have no effect.
        NOSUID = MPLAN_ATTR_NOSUID,
        /// Device nodes can not be opened.
        NODEV = MPLAN_ATTR_NODEV,
        /// Programs can not be executed.
        NOEXEC = MPLAN_ATTR_NOEXEC,
        /// Symbolic links are not followed.
        NOSYMFOLLOW = MPLAN_ATTR_NOSYMFOLLOW,
        /// The access time is never updated.
        NOATIME = MPLAN_ATTR_NOATIME,
        /// The access time of directories is never updated.
        NODIRATIME = MPLAN_ATTR_NODIRATIME,
        /// The access time is updated where it is older than a change, or a day old.
        RELATIME = MPLAN_ATTR_RELATIME,
        /// The access time is always updated.
        STRICTATIME = MPLAN_ATTR_STRICTATIME,
    }
}

flags! {
    /// Propagation, mount_namespaces(7). In a table it is a set: a mount may be shared and a slave.
    Propagation {
        /// Nothing goes in or out.
        PRIVATE = MPLAN_PROPAGATION_PRIVATE,
        /// Mounts come in from a master.
        SLAVE = MPLAN_PROPAGATION_SLAVE,
        /// Mounts go to and come from the peer group.
        SHARED = MPLAN_PROPAGATION_SHARED,
        /// Private, and can not be bound.
        UNBINDABLE = MPLAN_PROPAGATION_UNBINDABLE,
    }
}
