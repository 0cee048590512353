// SPDX-License-Identifier: MIT

// Parses the files it is given (SHAPE-COUNT, made by bench_generate) with github.com/moby/sys/mountinfo and prints what Google Benchmark
// would: the median seconds per mount of several passes over each.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"time"

	"github.com/moby/sys/mountinfo"
)

// Times runs of the parser for about a tenth of a second and gives the seconds that one took.
func measure(text []byte) float64 {
	runs := 0
	start := time.Now()
	for time.Since(start) < 100*time.Millisecond {
		mounts, err := mountinfo.GetMountsFromReader(bytes.NewReader(text), nil)
		if err != nil || len(mounts) != bytes.Count(text, []byte("\n")) {
			fmt.Fprintln(os.Stderr, "it was not read:", err)
			os.Exit(1)
		}
		runs++
	}
	return time.Since(start).Seconds() / float64(runs)
}

func main() {
	var lines []string
	for _, path := range os.Args[1:] {
		text, err := os.ReadFile(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		var times []float64
		for i := 0; i < 5; i++ {
			times = append(times, measure(text))
		}
		sort.Float64s(times)
		mounts := float64(bytes.Count(text, []byte("\n")))
		name := "moby/" + strings.Replace(filepath.Base(path), "-", "/", 1)
		lines = append(lines, fmt.Sprintf(`{"run_name": %q, "aggregate_name": "median", "per_mount": %e}`, name, times[2]/mounts))
	}
	fmt.Printf("{\"benchmarks\": [\n%s\n]}\n", strings.Join(lines, ",\n"))
}
