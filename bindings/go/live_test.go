// SPDX-License-Identifier: MIT
// Real mounts: each test that needs a mount namespace has one of its own, made private, and an empty tmpfs to work in.

package mountplan

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"sync"
	"syscall"
	"testing"
)

// live gives the test a thread with a mount namespace of its own, which ends with the test, and returns the path of an empty tmpfs in it.
// Where that is not allowed the test is skipped; with MOUNTPLAN_REQUIRE_LIVE=1 in the environment it fails.
func live(t *testing.T) string {
	t.Helper()
	place := t.TempDir()
	runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
	err := syscall.Unshare(syscall.CLONE_NEWNS)
	if err == nil {
		err = syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
	}
	if err == nil {
		err = syscall.Mount("tmpfs", place, "tmpfs", 0, "")
	}
	if err != nil {
		needLive(t, err)
	}
	t.Cleanup(func() { syscall.Unmount(place, syscall.MNT_DETACH) })
	return place
}

func needLive(t *testing.T, err error) {
	t.Helper()
	if os.Getenv("MOUNTPLAN_REQUIRE_LIVE") == "1" {
		t.Fatal(err)
	}
	t.Skip("no namespaces: ", err)
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	for _, err := range errs {
		if err != nil {
			t.Fatal(err)
		}
	}
}

func directories(t *testing.T, place string) (source, root string) {
	source, root = filepath.Join(place, "source"), filepath.Join(place, "root")
	must(t, os.Mkdir(source, 0o755), os.Mkdir(root, 0o755), os.WriteFile(filepath.Join(source, "file"), []byte("content"), 0o644))
	return source, root
}

func contentOf(t *testing.T, path ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(path...))
	must(t, err)
	return string(content)
}

func write(path ...string) error { return os.WriteFile(filepath.Join(path...), []byte("other"), 0o644) }

func prepare(t *testing.T, plan *Plan, options PrepareOptions) *Prepared {
	t.Helper()
	prepared, err := plan.Prepare(&options)
	must(t, err)
	t.Cleanup(func() { prepared.Close() })
	return prepared
}

func TestLiveWhatIsAppliedIsWhatThePlanSays(t *testing.T) {
	source, root := directories(t, live(t))
	plan := NewPlan()
	plan.Bind(source, "/data", 0)
	plan.Tmpfs("/tmp", 0, 0o1777, 0)
	prepared := prepare(t, plan, PrepareOptions{Root: root, Flags: PrepareVerify})
	must(t, prepared.Apply())
	if content := contentOf(t, root, "data/file"); content != "content" {
		t.Error(content)
	}
	if err := write(root, "data/file"); !errors.Is(err, syscall.EROFS) {
		t.Error(err)
	}
	must(t, write(root, "tmp/file"))
	table, err := ReadTable(0)
	must(t, err)
	tree, err := table.Unfold(filepath.Join(root, "data"), 0)
	must(t, err)
	if asked := AttrRdonly | AttrNosuid | AttrNodev; tree.Mount(tree.Nodes[0]).Attributes&asked != asked {
		t.Errorf("%+v", tree.Mount(tree.Nodes[0]))
	}
	if e := errorIn(t, prepared.Apply()); e.Kind != ErrorState {
		t.Error(e)
	}
}

func TestLiveAFileIsAsGoodAsAPath(t *testing.T) {
	place := live(t)
	source, root := directories(t, place)
	plan := NewPlan()
	plan.BindFile(open(t, source), "/data", 0)
	must(t, os.Rename(source, filepath.Join(place, "elsewhere")))
	must(t, prepare(t, plan, PrepareOptions{RootFile: open(t, root)}).Apply())
	if content := contentOf(t, root, "data/file"); content != "content" {
		t.Error(content)
	}
}

func TestLiveAnOpThatFailsLeavesTheMountsAsTheyWere(t *testing.T) {
	source, root := directories(t, live(t))
	plan := NewPlan()
	plan.Bind(source, "/data", 0)
	plan.Proc("/data/file", 0)
	prepared := prepare(t, plan, PrepareOptions{Root: root})
	before := contentOf(t, "/proc/thread-self/mountinfo")
	if e := errorIn(t, prepared.Apply()); e.Op != 1 || e.Stage != StageApply || e.Left != 0 {
		t.Errorf("%+v", e)
	}
	if after := contentOf(t, "/proc/thread-self/mountinfo"); after != before {
		t.Error(after)
	}
}

func TestLiveWhatWasMadeInATreeOfTheCallerIsNamed(t *testing.T) {
	source, root := directories(t, live(t))
	plan := NewPlan()
	plan.SetFlags(PlanCreate)
	plan.SetParentMode(0o755)
	plan.Bind(source, "/new", 0)
	prepared := prepare(t, plan, PrepareOptions{Root: root, Flags: PrepareInPlace})
	must(t, prepared.Apply())
	if created := prepared.Created(); !reflect.DeepEqual(created, []string{"/new"}) {
		t.Error(created)
	}
}

func TestLiveEventsAreToldOfApplying(t *testing.T) {
	_, root := directories(t, live(t))
	plan := NewPlan()
	plan.Tmpfs("/tmp", 0, 0o1777, 0)
	told := 0
	prepared := prepare(t, plan, PrepareOptions{Root: root, Event: func(event Event) bool {
		told++
		return true
	}})
	before := told
	must(t, prepared.Apply())
	if before == 0 || told == before {
		t.Error(before, told)
	}
}

func TestLiveSingleMountsNeedNoPlan(t *testing.T) {
	source, root := directories(t, live(t))
	data := filepath.Join(root, "data")
	must(t, MountTmpfs(root, 0, 0o755, AttrNoexec), os.Mkdir(data, 0o755), MountBind(source, data, BindWritable))
	must(t, write(data, "file"), MountRemount(data, 0))
	if err := write(data, "file"); !errors.Is(err, syscall.EROFS) {
		t.Error(err)
	}
}

// host is everything of the host, read-only.
func host(t *testing.T) *Plan {
	plan := NewPlan()
	plan.Bind("/", "/", 0)
	t.Cleanup(func() { plan.Close() })
	return plan
}

func shell(script string) *Spawn {
	return &Spawn{Args: []string{"/bin/sh", "-c", script}, Namespaces: NamespaceUser | NamespacePID | NamespaceUTS}
}

// start starts a program; the test is skipped, or fails, where namespaces are not to be had.
func start(t *testing.T, spawn *Spawn) *Process {
	t.Helper()
	process, err := spawn.Start(host(t))
	if e := (*Error)(nil); errors.As(err, &e) && e.Stage == StageNone && errors.Is(err, fs.ErrPermission) {
		needLive(t, err)
	}
	must(t, err)
	t.Cleanup(func() { process.Close() })
	return process
}

func wait(t *testing.T, process *Process) Exit {
	t.Helper()
	exit, err := process.Wait()
	must(t, err)
	return exit
}

func TestLiveAProgramHasWhatItWasGiven(t *testing.T) {
	reader, writer, err := os.Pipe()
	must(t, err)
	spawn := shell("pwd; echo $NAME; uname -n; echo five >&5")
	spawn.Env, spawn.Dir, spawn.Hostname = []string{"NAME=value"}, "/usr", "sandbox"
	spawn.Files = map[int]*os.File{1: writer, 5: writer}
	process := start(t, spawn)
	writer.Close()
	said, err := io.ReadAll(reader)
	must(t, err)
	if string(said) != "/usr\nvalue\nsandbox\nfive\n" {
		t.Errorf("%q", said)
	}
	if exit := wait(t, process); exit != (Exit{}) {
		t.Error(exit)
	}
}

func TestLiveHowAProgramEndedIsToldEachTime(t *testing.T) {
	process := start(t, shell("exit 7"))
	for i := 0; i < 2; i++ {
		if exit := wait(t, process); exit != (Exit{Code: 7}) {
			t.Error(exit)
		}
	}
	if err := process.Signal(syscall.SIGTERM); !errors.Is(err, syscall.ESRCH) {
		t.Error(err)
	}
}

func TestLiveAProgramCanBeKilledWhileItIsWaitedFor(t *testing.T) {
	process := start(t, shell("exec sleep 1000"))
	waited := make(chan Exit)
	go func() {
		exit, _ := process.Wait()
		waited <- exit
	}()
	must(t, process.Signal(syscall.SIGKILL))
	if exit := <-waited; exit != (Exit{Code: 128 + 9, Signal: syscall.SIGKILL}) {
		t.Error(exit)
	}
}

func TestLiveAProgramThatIsNotThereIsAnErrorOfStart(t *testing.T) {
	start(t, shell("exit 0")) // or skip
	_, err := (&Spawn{Args: []string{"/no such program"}, Namespaces: NamespaceUser}).Start(host(t))
	if e := errorIn(t, err); e.Call != "execve" || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%+v", e)
	}
}

func TestLiveIdsAreMapped(t *testing.T) {
	spawn := shell("test $(id -u):$(id -g) = 10:20")
	spawn.UIDMap = []IDRange{{Inside: 10, Outside: uint32(os.Getuid()), Count: 1}}
	spawn.GIDMap = []IDRange{{Inside: 20, Outside: uint32(os.Getgid()), Count: 1}}
	spawn.IDs = &IDs{10, 20}
	if exit := wait(t, start(t, spawn)); exit.Code != 0 {
		t.Error(exit)
	}
}

func TestLiveCapabilitiesAreKept(t *testing.T) {
	keep := uint64(1 << 21)
	spawn := shell(fmt.Sprintf("grep -q '^CapEff:.0*%x$' /proc/self/status", keep))
	spawn.Capabilities = &keep
	if exit := wait(t, start(t, spawn)); exit.Code != 0 {
		t.Error(exit)
	}
}

func TestLiveSpawnWorksFromManyGoroutinesAtOnce(t *testing.T) {
	start(t, shell("exit 0")) // or skip
	var group sync.WaitGroup
	for i := 0; i < 16; i++ {
		code := i
		group.Add(1)
		go func() {
			defer group.Done()
			own := NewPlan()
			defer own.Close()
			own.Bind("/", "/", 0)
			process, err := shell(fmt.Sprint("exit ", code)).Start(own)
			if err != nil {
				t.Error(err)
				return
			}
			defer process.Close()
			if exit, err := process.Wait(); err != nil || exit.Code != code {
				t.Error(exit, err)
			}
		}()
	}
	group.Wait()
}
