// SPDX-License-Identifier: MIT
// The mount table: a snapshot of the mounts of a namespace.

package mountplan

/*
#include <mountplan/mountplan.h>
*/
import "C"

import (
	"os"
	"runtime"
	"unsafe"
)

// ReadFlags say how the kernel is asked for mounts. At most one; the default is the text, and statmount where there is no /proc.
type ReadFlags uint64

const (
	ReadStatmount ReadFlags = C.MPLAN_TABLE_READ_STATMOUNT // listmount(2) and statmount(2), Linux 6.13: without /proc, with unique ids
	ReadMountinfo ReadFlags = C.MPLAN_TABLE_READ_MOUNTINFO // the text of mountinfo, never anything else
)

// Table is a snapshot of the mounts of a namespace. It never changes.
type Table struct {
	raw *C.mplan_table
}

// Mount is one mount of a table. Escapes are undone, but in SuperOptions.
type Mount struct {
	Index         int // in the table
	ID            uint64
	UniqueID      uint64 // never given to another mount; 0 where it is not known
	ParentID      uint64 // the mount's own for a root without parent
	Major, Minor  uint32 // device number
	Attributes    Attributes
	Propagation   Propagation // PropagationPrivate where nothing is said
	PeerGroup     uint64      // 0 where not shared
	Master        uint64      // peer group of the master; 0 where not a slave
	PropagateFrom uint64      // nearest dominant peer group under this root; 0 where not given
	Root          string      // inside its file system: a path, or such as net:[4026531840]
	MountPoint    string
	Options       string // per-mount options as written
	Optional      string // optional fields as written, separated by one space
	Type          string // of the file system
	Source        string // file system specific; may be empty
	SuperOptions  string // per-superblock options, still escaped
}

func newTable(function func(out **C.mplan_table, err **C.mplan_error) C.int) (*Table, error) {
	t := &Table{}
	if _, err := call(func(err **C.mplan_error) C.int { return function(&t.raw, err) }); err != nil {
		return nil, err
	}
	runtime.SetFinalizer(t, (*Table).Close)
	return t, nil
}

// ReadTable reads the mounts of the calling thread's mount namespace that can be reached from its root directory.
func ReadTable(flags ReadFlags) (*Table, error) {
	return newTable(func(out **C.mplan_table, err **C.mplan_error) C.int {
		return C.mplan_table_read_self(C.uint64_t(flags), out, err)
	})
}

// ReadTableOf reads the mounts of the namespace of a process. ReadStatmount is not possible here.
func ReadTableOf(pid int, flags ReadFlags) (*Table, error) {
	return newTable(func(out **C.mplan_table, err **C.mplan_error) C.int {
		return C.mplan_table_read_pid(C.int32_t(pid), C.uint64_t(flags), out, err)
	})
}

// ReadTableFile reads an open mountinfo file, or any file with such text, from its current offset to the end.
func ReadTableFile(file *os.File) (table *Table, err error) {
	if failed := withFile(file, func(fd C.int) {
		table, err = newTable(func(out **C.mplan_table, err **C.mplan_error) C.int { return C.mplan_table_read_fd(fd, 0, out, err) })
	}); failed != nil {
		return nil, failed
	}
	return table, err
}

// ParseTable parses mountinfo text.
func ParseTable(text []byte) (*Table, error) {
	var data unsafe.Pointer
	if len(text) > 0 {
		data = unsafe.Pointer(&text[0])
	}
	return newTable(func(out **C.mplan_table, err **C.mplan_error) C.int {
		return C.mplan_table_parse(data, C.size_t(len(text)), 0, out, err)
	})
}

// Close ends the life of the table, but not of trees unfolded from it. It always returns nil.
func (t *Table) Close() error {
	C.mplan_table_unref(t.raw)
	t.raw = nil
	runtime.SetFinalizer(t, nil)
	return nil
}

// Len is the number of mounts.
func (t *Table) Len() int {
	defer runtime.KeepAlive(t)
	return int(C.mplan_table_count(t.raw))
}

// Unstable says that the namespace kept changing while it was read, so that the table may be torn.
func (t *Table) Unstable() bool {
	defer runtime.KeepAlive(t)
	return C.mplan_table_flags(t.raw)&C.MPLAN_TABLE_UNSTABLE != 0
}

// Mount returns mount i, counted from 0, in the order of the text.
func (t *Table) Mount(i int) (mount Mount, ok bool) {
	defer runtime.KeepAlive(t)
	var raw C.struct_mplan_mount
	if i < 0 || C.mplan_table_get(t.raw, C.size_t(i), &raw, C.size_t(unsafe.Sizeof(raw))) < 0 {
		return Mount{}, false
	}
	return Mount{
		Index:         i,
		ID:            uint64(raw.id),
		UniqueID:      uint64(raw.unique_id),
		ParentID:      uint64(raw.parent_id),
		Major:         uint32(raw.major),
		Minor:         uint32(raw.minor),
		Attributes:    Attributes(raw.attributes),
		Propagation:   Propagation(raw.propagation),
		PeerGroup:     uint64(raw.shared),
		Master:        uint64(raw.master),
		PropagateFrom: uint64(raw.propagate_from),
		Root:          C.GoString(raw.root),
		MountPoint:    C.GoString(raw.mount_point),
		Options:       C.GoString(raw.options),
		Optional:      C.GoString(raw.optional),
		Type:          C.GoString(raw._type),
		Source:        C.GoString(raw.source),
		SuperOptions:  C.GoString(raw.super_options),
	}, true
}

// FindID returns the mount with this id; the last one where ids repeat.
func (t *Table) FindID(id uint64) (mount Mount, ok bool) {
	defer runtime.KeepAlive(t)
	return t.Mount(int(C.mplan_table_find_id(t.raw, C.uint64_t(id))))
}

// UnknownOptions returns the words of the per-mount options of mount i that are in no attribute.
func (t *Table) UnknownOptions(i int) []string {
	defer runtime.KeepAlive(t)
	return words(i, func(n C.size_t, out *C.char, size C.size_t) C.int64_t {
		return C.mplan_table_unknown_option(t.raw, C.size_t(i), n, out, size)
	})
}

// SuperOptions returns the per-superblock options of mount i one by one, split first and unescaped then.
func (t *Table) SuperOptions(i int) []string {
	defer runtime.KeepAlive(t)
	return words(i, func(n C.size_t, out *C.char, size C.size_t) C.int64_t {
		return C.mplan_table_super_option(t.raw, C.size_t(i), n, out, size)
	})
}

// words collects what get copies like snprintf(3), up to the first word that is not there.
func words(i int, get func(n C.size_t, out *C.char, size C.size_t) C.int64_t) []string {
	all := []string{}
	for n := C.size_t(0); i >= 0; n++ {
		length := get(n, nil, 0)
		if length < 0 {
			break
		}
		text := make([]byte, length+1)
		get(n, (*C.char)(unsafe.Pointer(&text[0])), C.size_t(len(text)))
		all = append(all, string(text[:length]))
	}
	return all
}
