// SPDX-License-Identifier: MIT
// Single mounts without a plan, and the vocabulary of mounting.

package mountplan

/*
#include <mountplan/mountplan.h>
*/
import "C"

import "unsafe"

// Version is that of the library that is linked, as "MAJOR.MINOR.PATCH".
func Version() string { return C.GoString(C.mplan_version()) }

// MountBind binds source onto the existing target, in the calling thread's mount namespace. BindWritable, BindDevice and BindRecursive are
// the flags that have a meaning here.
func MountBind(source, target string, flags BindFlags) error {
	return mount(func(t *texts) func(err **C.mplan_error) C.int {
		from, to := t.add("source", source), t.add("target", target)
		return func(err **C.mplan_error) C.int { return C.mplan_mount_bind(from, to, C.uint64_t(flags), err) }
	})
}

// MountRemount adds attributes to the mount at target: nosuid, and read-only and nodev unless BindWritable and BindDevice say otherwise.
func MountRemount(target string, flags BindFlags) error {
	return mount(func(t *texts) func(err **C.mplan_error) C.int {
		to := t.add("target", target)
		return func(err **C.mplan_error) C.int { return C.mplan_mount_remount(to, C.uint64_t(flags), err) }
	})
}

// MountTmpfs mounts a new tmpfs on the existing directory target. The size is in bytes, 0 is the kernel's default.
func MountTmpfs(target string, size uint64, mode uint32, attributes Attributes) error {
	return mount(func(t *texts) func(err **C.mplan_error) C.int {
		to := t.add("target", target)
		return func(err **C.mplan_error) C.int {
			return C.mplan_mount_tmpfs(nil, to, C.uint64_t(size), C.uint32_t(mode), C.uint64_t(attributes), err)
		}
	})
}

func mount(function func(t *texts) func(err **C.mplan_error) C.int) error {
	var t texts
	defer t.free()
	mounting := function(&t)
	if t.err != nil {
		return t.err
	}
	_, err := call(mounting)
	return err
}

// ParentMode is the permission for missing parents of something with permission mode.
func ParentMode(mode uint32) uint32 { return uint32(C.mplan_parent_mode(C.uint32_t(mode))) }

// OverlayEscape escapes a path for a lowerdir= option string.
func OverlayEscape(path string) string {
	// Every byte may need one more, and there is the NUL.
	in, out := []byte(path+"\x00"), make([]byte, 2*len(path)+1)
	length := C.mplan_overlay_escape((*C.char)(unsafe.Pointer(&in[0])), C.size_t(len(path)), (*C.char)(unsafe.Pointer(&out[0])), C.size_t(len(out)))
	return string(out[:length])
}
