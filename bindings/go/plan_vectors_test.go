// SPDX-License-Identifier: MIT
// The plans among the vectors: how each is built, what it then is, what explaining it gives, and what is refused.

package mountplan

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// What tests/vectors/plans says of a plan.
type planVector struct {
	Calls   [][]interface{}
	Ops     []opVector
	Explain map[string][][]interface{}
	Error   *errorVector
}

// NULL in C is "" in Go.
type opVector struct {
	Kind                 uint32
	Name, Source, Target string
	Mode, Symlinks       uint32
	Flags, Size          uint64
	AttrsSet             uint64 `json:"attrs_set"`
	AttrsClear           uint64 `json:"attrs_clear"`
	Layers               []string
}

type errorVector struct {
	From                                              string
	Errno, Kind, Stage, Op                            int
	OpName                                            string `json:"op_name"`
	Call, Source, Target, Path, Detail, Hint, Message string
}

// arguments are those of one call.
type arguments []interface{}

func (a arguments) text(i int) string {
	text, _ := a[i].(string)
	return text
}

func (a arguments) number(i int) uint64 {
	var number uint64
	if _, err := fmt.Sscan(string(a[i].(json.Number)), &number); err != nil {
		panic(err)
	}
	return number
}

func (a arguments) mode(i int) uint32 { return uint32(a.number(i)) }

// callPlan makes one call that adds an op or sets something of the plan.
func callPlan(plan *Plan, name string, a arguments) (op Op) {
	switch name {
	case "plan_set_flags":
		plan.SetFlags(PlanFlags(a.number(0)))
	case "plan_set_parent_mode":
		plan.SetParentMode(a.mode(0))
	case "plan_bind":
		op = plan.Bind(a.text(0), a.text(1), BindFlags(a.number(2)))
	case "plan_remount":
		op = plan.Remount(a.text(0), RemountFlags(a.number(1)))
	case "plan_tmpfs":
		op = plan.Tmpfs(a.text(0), a.number(1), a.mode(2), TmpfsFlags(a.number(3)))
	case "plan_proc":
		op = plan.Proc(a.text(0), ProcFlags(a.number(1)))
	case "plan_sysfs":
		op = plan.Sysfs(a.text(0))
	case "plan_devpts":
		op = plan.Devpts(a.text(0))
	case "plan_mqueue":
		op = plan.Mqueue(a.text(0))
	case "plan_bpf":
		op = plan.Bpf(a.text(0))
	case "plan_ramfs":
		op = plan.Ramfs(a.text(0))
	case "plan_dev":
		op = plan.Dev(a.text(0), DevFlags(a.number(1)))
	case "plan_overlay":
		op = plan.Overlay(a.text(0), OverlayFlags(a.number(1)))
	case "plan_dir":
		op = plan.Dir(a.text(0), a.mode(1))
	case "plan_file":
		op = plan.File(a.text(0), []byte(a.text(1)), a.mode(2), FileFlags(a.number(3)))
	case "plan_symlink":
		op = plan.Symlink(a.text(0), a.text(1), SymlinkFlags(a.number(2)))
	case "plan_chmod":
		op = plan.Chmod(a.text(0), a.mode(1))
	case "plan_mask":
		op = plan.Mask(a.text(0))
	case "plan_propagation":
		op = plan.Propagation(a.text(0), Propagation(a.number(1)))
	case "plan_move":
		op = plan.Move(a.text(0), a.text(1))
	case "plan_unmount":
		op = plan.Unmount(a.text(0))
	case "plan_root":
		op = plan.Root(a.text(0), BindFlags(a.number(1)))
	case "plan_etc":
		op = plan.Etc(a.text(0), a.text(1))
	default:
		panic("no method for " + name)
	}
	return op
}

// callOp makes one call that tells an op more.
func callOp(op Op, name string, a arguments) {
	switch name {
	case "op_set_attrs":
		op.Attributes(Attributes(a.number(0)), Attributes(a.number(1)))
	case "op_set_symlinks":
		op.Symlinks(Symlinks(a.number(0)))
	case "op_set_source_path":
		op.SourcePath(a.text(0))
	case "op_set_inodes":
		op.Inodes(a.number(0))
	case "op_add_layer":
		op.Layer(a.text(0))
	case "op_add_data_layer":
		op.DataLayer(a.text(0))
	case "op_set_upper":
		op.Upper(a.text(0), a.text(1))
	default:
		panic("no method for " + name)
	}
}

func build(plan *Plan, calls [][]interface{}) {
	var op Op
	for _, call := range calls {
		name, a := call[0].(string), arguments(call[1:])
		if strings.HasPrefix(name, "op_") {
			callOp(op, name, a)
		} else {
			op = callPlan(plan, name, a)
		}
	}
}

func opAsVector(op OpInfo) opVector {
	layers := op.Layers
	if layers == nil {
		layers = []string{}
	}
	return opVector{
		Kind: uint32(op.Kind), Name: op.Kind.String(), Source: op.Source, Target: op.Target, Mode: op.Mode, Symlinks: uint32(op.Symlinks),
		Flags: op.Flags, Size: op.Size, AttrsSet: uint64(op.Attributes), AttrsClear: uint64(op.ClearedAttributes), Layers: layers,
	}
}

func errorAsVector(from string, e *Error) errorVector {
	return errorVector{
		From: from, Errno: int(e.Errno), Kind: int(e.Kind), Stage: int(e.Stage), Op: e.Op, OpName: e.OpName, Call: e.Call, Source: e.Source,
		Target: e.Target, Path: e.Path, Detail: e.Detail, Hint: e.Hint, Message: e.Message,
	}
}

func TestPlansAreWhatTheirVectorsSay(t *testing.T) {
	files, err := filepath.Glob("../../tests/vectors/plans/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { checkPlan(t, file) })
	}
}

func checkPlan(t *testing.T, file string) {
	var vector planVector
	readJSON(t, file, &vector)
	plan := NewPlan()
	defer plan.Close()
	build(plan, vector.Calls)
	if vector.Error != nil {
		checkFailure(t, plan, *vector.Error)
		return
	}
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
	ops := []opVector{}
	for _, op := range plan.Ops() {
		ops = append(ops, opAsVector(op))
	}
	if !reflect.DeepEqual(ops, vector.Ops) {
		t.Errorf("%+v\ninstead of\n%+v", ops, vector.Ops)
	}
	for _, backend := range []Backend{BackendDetached, BackendFD, BackendClassic} {
		if expected, ok := vector.Explain[backend.String()]; ok {
			checkSteps(t, plan, backend, expected)
		}
	}
}

func checkFailure(t *testing.T, plan *Plan, expected errorVector) {
	err := plan.Err()
	if expected.From != "add" {
		if err != nil {
			t.Fatal(err)
		}
		err = plan.Validate()
	}
	if expected.From == "explain" {
		if err != nil {
			t.Fatal(err)
		}
		_, err = plan.Explain(nil)
	}
	if got := errorAsVector(expected.From, errorIn(t, err)); got != expected {
		t.Errorf("%+v\ninstead of\n%+v", got, expected)
	}
}

// checkSteps compares the steps that set attributes, unless this kernel does not have the backend.
func checkSteps(t *testing.T, plan *Plan, backend Backend, expected [][]interface{}) {
	trace, err := plan.Explain(&PrepareOptions{Backend: backend})
	if err != nil {
		if e := errorIn(t, err); e.Kind != ErrorUnsupported {
			t.Error(e)
		}
		return
	}
	var steps, wanted []string
	for _, step := range trace.Steps {
		if step.Attributes != 0 {
			steps = append(steps, fmt.Sprintf("%d %q %q %q %q %d", step.Op, step.OpName, step.Call, step.Source, step.Target, step.Attributes))
		}
	}
	for _, step := range expected {
		a := arguments(step)
		wanted = append(wanted, fmt.Sprintf("%s %q %q %q %q %d", a[0], a.text(1), a.text(2), a.text(3), a.text(4), a.number(5)))
	}
	if !reflect.DeepEqual(steps, wanted) {
		t.Errorf("%v:\n%s\ninstead of\n%s", backend, strings.Join(steps, "\n"), strings.Join(wanted, "\n"))
	}
}
