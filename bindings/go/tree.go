// SPDX-License-Identifier: MIT
// The unfolded tree: the mounts at and below one mount point, covered mounts resolved.

package mountplan

/*
#include <mountplan/mountplan.h>
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// UnfoldFlags say what the target of [Table.Unfold] may be.
type UnfoldFlags uint64

const (
	UnfoldOwner UnfoldFlags = C.MPLAN_UNFOLD_OWNER // a target that is no mount point stands for the visible mount it lies on
)

// NodeReason is why a node is, or is not, visible.
type NodeReason uint32

const (
	NodeVisible      NodeReason = C.MPLAN_NODE_VISIBLE
	NodeStacked      NodeReason = C.MPLAN_NODE_STACKED       // another mount sits on its root
	NodeUnderSibling NodeReason = C.MPLAN_NODE_UNDER_SIBLING // a sibling is mounted at a path that leads to it
	NodeOrphan       NodeReason = C.MPLAN_NODE_ORPHAN        // its parent is not in the table, or its chain of parents is a cycle
	NodeDuplicate    NodeReason = C.MPLAN_NODE_DUPLICATE     // its id comes again later in the table
	NodeInherited    NodeReason = C.MPLAN_NODE_INHERITED     // reached only through a mount that is not visible
)

// Tree is the hierarchy of mounts at and below one mount point, covered mounts resolved.
type Tree struct {
	Nodes []Node // in pre-order; siblings in the order of the table
	table *Table
}

// Node is one mount of a tree. Indices are of nodes, and -1 where there is none.
type Node struct {
	Index       int
	Parent      int
	FirstChild  int
	NextSibling int
	Depth       int // 0 for the node at the target
	Covered     bool
	Reason      NodeReason
	mount       int
}

// Unfold gives the mounts at and below target, an absolute path; what covers what is resolved. "" stands for the whole table, which may
// have several roots.
func (t *Table) Unfold(target string, flags UnfoldFlags) (*Tree, error) {
	defer runtime.KeepAlive(t)
	var text texts
	defer text.free()
	path := text.optional("target", target)
	if text.err != nil {
		return nil, text.err
	}
	var raw *C.mplan_tree
	if _, err := call(func(err **C.mplan_error) C.int {
		return C.mplan_tree_unfold(t.raw, path, C.uint64_t(flags), &raw, err)
	}); err != nil {
		return nil, err
	}
	defer C.mplan_tree_free(raw)
	// A table of its own, with one more reference: the tree may live longer than the caller's.
	table, err := newTable(func(out **C.mplan_table, _ **C.mplan_error) C.int {
		*out = C.mplan_table_ref(t.raw)
		return 0
	})
	if err != nil {
		return nil, err
	}
	tree := &Tree{make([]Node, C.mplan_tree_count(raw)), table}
	for i := range tree.Nodes {
		var node C.struct_mplan_node
		C.mplan_tree_get(raw, C.size_t(i), &node, C.size_t(unsafe.Sizeof(node)))
		tree.Nodes[i] = Node{
			Index:       i,
			Parent:      int(node.parent),
			FirstChild:  int(node.first_child),
			NextSibling: int(node.next_sibling),
			Depth:       int(node.depth),
			Covered:     node.covered != 0,
			Reason:      NodeReason(node.reason),
			mount:       int(node.mount),
		}
	}
	return tree, nil
}

// Mount returns the mount of a node of this tree.
func (t *Tree) Mount(node Node) Mount {
	mount, _ := t.table.Mount(node.mount)
	return mount
}
