// SPDX-License-Identifier: MIT
// Explaining and preparing: options, events, and what the library refuses.

package mountplan

import (
	"errors"
	"reflect"
	"strings"
	"syscall"
	"testing"
)

func somePlan(t *testing.T) *Plan {
	plan := NewPlan()
	t.Cleanup(func() { plan.Close() })
	plan.Bind("/usr", "/usr", 0)
	plan.Tmpfs("/tmp", 0, 0o1777, 0)
	return plan
}

func TestATraceHasTheStepsAsEventsAndAsText(t *testing.T) {
	var told []Event
	event := func(event Event) bool {
		told = append(told, event)
		return true
	}
	trace, err := somePlan(t).Explain(&PrepareOptions{Event: event})
	if err != nil {
		t.Fatal(err)
	}
	if len(trace.Steps) == 0 || !reflect.DeepEqual(told, trace.Steps) {
		t.Errorf("told %d steps of %d", len(told), len(trace.Steps))
	}
	binds := 0
	for _, step := range trace.Steps {
		if !strings.Contains(trace.Text, step.Text) {
			t.Errorf("%q is not in the text", step.Text)
		}
		if step.Op == 0 && step.OpName == "bind" && step.Source == "/usr" && step.Target == "/usr" {
			binds++
		}
	}
	if binds == 0 {
		t.Error("no step of the bind")
	}
}

func TestABackendCanBeForced(t *testing.T) {
	trace, err := somePlan(t).Explain(&PrepareOptions{Backend: BackendClassic})
	if err != nil || trace.Backend != BackendClassic || trace.Backend.String() != "classic" {
		t.Error(trace, err)
	}
}

func TestTheRootIsAPathOrAFileAndNotBoth(t *testing.T) {
	plan, directory := somePlan(t), open(t, "/usr")
	if _, err := plan.Explain(&PrepareOptions{RootFile: directory}); err != nil {
		t.Error(err)
	}
	_, err := plan.Explain(&PrepareOptions{Root: "/usr", RootFile: directory})
	if e := errorIn(t, err); e.Kind != ErrorArgument {
		t.Error(e)
	}
}

func TestAnEventFunctionCanStopTheWork(t *testing.T) {
	told := 0
	event := func(Event) bool {
		told++
		return false
	}
	_, err := somePlan(t).Prepare(&PrepareOptions{Root: "/usr", Event: event})
	if e := errorIn(t, err); e.Kind != ErrorCallback || !errors.Is(e, syscall.ECANCELED) || told != 1 {
		t.Error(e, told)
	}
}

func TestPreparingOutlivesThePlanAndChangesNothing(t *testing.T) {
	plan := somePlan(t)
	prepared, err := plan.Prepare(&PrepareOptions{Root: "/usr"})
	if err != nil {
		t.Fatal(err)
	}
	plan.Close()
	features, err := ReadFeatures()
	if err != nil || prepared.Backend() != features.Backend || len(prepared.Created()) != 0 {
		t.Error(prepared.Backend(), features, err)
	}
	prepared.Close()
	prepared.Close()
	if err := prepared.Apply(); err == nil {
		t.Error("applied after it was closed")
	}
}

func TestFeaturesSayWhatIsNeededForWhat(t *testing.T) {
	features, err := ReadFeatures()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, feature := range features.All {
		names[feature.Name] = feature.Needed != ""
	}
	if !names["open_tree"] || !names["mount_setattr"] {
		t.Error(names)
	}
}

func TestThePureFunctions(t *testing.T) {
	if !strings.HasPrefix(Version(), "0.") || ParentMode(0o700) != 0o700 || ParentMode(0o644) != 0o755 {
		t.Error(Version(), ParentMode(0o700), ParentMode(0o644))
	}
	if escaped := OverlayEscape("/a:b,c"); escaped != `/a\:b\,c` {
		t.Error(escaped)
	}
	if escaped := OverlayEscape(""); escaped != "" {
		t.Error(escaped)
	}
}
