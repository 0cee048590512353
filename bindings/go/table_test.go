// SPDX-License-Identifier: MIT
// Tables and trees: fields, looking up, and the tables among the vectors.

package mountplan

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
)

const someText = `20 20 0:1 / / rw,relatime shared:7 master:3 propagate_from:2 - ext4 /dev/sda1 rw,errors=remount-ro
21 20 0:2 /sub /mnt\040a ro,nosuid,noatime,odd - overlay overlay rw,lowerdir=/a\054b,upperdir=/c
22 21 0:3 net:[4026531840] /mnt\040a rw - nsfs nsfs rw
`

func someTable(t *testing.T) *Table {
	t.Helper()
	table, err := ParseTable([]byte(someText))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { table.Close() })
	return table
}

func TestAMountHasEveryFieldOfItsLine(t *testing.T) {
	table := someTable(t)
	mount, ok := table.Mount(0)
	if expected := (Mount{
		ID: 20, ParentID: 20, Minor: 1, Attributes: AttrRelatime, Propagation: PropagationShared | PropagationSlave, PeerGroup: 7, Master: 3,
		PropagateFrom: 2, Root: "/", MountPoint: "/", Options: "rw,relatime", Optional: "shared:7 master:3 propagate_from:2", Type: "ext4",
		Source: "/dev/sda1", SuperOptions: "rw,errors=remount-ro",
	}); !ok || mount != expected {
		t.Errorf("%+v\ninstead of\n%+v", mount, expected)
	}
	if words := table.UnknownOptions(1); !reflect.DeepEqual(words, []string{"odd"}) {
		t.Error(words)
	}
	if options := table.SuperOptions(1); !reflect.DeepEqual(options, []string{"rw", "lowerdir=/a,b", "upperdir=/c"}) {
		t.Error(options)
	}
}

func TestMountsAreFoundByIndexAndId(t *testing.T) {
	table := someTable(t)
	if mount, ok := table.FindID(21); !ok || mount.Index != 1 || mount.MountPoint != "/mnt a" {
		t.Error(mount, ok)
	}
	for _, i := range []int{-1, 3} {
		if mount, ok := table.Mount(i); ok || len(table.UnknownOptions(i)) != 0 {
			t.Error(mount)
		}
	}
	if mount, ok := table.FindID(23); ok {
		t.Error(mount)
	}
}

func TestATreeSaysWhoIsBelowWhomAndWhatIsCovered(t *testing.T) {
	table := someTable(t)
	tree, err := table.Unfold("/", 0)
	if err != nil {
		t.Fatal(err)
	}
	table.Close()
	expected := []Node{
		{Index: 0, Parent: -1, FirstChild: 1, NextSibling: -1},
		{Index: 1, Parent: 0, FirstChild: 2, NextSibling: -1, Depth: 1, Covered: true, Reason: NodeStacked, mount: 1},
		{Index: 2, Parent: 1, FirstChild: -1, NextSibling: -1, Depth: 2, mount: 2},
	}
	if !reflect.DeepEqual(tree.Nodes, expected) || tree.Mount(tree.Nodes[2]).ID != 22 {
		t.Errorf("%+v", tree.Nodes)
	}
}

func TestTheOwnNamespaceIsReadInEachWay(t *testing.T) {
	file := open(t, "/proc/self/mountinfo")
	for _, read := range []func() (*Table, error){
		func() (*Table, error) { return ReadTable(ReadMountinfo) },
		func() (*Table, error) { return ReadTableOf(os.Getpid(), 0) },
		func() (*Table, error) { return ReadTableFile(file) },
	} {
		table, err := read()
		if err != nil {
			t.Fatal(err)
		}
		if table.Len() == 0 || table.Unstable() {
			t.Error(table.Len(), table.Unstable())
		}
		table.Close()
	}
}

func TestOneTableIsReadByManyGoroutines(t *testing.T) {
	table := someTable(t)
	var group sync.WaitGroup
	for i := 0; i < 8; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			if tree, err := table.Unfold("", 0); err != nil || len(tree.Nodes) != 3 {
				t.Error(tree, err)
			}
		}()
	}
	group.Wait()
}

// What tests/vectors/tables says of a table.
type tableVector struct {
	Mounts []mountVector
	Error  *struct {
		Line, Column uint64
		Detail       string
	}
	Cases []struct {
		Target         *string
		Error          string
		Nodes, Visible []uint64
	}
}

type mountVector struct {
	ID                                      uint64
	ParentID                                uint64 `json:"parent_id"`
	Major, Minor                            uint32
	Attributes, Propagation, Shared, Master uint64
	PropagateFrom                           uint64 `json:"propagate_from"`
	UniqueID                                uint64 `json:"unique_id"`
	Root, Options, Optional, Type, Source   string
	MountPoint                              string   `json:"mount_point"`
	SuperOptions                            string   `json:"super_options"`
	UnknownOptions                          []string `json:"unknown_options"`
	SuperOptionWords                        []string `json:"super_option_words"`
}

func mountAsVector(table *Table, m Mount) mountVector {
	return mountVector{
		m.ID, m.ParentID, m.Major, m.Minor, uint64(m.Attributes), uint64(m.Propagation), m.PeerGroup, m.Master, m.PropagateFrom, m.UniqueID, m.Root,
		m.Options, m.Optional, m.Type, m.Source, m.MountPoint, m.SuperOptions, table.UnknownOptions(m.Index), table.SuperOptions(m.Index),
	}
}

func TestTablesAreWhatTheirVectorsSay(t *testing.T) {
	files, err := filepath.Glob("../../tests/vectors/tables/*.mountinfo")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { checkTable(t, file) })
	}
}

func checkTable(t *testing.T, file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var vector tableVector
	readJSON(t, strings.TrimSuffix(file, "mountinfo")+"json", &vector)
	table, err := ParseTable(text)
	if vector.Error != nil {
		if e := errorIn(t, err); e.Line != vector.Error.Line || e.Column != vector.Error.Column || e.Detail != vector.Error.Detail {
			t.Errorf("%+v", e)
		}
		return
	}
	if err != nil || len(vector.Cases) == 0 {
		t.Fatal(err)
	}
	defer table.Close()
	for i, expected := range vector.Mounts {
		mount, _ := table.Mount(i)
		if got := mountAsVector(table, mount); !reflect.DeepEqual(got, expected) {
			t.Errorf("%+v\ninstead of\n%+v", got, expected)
		}
	}
	for _, c := range vector.Cases {
		target := ""
		if c.Target != nil {
			target = *c.Target
		}
		tree, err := table.Unfold(target, 0)
		if c.Error != "" {
			if e := errorIn(t, err); e.Detail != c.Error {
				t.Errorf("%q instead of %q", e.Detail, c.Error)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		nodes, visible := []uint64{}, []uint64{}
		for _, node := range tree.Nodes {
			id := tree.Mount(node).ID
			nodes = append(nodes, id)
			if !node.Covered {
				visible = append(visible, id)
			}
		}
		if !reflect.DeepEqual(nodes, c.Nodes) || !reflect.DeepEqual(visible, c.Visible) {
			t.Errorf("%q: nodes %v, visible %v", target, nodes, visible)
		}
	}
}

func readJSON(t *testing.T, file string, into interface{}) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.UseNumber() // numbers go up to 2^64 - 1
		err = decoder.Decode(into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
