// SPDX-License-Identifier: MIT
// Errors, and calling functions of C that give them; text on its way to C.

package mountplan

/*
#cgo pkg-config: mountplan
#include <mountplan/mountplan.h>
#include <stdlib.h>
*/
import "C"

import (
	"strings"
	"syscall"
	"unsafe"
)

// ErrorKind is what went wrong, in kind.
type ErrorKind int

const (
	ErrorSyscall     ErrorKind = C.MPLAN_ERROR_SYSCALL     // the kernel refused a call: see Call and Errno
	ErrorArgument    ErrorKind = C.MPLAN_ERROR_ARGUMENT    // an argument is not acceptable
	ErrorParse       ErrorKind = C.MPLAN_ERROR_PARSE       // malformed input text: see Line and Column
	ErrorValidation  ErrorKind = C.MPLAN_ERROR_VALIDATION  // the plan contradicts itself
	ErrorUnsupported ErrorKind = C.MPLAN_ERROR_UNSUPPORTED // this kernel or backend cannot do it; nothing was changed
	ErrorSafety      ErrorKind = C.MPLAN_ERROR_SAFETY      // refused because it would break a security guarantee
	ErrorState       ErrorKind = C.MPLAN_ERROR_STATE       // the call does not fit the state of the object or the system
	ErrorNoMemory    ErrorKind = C.MPLAN_ERROR_NOMEM       // out of memory
	ErrorChild       ErrorKind = C.MPLAN_ERROR_CHILD       // the child of a spawn failed in a way that is no system call
	ErrorCallback    ErrorKind = C.MPLAN_ERROR_CALLBACK    // an event function asked to stop
	ErrorInternal    ErrorKind = C.MPLAN_ERROR_INTERNAL    // a bug in the library
)

// Stage is when it went wrong.
type Stage int

const (
	StageNone     Stage = C.MPLAN_STAGE_NONE     // outside the life of a plan
	StageValidate Stage = C.MPLAN_STAGE_VALIDATE // while the plan was built or validated
	StagePrepare  Stage = C.MPLAN_STAGE_PREPARE  // host phase: nothing was changed yet
	StageApply    Stage = C.MPLAN_STAGE_APPLY    // while ops were carried out; what was done is undone, see Left
	StageCommit   Stage = C.MPLAN_STAGE_COMMIT   // while the finished root became the root
)

// Error is everything the library says about a failure. It wraps its Errno, so that errors.Is(err, fs.ErrNotExist) and
// errors.Is(err, syscall.ENOENT) hold where they should.
type Error struct {
	Kind    ErrorKind
	Errno   syscall.Errno
	Stage   Stage
	Op      int    // index of the op in the plan, -1 where no op is concerned
	OpName  string // "bind"
	Call    string // name of the failed system call
	Source  string // of the op, as it was given
	Target  string // of the op, as it was given
	Path    string // what the failed call was about, where it is neither source nor target
	Line    uint64 // of the input text, counted from 1; 0 where there is none
	Column  uint64 // in bytes, counted from 1; 0 where there is none
	Detail  string // what exactly is wrong, where Errno does not say it all
	Log     string // the kernel's own message from the log of fsopen(2)
	Hint    string // what the reader can do about it
	Left    int    // changes that could not be taken back: 0 is what to expect, 255 stands for that many and more
	Cause   *Error // the error this one follows from
	Message string // one line: op 7 bind /srv/data -> /data: mount_setattr: Operation not permitted
}

// Error returns the message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns Errno.
func (e *Error) Unwrap() error { return e.Errno }

func errorOf(e *C.mplan_error) *Error {
	if e == nil {
		return nil
	}
	return &Error{
		Kind:    ErrorKind(C.mplan_error_kind(e)),
		Errno:   syscall.Errno(C.mplan_error_errno(e)),
		Stage:   Stage(C.mplan_error_stage(e)),
		Op:      int(C.mplan_error_op(e)),
		OpName:  C.GoString(C.mplan_error_op_name(e)),
		Call:    C.GoString(C.mplan_error_call(e)),
		Source:  C.GoString(C.mplan_error_source(e)),
		Target:  C.GoString(C.mplan_error_target(e)),
		Path:    C.GoString(C.mplan_error_path(e)),
		Line:    uint64(C.mplan_error_line(e)),
		Column:  uint64(C.mplan_error_column(e)),
		Detail:  C.GoString(C.mplan_error_detail(e)),
		Log:     C.GoString(C.mplan_error_log(e)),
		Hint:    C.GoString(C.mplan_error_hint(e)),
		Left:    int(C.mplan_error_left(e)),
		Cause:   errorOf(C.mplan_error_cause(e)),
		Message: C.GoString(C.mplan_error_message(e)),
	}
}

// call runs a function of C whose last parameter is an error, and returns what it returned.
func call(function func(err **C.mplan_error) C.int) (int, error) {
	var e *C.mplan_error
	result := function(&e)
	if result >= 0 {
		return int(result), nil
	}
	defer C.mplan_error_free(e)
	return -1, errorOf(e)
}

func argumentError(errno syscall.Errno, detail string) *Error {
	return &Error{Kind: ErrorArgument, Errno: errno, Op: -1, Detail: detail, Message: errno.Error() + " (" + detail + ")"}
}

// texts are strings on their way to C. The first one that C can not have, as there is a NUL byte in it, is the error.
type texts struct {
	all []*C.char
	err error
}

// add returns `text` as C wants it, valid until free. `what` names the parameter in the error.
func (t *texts) add(what, text string) *C.char {
	if strings.IndexByte(text, 0) >= 0 && t.err == nil {
		t.err = argumentError(syscall.EINVAL, what+" has a NUL byte in it")
	}
	converted := C.CString(text)
	t.all = append(t.all, converted)
	return converted
}

// optional is as add; an empty text is NULL.
func (t *texts) optional(what, text string) *C.char {
	if text == "" {
		return nil
	}
	return t.add(what, text)
}

func (t *texts) free() {
	for _, text := range t.all {
		C.free(unsafe.Pointer(text))
	}
}
