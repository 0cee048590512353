// SPDX-License-Identifier: MIT
// The plan: one method for each op.

package mountplan

/*
#include <mountplan/mountplan.h>
*/
import "C"

import (
	"os"
	"runtime"
	"syscall"
	"unsafe"
)

// Plan is an ordered list of ops, each one thing to do at one target: an absolute path inside the new root. A pure description: building and
// validating it touches nothing. After an op was refused all others are ignored, and what uses the plan returns the error.
type Plan struct {
	raw *C.mplan_plan
	err error
}

// NewPlan returns an empty plan.
func NewPlan() *Plan {
	p := &Plan{}
	_, p.err = call(func(err **C.mplan_error) C.int { return C.mplan_plan_new(&p.raw, err) })
	runtime.SetFinalizer(p, (*Plan).Close)
	return p
}

// Close ends the life of the plan and closes its descriptors. It always returns nil.
func (p *Plan) Close() error {
	C.mplan_plan_free(p.raw)
	p.raw = nil
	runtime.SetFinalizer(p, nil)
	return nil
}

// Err returns the error of the first op or setting that was refused.
func (p *Plan) Err() error { return p.err }

// do runs one step of building the plan, unless an earlier one was refused, and returns the index of the op.
func (p *Plan) do(function func(t *texts, err **C.mplan_error) C.int) int {
	if p.err != nil {
		return -1
	}
	var t texts
	defer t.free()
	index := -1
	index, p.err = call(func(err **C.mplan_error) C.int { return function(&t, err) })
	if t.err != nil {
		p.err = t.err
	}
	runtime.KeepAlive(p)
	return index
}

// add adds an op whose only text is its target.
func (p *Plan) add(target string, function func(target *C.char, err **C.mplan_error) C.int) Op {
	return p.addFrom("source", "", target, func(_, target *C.char, err **C.mplan_error) C.int { return function(target, err) })
}

// addFrom adds an op that also has a source; `what` is what it is called.
func (p *Plan) addFrom(what, source, target string, function func(source, target *C.char, err **C.mplan_error) C.int) Op {
	return Op{p, p.do(func(t *texts, err **C.mplan_error) C.int {
		from, to := t.add(what, source), t.add("target", target)
		if t.err != nil {
			return -1
		}
		return function(from, to, err)
	})}
}

// addFile adds an op whose source is an open file, which stays open during the call and is the caller's.
func (p *Plan) addFile(source *os.File, target string, function func(fd C.int, target *C.char, err **C.mplan_error) C.int) Op {
	op := Op{p, -1}
	p.withFile(source, func(fd C.int) {
		op = p.add(target, func(target *C.char, err **C.mplan_error) C.int { return function(fd, target, err) })
	})
	return op
}

func (p *Plan) withFile(file *os.File, function func(fd C.int)) {
	if p.err == nil {
		if err := withFile(file, function); err != nil {
			p.err = err
		}
	}
}

// withFile hands the descriptor of a file to C. Unlike os.File.Fd it leaves a file that does not block as it is.
func withFile(file *os.File, function func(fd C.int)) error {
	connection, err := file.SyscallConn()
	if err == nil {
		err = connection.Control(func(fd uintptr) { function(C.int(fd)) })
	}
	if err != nil {
		return argumentError(syscall.EBADF, "file is not open: "+err.Error())
	}
	return nil
}

// SetFlags replaces the settings of the whole plan.
func (p *Plan) SetFlags(flags PlanFlags) {
	p.do(func(_ *texts, err **C.mplan_error) C.int {
		return C.mplan_plan_set_flags(p.raw, C.uint64_t(flags), err)
	})
}

// SetParentMode sets the permission for missing parents and missing mount point directories. Until then: 0700 for bind and overlay,
// [ParentMode] for tmpfs, 0755 for everything else.
func (p *Plan) SetParentMode(mode uint32) {
	p.do(func(_ *texts, err **C.mplan_error) C.int {
		return C.mplan_plan_set_parent_mode(p.raw, C.uint32_t(mode), err)
	})
}

// Bind binds source, a path on the host, with everything mounted below it. Read-only and nodev unless asked otherwise; nosuid always. A
// missing target is made: a directory, or an empty file.
func (p *Plan) Bind(source, target string, flags BindFlags) Op {
	return p.addFrom("source", source, target, func(source, target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_bind(p.raw, source, target, C.uint64_t(flags), err)
	})
}

// BindFile is as Bind, the source being what is open; with [Op.SourcePath] a path beneath it. The descriptor is duplicated.
func (p *Plan) BindFile(source *os.File, target string, flags BindFlags) Op {
	return p.addFile(source, target, func(fd C.int, target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_bind_fd(p.raw, fd, target, C.uint64_t(flags), err)
	})
}

// Remount adds attributes to the mount that has its root at target.
func (p *Plan) Remount(target string, flags RemountFlags) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_remount(p.raw, target, C.uint64_t(flags), err)
	})
}

// Tmpfs mounts a new tmpfs; nosuid, nodev. The size is in bytes, 0 is the kernel's default.
func (p *Plan) Tmpfs(target string, size uint64, mode uint32, flags TmpfsFlags) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_tmpfs(p.raw, target, C.uint64_t(size), C.uint32_t(mode), C.uint64_t(flags), err)
	})
}

// Proc mounts a proc of the pid namespace the plan is applied in; nosuid, nodev, noexec.
func (p *Plan) Proc(target string, flags ProcFlags) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_proc(p.raw, target, C.uint64_t(flags), err)
	})
}

// Sysfs mounts a sysfs; read-only, nosuid, nodev, noexec.
func (p *Plan) Sysfs(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_sysfs(p.raw, target, 0, err) })
}

// Devpts mounts a new devpts instance; nosuid, noexec.
func (p *Plan) Devpts(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_devpts(p.raw, target, 0, err) })
}

// Mqueue mounts the message queues of the ipc namespace the plan is applied in; nosuid, nodev, noexec.
func (p *Plan) Mqueue(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_mqueue(p.raw, target, 0, err) })
}

// Bpf mounts a new bpf file system; nosuid, nodev, noexec.
func (p *Plan) Bpf(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_bpf(p.raw, target, 0, err) })
}

// Ramfs mounts a new ramfs; nosuid, nodev, noexec.
func (p *Plan) Ramfs(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_ramfs(p.raw, target, 0, err) })
}

// Dev makes a minimal /dev on a tmpfs of its own: null zero full random urandom tty from the host; stdin stdout stderr fd core ptmx as
// links; shm; a new devpts on pts.
func (p *Plan) Dev(target string, flags DevFlags) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_dev(p.raw, target, C.uint64_t(flags), err)
	})
}

// Overlay mounts an overlay; nosuid, nodev. Layers are added with [Op.Layer], top first.
func (p *Plan) Overlay(target string, flags OverlayFlags) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_overlay(p.raw, target, C.uint64_t(flags), err)
	})
}

// Dir makes a directory with this mode; one that is already there is left as it is.
func (p *Plan) Dir(target string, mode uint32) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_dir(p.raw, target, C.uint32_t(mode), 0, err)
	})
}

// File places a file with this content: a read-only nodev bind of a file that has no other name.
func (p *Plan) File(target string, content []byte, mode uint32, flags FileFlags) Op {
	var data unsafe.Pointer
	if len(content) > 0 {
		data = unsafe.Pointer(&content[0])
	}
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_file(p.raw, target, data, C.size_t(len(content)), C.uint32_t(mode), C.uint64_t(flags), err)
	})
}

// FileFrom is as File, the content being read from source when the plan is applied. The descriptor is duplicated, and its offset does not
// move where it can seek.
func (p *Plan) FileFrom(source *os.File, target string, mode uint32, flags FileFlags) Op {
	return p.addFile(source, target, func(fd C.int, target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_file_fd(p.raw, fd, target, C.uint32_t(mode), C.uint64_t(flags), err)
	})
}

// Symlink makes a symbolic link with this text. The same link already there is fine.
func (p *Plan) Symlink(text, target string, flags SymlinkFlags) Op {
	return p.addFrom("text", text, target, func(text, target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_symlink(p.raw, text, target, C.uint64_t(flags), err)
	})
}

// Chmod sets the permission of something that exists.
func (p *Plan) Chmod(target string, mode uint32) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_chmod(p.raw, target, C.uint32_t(mode), 0, err)
	})
}

// Mask hides a file under the null device, or a directory under an empty read-only tmpfs. A missing target is skipped.
func (p *Plan) Mask(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_mask(p.raw, target, 0, err) })
}

// Propagation sets the propagation of the mount that has its root at target: one of the four types, and PropagationRecursive.
func (p *Plan) Propagation(target string, propagation Propagation) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_propagation(p.raw, target, C.uint64_t(propagation), err)
	})
}

// Move moves the mount that has its root at source, a path inside the new root.
func (p *Plan) Move(source, target string) Op {
	return p.addFrom("source", source, target, func(source, target *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_move(p.raw, source, target, 0, err)
	})
}

// Unmount detaches the mount that has its root at target and everything below.
func (p *Plan) Unmount(target string) Op {
	return p.add(target, func(target *C.char, err **C.mplan_error) C.int { return C.mplan_plan_unmount(p.raw, target, 0, err) })
}

// Root binds every entry of the host directory source to the same name at /, except proc, dev, tmp, mnt and etc. Once per plan.
// BindWritable and BindDevice are the flags that have a meaning here.
func (p *Plan) Root(source string, flags BindFlags) Op {
	return p.addFrom("source", source, "", func(source, _ *C.char, err **C.mplan_error) C.int {
		return C.mplan_plan_root(p.raw, source, C.uint64_t(flags), err)
	})
}

// Etc makes /etc, binds the host directory source ("" is /etc) to /etc/.host/PREFIX, and links each entry to its place there, except .host,
// passwd and group. Once per plan.
func (p *Plan) Etc(source, prefix string) Op {
	return Op{p, p.do(func(t *texts, err **C.mplan_error) C.int {
		from, prefix := t.optional("source", source), t.add("prefix", prefix)
		if t.err != nil {
			return -1
		}
		return C.mplan_plan_etc(p.raw, from, prefix, 0, err)
	})}
}

// Validate checks the plan as a whole without looking at any file.
func (p *Plan) Validate() error {
	if p.err != nil {
		return p.err
	}
	_, err := call(func(err **C.mplan_error) C.int { return C.mplan_plan_validate(p.raw, err) })
	runtime.KeepAlive(p)
	return err
}
