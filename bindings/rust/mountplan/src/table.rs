// SPDX-License-Identifier: MIT
//! The mount table: a snapshot of the mounts of a namespace.
use crate::{error, sys, text, Attributes, Propagation, Result, Tree, UnfoldFlags};
use std::{
    ffi::{OsStr, OsString},
    fmt,
    os::raw::c_char,
    os::unix::ffi::OsStringExt,
    os::unix::io::{AsFd, AsRawFd},
    path::Path,
    ptr::{self, NonNull},
};

flags! {
    /// How the kernel is asked. At most one; the default is the text, and statmount where there is no /proc.
    ReadFlags {
        /// listmount(2) and statmount(2), Linux 6.13: without /proc, with unique ids.
        STATMOUNT = MPLAN_TABLE_READ_STATMOUNT,
        /// The text of mountinfo, never anything else.
        MOUNTINFO = MPLAN_TABLE_READ_MOUNTINFO,
    }
}

/// A snapshot of mounts. It never changes; cloning shares it.
///
/// ```
/// use mountplan::Table;
///
/// # fn main() -> Result<(), mountplan::Error> {
/// let text = "21 1 0:20 / / rw - ext4 /dev/sda1 rw\n22 21 0:5 / /proc rw,nosuid - proc proc rw\n";
/// let table = Table::parse(text)?;
/// let points: Vec<_> = table.iter().map(|mount| mount.mount_point().to_owned()).collect();
/// assert_eq!(points, [std::path::Path::new("/"), std::path::Path::new("/proc")]);
/// # Ok(())
/// # }
/// ```
pub struct Table(NonNull<sys::mplan_table>);

// Never changes, and counts its references atomically.
unsafe impl Send for Table {}
unsafe impl Sync for Table {}

impl Table {
    fn made(function: impl FnOnce(*mut *mut sys::mplan_table, *mut *mut sys::mplan_error) -> i32) -> Result<Table> {
        let mut table = ptr::null_mut();
        error::call(|err| function(&mut table, err))?;
        Ok(Table(unsafe { NonNull::new_unchecked(table) }))
    }

    /// The mounts of the calling thread's mount namespace that can be reached from its root directory.
    pub fn read_self(flags: ReadFlags) -> Result<Table> {
        Table::made(|out, err| unsafe { sys::mplan_table_read_self(flags.bits(), out, err) })
    }

    /// The mounts of the namespace of a process. `STATMOUNT` is not possible here.
    pub fn read_pid(pid: i32, flags: ReadFlags) -> Result<Table> {
        Table::made(|out, err| unsafe { sys::mplan_table_read_pid(pid, flags.bits(), out, err) })
    }

    /// Reads an open mountinfo file, or any file, pipe or socket with such text, from its current offset to the end.
    pub fn read_fd(fd: impl AsFd) -> Result<Table> {
        let fd = fd.as_fd();
        Table::made(|out, err| unsafe { sys::mplan_table_read_fd(fd.as_raw_fd(), 0, out, err) })
    }

    /// Parses mountinfo text.
    pub fn parse(text: impl AsRef<[u8]>) -> Result<Table> {
        let text = text.as_ref();
        Table::made(|out, err| unsafe { sys::mplan_table_parse(text.as_ptr().cast(), text.len(), 0, out, err) })
    }

    pub(crate) fn raw(&self) -> *mut sys::mplan_table {
        self.0.as_ptr()
    }

    /// Number of mounts.
    pub fn len(&self) -> usize {
        unsafe { sys::mplan_table_count(self.raw()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Mount `index`, counted from 0, in the order of the text.
    pub fn get(&self, index: usize) -> Option<Mount<'_>> {
        // The strings are the table's.
        let raw = unsafe { text::filled(|out, size| sys::mplan_table_get(self.raw(), index, out, size)) }?;
        Some(Mount { table: self, index, raw })
    }

    /// The mounts in the order of the text.
    pub fn iter(&self) -> Mounts<'_> {
        Mounts::new(self)
    }

    /// The mount with this id; the last one where ids repeat.
    pub fn find_id(&self, id: u64) -> Option<Mount<'_>> {
        let index = unsafe { sys::mplan_table_find_id(self.raw(), id) };
        usize::try_from(index).ok().and_then(|index| self.get(index))
    }

    /// Whether the namespace kept changing while it was read, so that the table may be torn.
    pub fn is_unstable(&self) -> bool {
        unsafe { sys::mplan_table_flags(self.raw()) & sys::MPLAN_TABLE_UNSTABLE != 0 }
    }

    /// The mounts at and below `target`, an absolute path; what covers what is resolved.
    pub fn unfold(&self, target: impl AsRef<Path>, flags: UnfoldFlags) -> Result<Tree> {
        let target = text::to_c("target", target.as_ref())?;
        Tree::unfold(self, Some(&target), flags)
    }

    /// The whole table as a tree; a table read in a chroot has several roots.
    pub fn unfold_all(&self) -> Result<Tree> {
        Tree::unfold(self, None, UnfoldFlags::NONE)
    }
}

impl Clone for Table {
    fn clone(&self) -> Table {
        // The same pointer, with one more reference.
        unsafe { sys::mplan_table_ref(self.raw()) };
        Table(self.0)
    }
}

impl Drop for Table {
    fn drop(&mut self) {
        unsafe { sys::mplan_table_unref(self.raw()) };
    }
}

impl fmt::Debug for Table {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Table").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// One mount of a table. Escapes are undone, but in [`Mount::super_options`].
#[derive(Clone, Copy)]
pub struct Mount<'t> {
    table: &'t Table,
    index: usize,
    raw: sys::mplan_mount,
}

impl<'t> Mount<'t> {
    fn text(&self, text: *const c_char) -> &'t OsStr {
        // Never NULL, and the table's.
        unsafe { text::from_c(text) }.unwrap_or_else(|| OsStr::new(""))
    }

    /// Index in the table.
    pub fn index(&self) -> usize {
        self.index
    }

    /// Mount id.
    pub fn id(&self) -> u64 {
        self.raw.id
    }

    /// Id that is never given to another mount; none where it is not known.
    pub fn unique_id(&self) -> Option<u64> {
        Some(self.raw.unique_id).filter(|&id| id != 0)
    }

    /// Id of the parent; the mount's own for a root without parent.
    pub fn parent_id(&self) -> u64 {
        self.raw.parent_id
    }

    /// Device number, major and minor.
    pub fn device(&self) -> (u32, u32) {
        (self.raw.major, self.raw.minor)
    }

    /// Attributes, access time mode included.
    pub fn attributes(&self) -> Attributes {
        Attributes::from_bits(self.raw.attributes)
    }

    /// Propagation; `PRIVATE` where nothing is said.
    pub fn propagation(&self) -> Propagation {
        Propagation::from_bits(self.raw.propagation)
    }

    /// Id of the peer group, of a shared mount.
    pub fn peer_group(&self) -> Option<u64> {
        Some(self.raw.shared).filter(|&id| id != 0)
    }

    /// Peer group id of the master, of a slave.
    pub fn master(&self) -> Option<u64> {
        Some(self.raw.master).filter(|&id| id != 0)
    }

    /// The nearest dominant peer group under this root, where it is given.
    pub fn propagates_from(&self) -> Option<u64> {
        Some(self.raw.propagate_from).filter(|&id| id != 0)
    }

    /// The mount's root inside its file system: a path, or such as `net:[4026531840]`.
    pub fn root(&self) -> &'t Path {
        Path::new(self.text(self.raw.root))
    }

    /// Where it is mounted.
    pub fn mount_point(&self) -> &'t Path {
        Path::new(self.text(self.raw.mount_point))
    }

    /// Per-mount options as written.
    pub fn options(&self) -> &'t OsStr {
        self.text(self.raw.options)
    }

    /// The words of the per-mount options that are in no attribute.
    pub fn unknown_options(&self) -> Vec<OsString> {
        self.words(|word, out, size| unsafe {
            sys::mplan_table_unknown_option(self.table.raw(), self.index, word, out, size)
        })
    }

    /// Optional fields as written, separated by one space.
    pub fn optional_fields(&self) -> &'t OsStr {
        self.text(self.raw.optional)
    }

    /// File system type.
    pub fn type_name(&self) -> &'t OsStr {
        self.text(self.raw.r#type)
    }

    /// File system specific source; may be empty.
    pub fn source(&self) -> &'t OsStr {
        self.text(self.raw.source)
    }

    /// Per-superblock options as written, still escaped.
    pub fn super_options(&self) -> &'t OsStr {
        self.text(self.raw.super_options)
    }

    /// The per-superblock options one by one, split first and unescaped then.
    pub fn super_option_list(&self) -> Vec<OsString> {
        self.words(|option, out, size| unsafe {
            sys::mplan_table_super_option(self.table.raw(), self.index, option, out, size)
        })
    }

    /// The words that `get(n, out, size)` copies like snprintf(3), up to the first that is not there.
    fn words(&self, get: impl Fn(usize, *mut c_char, usize) -> i64) -> Vec<OsString> {
        let word = |n| {
            let length = usize::try_from(get(n, ptr::null_mut(), 0)).ok()?;
            let mut bytes = vec![0u8; length + 1];
            get(n, bytes.as_mut_ptr().cast(), bytes.len());
            bytes.truncate(length);
            Some(OsString::from_vec(bytes))
        };
        (0..).map_while(word).collect()
    }
}

impl fmt::Debug for Mount<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Mount");
        shown.field("id", &self.id()).field("parent_id", &self.parent_id()).field("mount_point", &self.mount_point());
        shown.field("type_name", &self.type_name()).field("attributes", &self.attributes()).finish_non_exhaustive()
    }
}

indexed! {
    /// The mounts of a table, in the order of the text.
    Mounts: Table gives Mount
}
