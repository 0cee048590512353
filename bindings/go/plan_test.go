// SPDX-License-Identifier: MIT
// Plans: each op has its method, what was added can be looked at, and what is forgotten is closed.

package mountplan

import (
	"errors"
	"io"
	"os"
	"reflect"
	"runtime"
	"syscall"
	"testing"
)

func open(t *testing.T, path string) *os.File {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

func TestEachMethodAddsTheOpOfItsName(t *testing.T) {
	plan := NewPlan()
	defer plan.Close()
	directory := open(t, "/")
	cases := []struct {
		op   Op
		kind OpKind
	}{
		{plan.Bind("/usr", "/usr", BindOptional), OpBind},
		{plan.BindFile(directory, "/all", 0), OpBind},
		{plan.Remount("/usr", RemountRecursive), OpRemount},
		{plan.Tmpfs("/tmp", 4096, 0o1777, 0), OpTmpfs},
		{plan.Proc("/proc", 0), OpProc},
		{plan.Sysfs("/sys"), OpSysfs},
		{plan.Devpts("/pts"), OpDevpts},
		{plan.Mqueue("/queue"), OpMqueue},
		{plan.Bpf("/bpf"), OpBpf},
		{plan.Ramfs("/ram"), OpRamfs},
		{plan.Dev("/dev", DevMqueue), OpDev},
		{plan.Overlay("/data", OverlayReadonly), OpOverlay},
		{plan.Dir("/dir", 0o750), OpDir},
		{plan.File("/file", []byte("content"), 0o444, 0), OpFile},
		{plan.FileFrom(directory, "/copy", 0o444, 0), OpFile},
		{plan.Symlink("file", "/link", 0), OpSymlink},
		{plan.Chmod("/dir", 0o700), OpChmod},
		{plan.Mask("/file"), OpMask},
		{plan.Propagation("/usr", PropagationPrivate|PropagationRecursive), OpPropagation},
		{plan.Move("/ram", "/moved"), OpMove},
		{plan.Unmount("/moved"), OpUnmount},
		{plan.Root("/", 0), OpRoot},
		{plan.Etc("", "host"), OpEtc},
	}
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
	ops := plan.Ops()
	if len(ops) != len(cases) {
		t.Fatalf("%d ops", len(ops))
	}
	for i, c := range cases {
		if c.op.Index() != i || ops[i].Kind != c.kind {
			t.Errorf("op %d is %v", i, ops[i].Kind)
		}
	}
}

func TestOpsAreShownAsTheyWereAdded(t *testing.T) {
	plan := NewPlan()
	defer plan.Close()
	plan.Bind("source", "//a/./b", BindWritable|BindDevice)
	plan.Tmpfs("/tmp", 4096, 0o750, 0).Attributes(AttrNoexec, AttrNodev).Symlinks(SymlinksFollow).Inodes(100)
	plan.Overlay("/data", 0).Layer("/a").LayerFile(open(t, "/")).Upper("/up", "/work")
	if err := plan.Err(); err != nil {
		t.Fatal(err)
	}
	expected := []OpInfo{
		{Kind: OpBind, Target: "/a/b", Source: "source", Flags: uint64(BindWritable | BindDevice), Attributes: AttrNosuid},
		{Kind: OpTmpfs, Target: "/tmp", Mode: 0o750, Size: 4096, Attributes: AttrNosuid | AttrNoexec, ClearedAttributes: AttrNodev, Symlinks: SymlinksFollow},
		{Kind: OpOverlay, Target: "/data", Source: "/up", Attributes: AttrNosuid | AttrNodev, Layers: []string{"/a", ""}},
	}
	for i, op := range plan.Ops() {
		if !reflect.DeepEqual(op, expected[i]) {
			t.Errorf("%+v\ninstead of\n%+v", op, expected[i])
		}
	}
}

func TestTheFirstRefusedOpIsTheErrorOfThePlan(t *testing.T) {
	plan := NewPlan()
	defer plan.Close()
	plan.Dir("/dir", 0o755)
	if op := plan.Dir("relative", 0o755); op.Index() != -1 {
		t.Errorf("index %d", op.Index())
	}
	plan.Dir("/other", 0o755).Layer("/a")
	first := plan.Err()
	_, ofExplain := plan.Explain(nil)
	_, ofPrepare := plan.Prepare(nil)
	_, ofStart := (&Spawn{Args: []string{"/bin/true"}}).Start(plan)
	for _, err := range []error{plan.Validate(), ofExplain, ofPrepare, ofStart} {
		if err != first || errorIn(t, err).Kind != ErrorArgument {
			t.Error(err)
		}
	}
	if n := len(plan.Ops()); n != 1 {
		t.Errorf("%d ops", n)
	}
}

func TestWhatDoesNotFitAnOpIsAnError(t *testing.T) {
	plan := NewPlan()
	defer plan.Close()
	plan.Dir("/dir", 0o755).Layer("/a")
	if !errors.Is(plan.Err(), syscall.EOPNOTSUPP) {
		t.Error(plan.Err())
	}
}

func TestPathsAreBytes(t *testing.T) {
	plan := NewPlan()
	defer plan.Close()
	name := "/\xff\xfe,:\\\n"
	plan.Bind(name, name, 0)
	if op := plan.Ops()[0]; op.Source != name || op.Target != name {
		t.Errorf("%q %q", op.Source, op.Target)
	}
}

func TestValidateNamesTheOpThatContradicts(t *testing.T) {
	plan := NewPlan()
	defer plan.Close()
	plan.Overlay("/data", 0)
	if e := errorIn(t, plan.Validate()); e.Kind != ErrorValidation || e.Op != 0 {
		t.Errorf("%+v", e)
	}
}

func TestClosedObjectsAreErrorsAndNotCrashes(t *testing.T) {
	plan := NewPlan()
	plan.Close()
	plan.Close()
	plan.Dir("/dir", 0o755)
	if plan.Err() == nil {
		t.Error("a closed plan took an op")
	}
	table, err := ParseTable(nil)
	if err != nil {
		t.Fatal(err)
	}
	table.Close()
	table.Close()
	if _, err := table.Unfold("", 0); err == nil || table.Len() != 0 {
		t.Error("a closed table was unfolded")
	}
}

func TestAPlanThatIsForgottenIsClosed(t *testing.T) {
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	NewPlan().FileFrom(writer, "/file", 0o444, 0)
	writer.Close()
	// The pipe ends when the plan's own descriptor is closed.
	ended := make(chan struct{})
	go func() {
		io.Copy(io.Discard, reader)
		close(ended)
	}()
	for {
		select {
		case <-ended:
			return
		default:
			runtime.GC()
		}
	}
}
