// SPDX-License-Identifier: MIT

package main

import (
	"fmt"
	"os"

	"mountplan"
)

func sandbox() (int, error) {
	plan := mountplan.NewPlan()
	defer plan.Close()
	for _, programs := range []string{"/usr", "/bin", "/lib", "/lib64"} {
		plan.Bind(programs, programs, mountplan.BindOptional) // read-only, nosuid, nodev
	}
	plan.Tmpfs("/tmp", 0, 0o1777, 0)
	plan.Proc("/proc", 0)
	plan.Dev("/dev", 0)
	spawn := mountplan.Spawn{
		Args:       []string{"/bin/ls", "-l", "/"},
		Namespaces: mountplan.NamespaceUser | mountplan.NamespacePID,
	}
	process, err := spawn.Start(plan)
	if err != nil {
		return 125, err
	}
	defer process.Close()
	exit, err := process.Wait()
	return exit.Code, err
}

func main() {
	code, err := sandbox()
	if err != nil {
		fmt.Fprintln(os.Stderr, "first:", err)
	}
	os.Exit(code)
}
