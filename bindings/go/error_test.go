// SPDX-License-Identifier: MIT
// Errors say all that the library knows, in the ways that Go programs ask.

package mountplan

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
)

func missingSource() error {
	plan := NewPlan()
	defer plan.Close()
	plan.Tmpfs("/tmp", 0, 0o755, 0)
	plan.Bind("/no such directory", "/data", 0)
	_, err := plan.Explain(nil)
	return err
}

// errorIn is the *Error that err is.
func errorIn(t *testing.T, err error) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *Error", err)
	}
	return e
}

func TestErrorNamesTheOpTheCallAndThePaths(t *testing.T) {
	e := errorIn(t, missingSource())
	if e.Kind != ErrorSyscall || e.Stage != StagePrepare || e.Op != 1 || e.OpName != "bind" || e.Left != 0 {
		t.Errorf("%+v", e)
	}
	if e.Source != "/no such directory" || e.Target != "/data" || !strings.HasPrefix(e.Call, "open") {
		t.Errorf("%+v", e)
	}
	if !strings.HasPrefix(e.Error(), "op 1 bind /no such directory -> /data: open") {
		t.Error(e)
	}
}

func TestErrorIsItsErrno(t *testing.T) {
	err := missingSource()
	if !errors.Is(err, syscall.ENOENT) || !errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		t.Error(err)
	}
	if denied := error(&Error{Errno: syscall.EPERM}); !errors.Is(denied, fs.ErrPermission) {
		t.Error("EPERM is not fs.ErrPermission")
	}
}

func TestErrorOfMalformedTextHasLineAndColumn(t *testing.T) {
	_, err := ParseTable([]byte("21 1 0:20 / / rw - ext4 a rw\nx\n"))
	if e := errorIn(t, err); e.Kind != ErrorParse || e.Line != 2 || e.Column != 2 || e.Op != -1 {
		t.Errorf("%+v", e)
	}
}

func TestErrorIsWhatANulByteGivesWhereverTextGoesIn(t *testing.T) {
	added := func(add func(plan *Plan)) error {
		plan := NewPlan()
		defer plan.Close()
		add(plan)
		if n := len(plan.Ops()); n != 0 {
			t.Errorf("%d ops", n)
		}
		return plan.Err()
	}
	plan := NewPlan()
	defer plan.Close()
	_, ofOptions := plan.Explain(&PrepareOptions{Root: "/a\x00b"})
	_, ofArgs := (&Spawn{Args: []string{"/bin/true", "a\x00b"}}).Start(plan)
	_, ofEnv := (&Spawn{Args: []string{"/bin/true"}, Env: []string{"NAME=a\x00b"}}).Start(plan)
	for _, err := range []error{
		added(func(plan *Plan) { plan.Dir("/a\x00b", 0o755) }),
		added(func(plan *Plan) { plan.Bind("/a\x00b", "/a", 0) }),
		added(func(plan *Plan) { plan.Etc("", "a\x00b") }),
		MountBind("/a\x00b", "/a", 0),
		ofOptions, ofArgs, ofEnv,
	} {
		if e := errorIn(t, err); e.Kind != ErrorArgument || !errors.Is(e, syscall.EINVAL) || !strings.Contains(e.Message, "NUL") {
			t.Errorf("%+v", e)
		}
	}
}

func TestErrorIsWhatAClosedFileGives(t *testing.T) {
	file, err := os.Open("/")
	if err != nil {
		t.Fatal(err)
	}
	file.Close()
	plan := NewPlan()
	defer plan.Close()
	plan.BindFile(file, "/data", 0)
	_, ofTable := ReadTableFile(file)
	for _, err := range []error{plan.Err(), ofTable} {
		if !errors.Is(err, syscall.EBADF) {
			t.Error(err)
		}
	}
}
