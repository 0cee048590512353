// SPDX-License-Identifier: MIT
// Sets of flags, a type for each use, so that the flags of one op do not get into another.

package mountplan

/*
#include <mountplan/mountplan.h>
*/
import "C"

// Attributes are flags of one mount, mount_setattr(2). A mount has exactly one access time mode; AttrNodiratime comes on top of any.
type Attributes uint64

const (
	AttrRdonly      Attributes = C.MPLAN_ATTR_RDONLY
	AttrNosuid      Attributes = C.MPLAN_ATTR_NOSUID
	AttrNodev       Attributes = C.MPLAN_ATTR_NODEV
	AttrNoexec      Attributes = C.MPLAN_ATTR_NOEXEC
	AttrNosymfollow Attributes = C.MPLAN_ATTR_NOSYMFOLLOW
	AttrNoatime     Attributes = C.MPLAN_ATTR_NOATIME
	AttrNodiratime  Attributes = C.MPLAN_ATTR_NODIRATIME
	AttrRelatime    Attributes = C.MPLAN_ATTR_RELATIME
	AttrStrictatime Attributes = C.MPLAN_ATTR_STRICTATIME
)

// Propagation is of mount_namespaces(7). In a table it is a set: a mount may be shared and a slave.
type Propagation uint64

const (
	PropagationPrivate    Propagation = C.MPLAN_PROPAGATION_PRIVATE
	PropagationSlave      Propagation = C.MPLAN_PROPAGATION_SLAVE
	PropagationShared     Propagation = C.MPLAN_PROPAGATION_SHARED
	PropagationUnbindable Propagation = C.MPLAN_PROPAGATION_UNBINDABLE
	PropagationRecursive  Propagation = C.MPLAN_PROPAGATION_RECURSIVE // in plans, beside one of the others: everything below, too
)

// BindFlags are of binds; the default is read-only and nodev.
type BindFlags uint64

const (
	BindWritable  BindFlags = C.MPLAN_BIND_WRITABLE  // leave it writable
	BindDevice    BindFlags = C.MPLAN_BIND_DEVICE    // leave device nodes usable
	BindOptional  BindFlags = C.MPLAN_BIND_OPTIONAL  // a missing source skips the op
	BindEnsure    BindFlags = C.MPLAN_BIND_ENSURE    // a missing source directory is made, mode 0700
	BindRecursive BindFlags = C.MPLAN_BIND_RECURSIVE // everything mounted below comes along; always the case for binds in plans
)

// RemountFlags are of remounts; the default is read-only and nodev, and to fail where a mount below refuses.
type RemountFlags uint64

const (
	RemountWritable     RemountFlags = C.MPLAN_BIND_WRITABLE         // leave it writable
	RemountDevice       RemountFlags = C.MPLAN_BIND_DEVICE           // leave device nodes usable
	RemountRecursive    RemountFlags = C.MPLAN_BIND_RECURSIVE        // every visible mount below, too
	RemountBestEffort   RemountFlags = C.MPLAN_REMOUNT_BEST_EFFORT   // skip a mount that refuses; each is told by an event
	RemountSkipAutofs   RemountFlags = C.MPLAN_REMOUNT_SKIP_AUTOFS   // skip automount points and dead automounts
	RemountSkipVanished RemountFlags = C.MPLAN_REMOUNT_SKIP_VANISHED // skip a mount that is gone when its turn comes
)

// TmpfsFlags are of [Plan.Tmpfs].
type TmpfsFlags uint64

const (
	TmpfsReadonly TmpfsFlags = C.MPLAN_TMPFS_READONLY // read-only from the start
)

// ProcFlags are of [Plan.Proc], proc(5). At most one of hidepid.
type ProcFlags uint64

const (
	ProcHidepidNoaccess   ProcFlags = C.MPLAN_PROC_HIDEPID_NOACCESS
	ProcHidepidInvisible  ProcFlags = C.MPLAN_PROC_HIDEPID_INVISIBLE
	ProcHidepidPtraceable ProcFlags = C.MPLAN_PROC_HIDEPID_PTRACEABLE
	ProcSubsetPID         ProcFlags = C.MPLAN_PROC_SUBSET_PID      // only the process directories
	ProcFallbackSubset    ProcFlags = C.MPLAN_PROC_FALLBACK_SUBSET // where the kernel refuses a new proc: one with only those
	ProcFallbackBind      ProcFlags = C.MPLAN_PROC_FALLBACK_BIND   // where it refuses: the caller's own, read-only, with the caller's processes
)

// DevFlags are of [Plan.Dev].
type DevFlags uint64

const (
	DevWritable DevFlags = C.MPLAN_DEV_WRITABLE // leave /dev itself writable; then there is no separate tmpfs on shm
	DevMqueue   DevFlags = C.MPLAN_DEV_MQUEUE   // a POSIX message queue file system on mqueue
	DevConsole  DevFlags = C.MPLAN_DEV_CONSOLE  // console is a bind of the terminal on descriptor 1; skipped where that is none
)

// OverlayFlags are of [Plan.Overlay]. Neither OverlayEphemeral nor OverlayReadonly means persistent, with [Op.Upper].
type OverlayFlags uint64

const (
	OverlayEphemeral    OverlayFlags = C.MPLAN_OVERLAY_EPHEMERAL     // changes are gone with the sandbox
	OverlayReadonly     OverlayFlags = C.MPLAN_OVERLAY_READONLY      // no upper directory
	OverlayDevice       OverlayFlags = C.MPLAN_OVERLAY_DEVICE        // leave device nodes usable
	OverlayTrustedXattr OverlayFlags = C.MPLAN_OVERLAY_TRUSTED_XATTR // never userxattr
	OverlayRedirectDir  OverlayFlags = C.MPLAN_OVERLAY_REDIRECT_DIR
	OverlayMetacopy     OverlayFlags = C.MPLAN_OVERLAY_METACOPY
	OverlayIndex        OverlayFlags = C.MPLAN_OVERLAY_INDEX
	OverlayVolatile     OverlayFlags = C.MPLAN_OVERLAY_VOLATILE
	OverlayXino         OverlayFlags = C.MPLAN_OVERLAY_XINO
)

// FileFlags are of [Plan.File] and [Plan.FileFrom].
type FileFlags uint64

const (
	FileWritable FileFlags = C.MPLAN_FILE_WRITABLE // the sandbox may write it
	FileCopy     FileFlags = C.MPLAN_FILE_COPY     // a plain file with this content instead of a mount
)

// SymlinkFlags are of [Plan.Symlink].
type SymlinkFlags uint64

const (
	SymlinkDereference SymlinkFlags = C.MPLAN_SYMLINK_DEREFERENCE // the text is the path of a link on the host, whose text is taken
)

// PlanFlags are of a plan as a whole.
type PlanFlags uint64

const (
	PlanCreate PlanFlags = C.MPLAN_PLAN_CREATE // a missing mount point in a writable tree of the caller is made there, and reported
)

// Symlinks says what to do when the last component of a target is a symbolic link.
type Symlinks uint32

const (
	SymlinksRefuse  Symlinks = C.MPLAN_SYMLINK_REFUSE   // an error, which is the default
	SymlinksFollow  Symlinks = C.MPLAN_SYMLINK_FOLLOW   // follow it inside the new root
	SymlinksMountOn Symlinks = C.MPLAN_SYMLINK_MOUNT_ON // mount on the link itself; files only, Linux 5.2
)
