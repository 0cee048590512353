// SPDX-License-Identifier: MIT
// Running a program inside a plan: what to run, and how.

package mountplan

/*
#include <mountplan/mountplan.h>
#include <stdlib.h>
*/
import "C"

import (
	"os"
	"runtime"
	"unsafe"
)

// Namespaces to create, namespaces(7). The mount namespace is always new.
type Namespaces uint64

const (
	NamespaceUser   Namespaces = C.MPLAN_NAMESPACE_USER // without it the caller needs CAP_SYS_ADMIN
	NamespacePID    Namespaces = C.MPLAN_NAMESPACE_PID
	NamespaceNet    Namespaces = C.MPLAN_NAMESPACE_NET
	NamespaceIPC    Namespaces = C.MPLAN_NAMESPACE_IPC
	NamespaceUTS    Namespaces = C.MPLAN_NAMESPACE_UTS
	NamespaceCgroup Namespaces = C.MPLAN_NAMESPACE_CGROUP
)

// SpawnFlags say how a program is run.
type SpawnFlags uint64

const (
	// SpawnDieWithParent kills everything when the thread that called Start ends, which may be before the Go program does: lock the
	// goroutine to its thread, and keep it.
	SpawnDieWithParent  SpawnFlags = C.MPLAN_SPAWN_DIE_WITH_PARENT
	SpawnNewSession     SpawnFlags = C.MPLAN_SPAWN_NEW_SESSION     // setsid(2) before the program is executed
	SpawnAsPID1         SpawnFlags = C.MPLAN_SPAWN_AS_PID_1        // with a pid namespace: no reaper in front of the program
	SpawnKeepPrivileges SpawnFlags = C.MPLAN_SPAWN_KEEP_PRIVILEGES // do not set no_new_privs
	SpawnNoLoopback     SpawnFlags = C.MPLAN_SPAWN_NO_LOOPBACK     // with a net namespace: leave the loopback device down
	SpawnNoVerify       SpawnFlags = C.MPLAN_SPAWN_NO_VERIFY       // do not compare what is mounted with the plan
)

// IDRange maps Count ids from Inside in the sandbox to those from Outside in the caller's user namespace.
type IDRange struct {
	Inside, Outside, Count uint32
}

// IDs are the user and group a program runs as.
type IDs struct {
	UID, GID uint32
}

// Spawn is a program to run in new namespaces, in the root that a plan describes. The zero value of each field is its default.
type Spawn struct {
	Args         []string // the program, then its arguments; without a slash it is searched in PATH of its environment
	Env          []string // the whole environment, NAME=value each; nil is the caller's
	Dir          string   // working directory inside the new root, absolute; "" is /
	Hostname     string   // needs NamespaceUTS
	Namespaces   Namespaces
	Flags        SpawnFlags
	UIDMap       []IDRange        // without one, the caller's own id is mapped to itself
	GIDMap       []IDRange        // as UIDMap
	IDs          *IDs             // inside the user namespace
	Capabilities *uint64          // to keep: bit n is capability n of capabilities(7)
	Files        map[int]*os.File // for the program, by its descriptor numbers; 0 to 2 are inherited unless given here
	Backend      Backend
	Event        EventFunc // told about each step
}

// Start starts the program inside the plan and waits until it was executed, or until something failed; then no child is left.
func (s *Spawn) Start(plan *Plan) (*Process, error) {
	if plan.err != nil {
		return nil, plan.err
	}
	var raw *C.mplan_spawn
	if _, err := call(func(err **C.mplan_error) C.int { return C.mplan_spawn_new(&raw, err) }); err != nil {
		return nil, err
	}
	defer C.mplan_spawn_free(raw)
	if err := s.fill(raw); err != nil {
		return nil, err
	}
	l := newListener(s.Event)
	defer l.close()
	process := &Process{}
	options := PrepareOptions{Backend: s.Backend}
	if err := options.with(l, func(args *C.struct_mplan_prepare_args, size C.size_t) error {
		_, err := call(func(err **C.mplan_error) C.int {
			return C.mplan_spawn_start(raw, plan.raw, args, size, &process.raw, err)
		})
		return err
	}); err != nil {
		return nil, err
	}
	runtime.KeepAlive(plan)
	process.pid = int(C.mplan_process_pid(process.raw))
	runtime.SetFinalizer(process, (*Process).Close)
	return process, nil
}

// fill sets everything in the object of C.
func (s *Spawn) fill(raw *C.mplan_spawn) error {
	var t texts
	defer t.free()
	args, env := t.array("argument", s.Args), t.array("environment", s.Env)
	dir, hostname := t.optional("Dir", s.Dir), t.optional("Hostname", s.Hostname)
	if t.err != nil {
		return t.err
	}
	var failed error
	set := func(function func(err **C.mplan_error) C.int) {
		if failed == nil {
			_, failed = call(function)
		}
	}
	set(func(err **C.mplan_error) C.int { return C.mplan_spawn_set_argv(raw, args, C.size_t(len(s.Args)), err) })
	if s.Env != nil {
		set(func(err **C.mplan_error) C.int { return C.mplan_spawn_set_env(raw, env, C.size_t(len(s.Env)), err) })
	}
	set(func(err **C.mplan_error) C.int { return C.mplan_spawn_set_cwd(raw, dir, err) })
	set(func(err **C.mplan_error) C.int { return C.mplan_spawn_set_hostname(raw, hostname, err) })
	set(func(err **C.mplan_error) C.int {
		return C.mplan_spawn_set_namespaces(raw, C.uint64_t(s.Namespaces), err)
	})
	set(func(err **C.mplan_error) C.int { return C.mplan_spawn_set_flags(raw, C.uint64_t(s.Flags), err) })
	for _, r := range s.UIDMap {
		r := r
		set(func(err **C.mplan_error) C.int {
			return C.mplan_spawn_add_uid_map(raw, C.uint32_t(r.Inside), C.uint32_t(r.Outside), C.uint32_t(r.Count), err)
		})
	}
	for _, r := range s.GIDMap {
		r := r
		set(func(err **C.mplan_error) C.int {
			return C.mplan_spawn_add_gid_map(raw, C.uint32_t(r.Inside), C.uint32_t(r.Outside), C.uint32_t(r.Count), err)
		})
	}
	if s.IDs != nil {
		set(func(err **C.mplan_error) C.int {
			return C.mplan_spawn_set_ids(raw, C.uint32_t(s.IDs.UID), C.uint32_t(s.IDs.GID), err)
		})
	}
	if s.Capabilities != nil {
		set(func(err **C.mplan_error) C.int {
			return C.mplan_spawn_set_capabilities(raw, C.uint64_t(*s.Capabilities), err)
		})
	}
	for number, file := range s.Files {
		number := number
		if err := withFile(file, func(fd C.int) {
			set(func(err **C.mplan_error) C.int { return C.mplan_spawn_add_fd(raw, fd, C.int(number), err) })
		}); err != nil && failed == nil {
			failed = err
		}
	}
	return failed
}

// array returns the strings as C wants an array of them, valid until free; never NULL.
func (t *texts) array(what string, strings []string) **C.char {
	pointer := (**C.char)(C.malloc(C.size_t(len(strings)+1) * C.size_t(unsafe.Sizeof((*C.char)(nil)))))
	t.all = append(t.all, (*C.char)(unsafe.Pointer(pointer)))
	array := unsafe.Slice(pointer, len(strings))
	for i, text := range strings {
		array[i] = t.add(what, text)
	}
	return pointer
}
