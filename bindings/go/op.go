// SPDX-License-Identifier: MIT
// What can be said about an op after it was added, and looking at ops.

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

// Op is an op of a plan that may still be told more. Its methods return it again:
//
//	plan.Overlay("/data", mountplan.OverlayEphemeral).Layer("/srv/changes").Layer("/srv/base")
type Op struct {
	plan  *Plan
	index int
}

// Index is that of the op in the plan, counted from 0: what errors and events say. -1 where the plan has an error.
func (o Op) Index() int { return o.index }

func (o Op) modify(function func(plan *C.mplan_plan, op C.int, err **C.mplan_error) C.int) Op {
	o.plan.do(func(_ *texts, err **C.mplan_error) C.int { return function(o.plan.raw, C.int(o.index), err) })
	return o
}

func (o Op) modifyPath(what, path string, function func(plan *C.mplan_plan, op C.int, path *C.char, err **C.mplan_error) C.int) Op {
	o.plan.do(func(t *texts, err **C.mplan_error) C.int {
		converted := t.add(what, path)
		if t.err != nil {
			return -1
		}
		return function(o.plan.raw, C.int(o.index), converted, err)
	})
	return o
}

// Attributes of the mount the op makes: those in set are set in addition, those in clear are not set although they are the op's default. A
// flag that the source already has is never cleared.
func (o Op) Attributes(set, clear Attributes) Op {
	return o.modify(func(plan *C.mplan_plan, op C.int, err **C.mplan_error) C.int {
		return C.mplan_op_set_attrs(plan, op, C.uint64_t(set), C.uint64_t(clear), err)
	})
}

// Symlinks says what to do when the last component of the target is a symbolic link.
func (o Op) Symlinks(policy Symlinks) Op {
	return o.modify(func(plan *C.mplan_plan, op C.int, err **C.mplan_error) C.int {
		return C.mplan_op_set_symlinks(plan, op, C.uint32_t(policy), err)
	})
}

// SourcePath is a relative path beneath the source of [Plan.BindFile]; never leaves it, whatever links it meets.
func (o Op) SourcePath(path string) Op {
	return o.modifyPath("path", path, func(plan *C.mplan_plan, op C.int, path *C.char, err **C.mplan_error) C.int {
		return C.mplan_op_set_source_path(plan, op, path, err)
	})
}

// Idmap idmaps the mount that a bind makes by an open user namespace. Linux 5.12.
func (o Op) Idmap(userNamespace *os.File) Op {
	o.plan.withFile(userNamespace, func(fd C.int) {
		o.modify(func(plan *C.mplan_plan, op C.int, err **C.mplan_error) C.int {
			return C.mplan_op_set_idmap(plan, op, fd, err)
		})
	})
	return o
}

// Inodes is the size limit of a tmpfs in inodes; 0 is the kernel's default.
func (o Op) Inodes(inodes uint64) Op {
	return o.modify(func(plan *C.mplan_plan, op C.int, err **C.mplan_error) C.int {
		return C.mplan_op_set_inodes(plan, op, C.uint64_t(inodes), err)
	})
}

// Layer adds a lower layer of an overlay below those already there. At most 500.
func (o Op) Layer(source string) Op {
	return o.modifyPath("source", source, func(plan *C.mplan_plan, op C.int, source *C.char, err **C.mplan_error) C.int {
		return C.mplan_op_add_layer(plan, op, source, err)
	})
}

// LayerFile is as Layer, the layer being an open directory.
func (o Op) LayerFile(source *os.File) Op {
	o.plan.withFile(source, func(fd C.int) {
		o.modify(func(plan *C.mplan_plan, op C.int, err **C.mplan_error) C.int {
			return C.mplan_op_add_layer_fd(plan, op, fd, err)
		})
	})
	return o
}

// DataLayer adds a data-only layer: its files are reached through redirects only. After all others. Linux 6.8.
func (o Op) DataLayer(source string) Op {
	return o.modifyPath("source", source, func(plan *C.mplan_plan, op C.int, source *C.char, err **C.mplan_error) C.int {
		return C.mplan_op_add_data_layer(plan, op, source, err)
	})
}

// Upper sets upper and work directory of a persistent overlay: on the same file system, work empty.
func (o Op) Upper(upper, work string) Op {
	o.plan.do(func(t *texts, err **C.mplan_error) C.int {
		up, work := t.add("upper", upper), t.add("work", work)
		if t.err != nil {
			return -1
		}
		return C.mplan_op_set_upper(o.plan.raw, C.int(o.index), up, work, err)
	})
	return o
}

// OpKind is what an op does: what it is at the method of [Plan] with its name.
type OpKind uint32

const (
	OpBind        OpKind = C.MPLAN_OP_BIND
	OpRemount     OpKind = C.MPLAN_OP_REMOUNT
	OpTmpfs       OpKind = C.MPLAN_OP_TMPFS
	OpProc        OpKind = C.MPLAN_OP_PROC
	OpSysfs       OpKind = C.MPLAN_OP_SYSFS
	OpDevpts      OpKind = C.MPLAN_OP_DEVPTS
	OpMqueue      OpKind = C.MPLAN_OP_MQUEUE
	OpBpf         OpKind = C.MPLAN_OP_BPF
	OpRamfs       OpKind = C.MPLAN_OP_RAMFS
	OpDev         OpKind = C.MPLAN_OP_DEV
	OpOverlay     OpKind = C.MPLAN_OP_OVERLAY
	OpDir         OpKind = C.MPLAN_OP_DIR
	OpFile        OpKind = C.MPLAN_OP_FILE
	OpSymlink     OpKind = C.MPLAN_OP_SYMLINK
	OpChmod       OpKind = C.MPLAN_OP_CHMOD
	OpMask        OpKind = C.MPLAN_OP_MASK
	OpPropagation OpKind = C.MPLAN_OP_PROPAGATION
	OpMove        OpKind = C.MPLAN_OP_MOVE
	OpUnmount     OpKind = C.MPLAN_OP_UNMOUNT
	OpRoot        OpKind = C.MPLAN_OP_ROOT
	OpEtc         OpKind = C.MPLAN_OP_ETC
)

// String returns the name, such as "bind".
func (k OpKind) String() string { return C.GoString(C.mplan_op_kind_name(C.uint32_t(k))) }

// OpInfo is an op as it was added.
type OpInfo struct {
	Kind              OpKind
	Target            string // cleaned
	Source            string // path, link text or upper directory
	FromFile          bool   // the source is a descriptor
	Mode              uint32
	Flags             uint64 // as given
	Size              uint64 // bytes: of a tmpfs, or of the content of a file
	Attributes        Attributes
	ClearedAttributes Attributes
	Symlinks          Symlinks
	Layers            []string // of an overlay, top first; "" for a descriptor
}

// Ops returns the ops as they were added, in order.
func (p *Plan) Ops() []OpInfo {
	ops := make([]OpInfo, C.mplan_plan_count(p.raw))
	for i := range ops {
		var raw C.struct_mplan_op
		C.mplan_plan_get(p.raw, C.size_t(i), &raw, C.size_t(unsafe.Sizeof(raw)))
		ops[i] = OpInfo{
			Kind:              OpKind(raw.kind),
			Target:            C.GoString(raw.target),
			Source:            C.GoString(raw.source),
			FromFile:          raw.source_fd >= 0,
			Mode:              uint32(raw.mode),
			Flags:             uint64(raw.flags),
			Size:              uint64(raw.size),
			Attributes:        Attributes(raw.attrs_set),
			ClearedAttributes: Attributes(raw.attrs_clear),
			Symlinks:          Symlinks(raw.symlinks),
		}
		for layer := C.size_t(0); layer < C.size_t(raw.layers); layer++ {
			ops[i].Layers = append(ops[i].Layers, C.GoString(C.mplan_plan_layer(p.raw, C.size_t(i), layer)))
		}
	}
	runtime.KeepAlive(p)
	return ops
}
