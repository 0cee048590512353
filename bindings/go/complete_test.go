// SPDX-License-Identifier: MIT
// Nothing of the library is missing in this package.

package mountplan

import (
	"bufio"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// What a Go program does not need: memory and tables that Go looks after, what crosses a fork, which a Go program can not do, limits, names.
var notForGo = regexp.MustCompile(`^(mplan_(apply_in_child|prepared_error|process_pidfd|tree_table)|MPLAN_(FAILURE_SIZE|TABLE_MAX_.*|VERSION_.*|TYPE_.*|SOURCE_.*|OVERLAY_(LOWERDIR|UPPERDIR|WORKDIR|USERXATTR|ESCAPE|.*_SEPARATOR)))$`)

// The compiler reads the C headers, so that what is used is right; that nothing is missing is checked here.
func TestEverythingInTheLibraryIsUsed(t *testing.T) {
	var source strings.Builder
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		source.Write(text)
	}
	used := map[string]bool{}
	for _, match := range regexp.MustCompile(`C\.(?:struct_)?(\w+)`).FindAllStringSubmatch(source.String(), -1) {
		used[match[1]] = true
	}
	for _, name := range names(t) {
		if used[name] == notForGo.MatchString(name) {
			t.Errorf("%s: used is %v", name, used[name])
		}
	}
}

// names are those of the exported functions, and of the constants in the headers.
func names(t *testing.T) []string {
	headers, err := filepath.Glob("../../include/mountplan/*.h")
	if err != nil || len(headers) == 0 {
		t.Fatal(headers, err)
	}
	pattern := regexp.MustCompile(`^(?:  (MPLAN_\w+) = |#define (MPLAN_[A-Z_]+) +["0-9]|enum \{ (MPLAN_\w+) = |MPLAN_API .*?(mplan_\w+)\()`)
	var all []string
	for _, header := range headers {
		file := open(t, header)
		for lines := bufio.NewScanner(file); lines.Scan(); {
			if match := pattern.FindStringSubmatch(lines.Text()); match != nil {
				all = append(all, match[1]+match[2]+match[3]+match[4])
			}
		}
	}
	return all
}
