// SPDX-License-Identifier: MIT
// Iterators over mounts and nodes, for the versions of Go that have them.

//go:build go1.23

package mountplan

import "iter"

// All iterates over the mounts in the order of the text.
func (t *Table) All() iter.Seq[Mount] {
	return func(yield func(Mount) bool) {
		for i := 0; i < t.Len(); i++ {
			if mount, ok := t.Mount(i); !ok || !yield(mount) {
				return
			}
		}
	}
}

// All iterates over the nodes in pre-order, covered ones included, each with its mount.
func (t *Tree) All() iter.Seq2[Node, Mount] {
	return func(yield func(Node, Mount) bool) {
		for _, node := range t.Nodes {
			if !yield(node, t.Mount(node)) {
				return
			}
		}
	}
}

// Children iterates over the nodes right below one, each with its mount.
func (t *Tree) Children(of Node) iter.Seq2[Node, Mount] {
	return func(yield func(Node, Mount) bool) {
		for i := of.FirstChild; i >= 0; i = t.Nodes[i].NextSibling {
			if !yield(t.Nodes[i], t.Mount(t.Nodes[i])) {
				return
			}
		}
	}
}
