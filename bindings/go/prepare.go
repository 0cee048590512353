// SPDX-License-Identifier: MIT
// Explaining, preparing and applying plans.

package mountplan

/*
#include <mountplan/mountplan.h>

extern int mountplan_go_event(struct mplan_event *event, void *data);

static void mountplan_go_listen(struct mplan_prepare_args *args, void *data) {
  args->event = (mplan_event_fn)mountplan_go_event;
  args->event_data = data;
}
*/
import "C"

import (
	"os"
	"runtime"
	"unsafe"
)

// Backend is which kernel calls are used.
type Backend uint32

const (
	BackendAuto     Backend = C.MPLAN_BACKEND_AUTO     // the best that works here, found by trying each call
	BackendDetached Backend = C.MPLAN_BACKEND_DETACHED // Linux 6.15: the root is built attached nowhere and appears in one call
	BackendFD       Backend = C.MPLAN_BACKEND_FD       // Linux 5.12: the new mount calls, in a staging place
	BackendClassic  Backend = C.MPLAN_BACKEND_CLASSIC  // mount(2) through /proc
)

// String returns the name, such as "detached".
func (b Backend) String() string { return C.GoString(C.mplan_backend_name(C.uint32_t(b))) }

// PrepareFlags say how the root comes about and is checked.
type PrepareFlags uint64

const (
	PrepareInPlace  PrepareFlags = C.MPLAN_PREPARE_IN_PLACE // the ops land in the tree that is at the root; the default is a fresh one over it
	PrepareDeferred PrepareFlags = C.MPLAN_PREPARE_DEFERRED // sources are resolved at apply; for callers that unshare in between
	PreparePivot    PrepareFlags = C.MPLAN_PREPARE_PIVOT    // the new root becomes that of the mount namespace, which must be the caller's own
	PrepareVerify   PrepareFlags = C.MPLAN_PREPARE_VERIFY   // before apply reports success, what is mounted is compared with the plan
)

// PrepareOptions say where and how a plan is applied. The zero value is the default of each.
type PrepareOptions struct {
	Root     string   // the directory the plan is applied to, absolute; not followed when it is a symbolic link
	RootFile *os.File // the same, open
	Backend  Backend
	Flags    PrepareFlags
	Event    EventFunc // told about each step
}

// with hands the options to C. The listener must be there as long as events may come.
func (o *PrepareOptions) with(l *listener, function func(args *C.struct_mplan_prepare_args, size C.size_t) error) error {
	if o == nil {
		o = &PrepareOptions{}
	}
	var t texts
	defer t.free()
	args := C.struct_mplan_prepare_args{
		flags:   C.uint64_t(o.Flags),
		backend: C.uint32_t(o.Backend),
		root:    t.optional("root", o.Root),
	}
	if t.err != nil {
		return t.err
	}
	if l != nil {
		C.mountplan_go_listen(&args, unsafe.Pointer(l.cell))
	}
	if o.RootFile == nil {
		return function(&args, C.size_t(unsafe.Sizeof(args)))
	}
	var result error
	if err := withFile(o.RootFile, func(fd C.int) {
		args.has_root_fd, args.root_fd = 1, C.int32_t(fd)
		result = function(&args, C.size_t(unsafe.Sizeof(args)))
	}); err != nil {
		return err
	}
	return result
}

func (o *PrepareOptions) listener() *listener {
	if o == nil {
		return nil
	}
	return newListener(o.Event)
}

// Trace is the steps that applying a plan would take.
type Trace struct {
	Backend Backend
	Steps   []Event
	Text    string // one numbered call per line with its op beside it
}

// Explain says what applying the plan would do on this system, without changing anything. Without a root the plan is explained for a fresh
// one. The options may be nil.
func (p *Plan) Explain(options *PrepareOptions) (*Trace, error) {
	if p.err != nil {
		return nil, p.err
	}
	l := options.listener()
	defer l.close()
	var raw *C.mplan_trace
	if err := options.with(l, func(args *C.struct_mplan_prepare_args, size C.size_t) error {
		_, err := call(func(err **C.mplan_error) C.int { return C.mplan_explain(p.raw, args, size, &raw, err) })
		return err
	}); err != nil {
		return nil, err
	}
	runtime.KeepAlive(p)
	defer C.mplan_trace_free(raw)
	trace := &Trace{
		Backend: Backend(C.mplan_trace_backend(raw)),
		Steps:   make([]Event, C.mplan_trace_count(raw)),
		Text:    C.GoString(C.mplan_trace_text(raw)),
	}
	for i := range trace.Steps {
		var event C.struct_mplan_event
		C.mplan_trace_get(raw, C.size_t(i), &event, C.size_t(unsafe.Sizeof(event)))
		trace.Steps[i] = eventOf(&event)
	}
	return trace, nil
}

// Prepared is a plan that is ready to be applied, once. The plan it was made from is not needed any more.
type Prepared struct {
	raw      *C.mplan_prepared
	listener *listener
}

// Prepare is the host phase: it validates the plan, picks the backend, and resolves sources and root to descriptors. It changes nothing,
// except that sources with BindEnsure are made.
func (p *Plan) Prepare(options *PrepareOptions) (*Prepared, error) {
	if p.err != nil {
		return nil, p.err
	}
	prepared := &Prepared{listener: options.listener()}
	runtime.SetFinalizer(prepared, (*Prepared).Close)
	if err := options.with(prepared.listener, func(args *C.struct_mplan_prepare_args, size C.size_t) error {
		_, err := call(func(err **C.mplan_error) C.int { return C.mplan_prepare(p.raw, args, size, &prepared.raw, err) })
		return err
	}); err != nil {
		prepared.Close()
		return nil, err
	}
	runtime.KeepAlive(p)
	return prepared, nil
}

// Close ends the life of the object and closes its descriptors. What was applied stays. It always returns nil.
func (p *Prepared) Close() error {
	C.mplan_prepared_free(p.raw)
	p.listener.close()
	p.raw, p.listener = nil, nil
	runtime.SetFinalizer(p, nil)
	return nil
}

// Backend returns the backend that was chosen.
func (p *Prepared) Backend() Backend {
	defer runtime.KeepAlive(p)
	return Backend(C.mplan_prepared_backend(p.raw))
}

// Apply applies the plan in the calling thread's mount namespace: all of it, or on failure nothing. A second time is an error. The
// goroutine should be locked to its thread, which should have a mount namespace of its own.
func (p *Prepared) Apply() error {
	_, err := call(func(err **C.mplan_error) C.int { return C.mplan_apply(p.raw, err) })
	runtime.KeepAlive(p)
	return err
}

// Created returns the paths of what Apply made in trees of the caller: missing mount points, and sources with BindEnsure.
func (p *Prepared) Created() []string {
	created := make([]string, C.mplan_prepared_created_count(p.raw))
	for i := range created {
		created[i] = C.GoString(C.mplan_prepared_created(p.raw, C.size_t(i)))
	}
	runtime.KeepAlive(p)
	return created
}
