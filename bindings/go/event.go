// SPDX-License-Identifier: MIT
// Events: one step that happened, or would happen, and handing it to a function of the caller.

package mountplan

/*
#include <mountplan/mountplan.h>
#include <stdlib.h>
*/
import "C"

import (
	"runtime/cgo"
	"unsafe"
)

// Event is what a source or target resolved to, one system call, or one option that the library does not know.
type Event struct {
	Op         int        // index of the op; -1 for work of the plan as a whole
	OpName     string     // "bind"
	Call       string     // "open_tree"
	Result     int64      // of the call, or a negative errno value
	Attributes Attributes // that the call sets
	Source     string     // of the op
	Target     string     // of the op
	Text       string     // the call with its arguments, in one line
}

// EventFunc is told about each step in order, by the goroutine that called the library. Returning false stops the work as long as nothing
// was changed, with an error of kind ErrorCallback; later it is ignored. It must not panic, nor use the object that it is told about.
type EventFunc func(Event) (proceed bool)

func eventOf(raw *C.struct_mplan_event) Event {
	return Event{
		Op:         int(raw.op),
		OpName:     C.GoString(raw.op_name),
		Call:       C.GoString(raw.call),
		Result:     int64(raw.result),
		Attributes: Attributes(raw.flags),
		Source:     C.GoString(raw.source),
		Target:     C.GoString(raw.target),
		Text:       C.GoString(raw.text),
	}
}

// listener is an EventFunc at an address that C can keep. A nil listener is none.
type listener struct {
	handle cgo.Handle
	cell   *C.uintptr_t
}

func newListener(function EventFunc) *listener {
	if function == nil {
		return nil
	}
	l := &listener{cgo.NewHandle(function), (*C.uintptr_t)(C.malloc(C.size_t(unsafe.Sizeof(C.uintptr_t(0)))))}
	*l.cell = C.uintptr_t(l.handle)
	return l
}

func (l *listener) close() {
	if l != nil {
		l.handle.Delete()
		C.free(unsafe.Pointer(l.cell))
	}
}

//export mountplan_go_event
func mountplan_go_event(event *C.struct_mplan_event, data unsafe.Pointer) C.int {
	function := cgo.Handle(*(*C.uintptr_t)(data)).Value().(EventFunc)
	if function(eventOf(event)) {
		return 0
	}
	return 1
}
