// SPDX-License-Identifier: MIT
//! The unfolded tree: the mounts at and below one mount point, covered mounts resolved.
use crate::{error, sys, text, Mount, Result, Table};
use std::{
    ffi::CString,
    fmt,
    ptr::{self, NonNull},
};

flags! {
    /// What the target of [`Table::unfold`] may be.
    UnfoldFlags {
        /// A target that is no mount point stands for the visible mount it lies on.
        OWNER = MPLAN_UNFOLD_OWNER,
    }
}

choice! {
    /// Why a node is, or is not, visible.
    NodeReason: u32 {
        /// It can be reached by its path.
        Visible = MPLAN_NODE_VISIBLE,
        /// Another mount sits on its root.
        Stacked = MPLAN_NODE_STACKED,
        /// A sibling is mounted at a path that leads to it.
        UnderSibling = MPLAN_NODE_UNDER_SIBLING,
        /// Its parent is not in the table, or its chain of parents is a cycle.
        Orphan = MPLAN_NODE_ORPHAN,
        /// Its id comes again later in the table.
        Duplicate = MPLAN_NODE_DUPLICATE,
        /// Reached only through a mount that is not visible.
        Inherited = MPLAN_NODE_INHERITED,
    }
}

/// A hierarchy of mounts. Nodes are in pre-order, siblings in the order of the table. It never changes.
///
/// ```
/// use mountplan::{Table, UnfoldFlags};
///
/// # fn main() -> Result<(), mountplan::Error> {
/// let text = "1 1 0:1 / / rw - ext4 a rw\n2 1 0:2 / /mnt rw - tmpfs b rw\n3 2 0:3 / /mnt rw - tmpfs c rw\n";
/// let tree = Table::parse(text)?.unfold("/", UnfoldFlags::NONE)?;
/// let visible: Vec<_> = tree.iter().filter(|node| !node.is_covered()).map(|node| node.mount().id()).collect();
/// assert_eq!(visible, [1, 3]);
/// # Ok(())
/// # }
/// ```
pub struct Tree {
    raw: NonNull<sys::mplan_tree>,
    table: Table,
}

// Never changes.
unsafe impl Send for Tree {}
unsafe impl Sync for Tree {}

impl Tree {
    pub(crate) fn unfold(table: &Table, target: Option<&CString>, flags: UnfoldFlags) -> Result<Tree> {
        let mut tree = ptr::null_mut();
        let target = target.map_or(ptr::null(), |target| target.as_ptr());
        error::call(|err| unsafe { sys::mplan_tree_unfold(table.raw(), target, flags.bits(), &mut tree, err) })?;
        Ok(Tree { raw: unsafe { NonNull::new_unchecked(tree) }, table: table.clone() })
    }

    /// The table it was unfolded from.
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// Number of nodes, covered ones included.
    pub fn len(&self) -> usize {
        unsafe { sys::mplan_tree_count(self.raw.as_ptr()) }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Node `index`, counted from 0, in pre-order.
    pub fn get(&self, index: usize) -> Option<Node<'_>> {
        let raw = unsafe { text::filled(|out, size| sys::mplan_tree_get(self.raw.as_ptr(), index, out, size)) }?;
        Some(Node { tree: self, index, raw })
    }

    /// The nodes in pre-order.
    pub fn iter(&self) -> Nodes<'_> {
        Nodes::new(self)
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        unsafe { sys::mplan_tree_free(self.raw.as_ptr()) };
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tree").field("len", &self.len()).finish_non_exhaustive()
    }
}

/// One node of a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    index: usize,
    raw: sys::mplan_node,
}

impl<'t> Node<'t> {
    fn at(tree: &'t Tree, index: i64) -> Option<Node<'t>> {
        usize::try_from(index).ok().and_then(|index| tree.get(index))
    }

    /// Index in the tree.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The mount.
    pub fn mount(&self) -> Mount<'t> {
        // The library gives no other index than one of the table's.
        self.tree.table.get(self.raw.mount as usize).expect("a node is a mount of its table")
    }

    /// The node it is below.
    pub fn parent(&self) -> Option<Node<'t>> {
        Node::at(self.tree, self.raw.parent)
    }

    /// The nodes right below it.
    pub fn children(&self) -> Children<'t> {
        Children { next: Node::at(self.tree, self.raw.first_child) }
    }

    /// 0 for the node at the target.
    pub fn depth(&self) -> usize {
        self.raw.depth as usize
    }

    /// Whether the mount can not be reached by its path.
    pub fn is_covered(&self) -> bool {
        self.raw.covered != 0
    }

    /// Why it is, or is not, visible.
    pub fn reason(&self) -> NodeReason {
        NodeReason::from_raw(self.raw.reason)
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = out.debug_struct("Node");
        shown.field("index", &self.index).field("depth", &self.depth()).field("reason", &self.reason());
        shown.field("mount", &self.mount()).finish_non_exhaustive()
    }
}

/// The nodes right below one node, in the order of the table.
#[derive(Clone, Debug)]
pub struct Children<'t> {
    next: Option<Node<'t>>,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let node = self.next?;
        self.next = Node::at(node.tree, node.raw.next_sibling);
        Some(node)
    }
}

indexed! {
    /// The nodes of a tree, in pre-order.
    Nodes: Tree gives Node
}
