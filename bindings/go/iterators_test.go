// SPDX-License-Identifier: MIT
// Iterating over mounts and nodes.

//go:build go1.23

package mountplan

import (
	"reflect"
	"testing"
)

func TestMountsAndNodesAreIterated(t *testing.T) {
	table := someTable(t)
	tree, err := table.Unfold("/", UnfoldOwner)
	if err != nil {
		t.Fatal(err)
	}
	var mounts, nodes, children []uint64
	for mount := range table.All() {
		mounts = append(mounts, mount.ID)
	}
	for node, mount := range tree.All() {
		nodes = append(nodes, mount.ID)
		for _, mount := range tree.Children(node) {
			children = append(children, mount.ID)
		}
	}
	expected := []uint64{20, 21, 22}
	if !reflect.DeepEqual(mounts, expected) || !reflect.DeepEqual(nodes, expected) || !reflect.DeepEqual(children, expected[1:]) {
		t.Error(mounts, nodes, children)
	}
}

func TestIteratingCanStopEarly(t *testing.T) {
	table := someTable(t)
	for mount := range table.All() {
		if mount.ID != 20 {
			t.Error("went on after break")
		}
		break
	}
}
