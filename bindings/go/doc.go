// SPDX-License-Identifier: MIT

// Package mountplan describes the root file system of a sandbox as a mount plan and gets it mounted exactly as described, or not at all.
//
// A [Plan] is an ordered list of ops, and building one touches nothing. The first op that is refused makes every later use of the plan
// fail with that error, so that ops can be added one after another without a check after each:
//
//	plan := mountplan.NewPlan()
//	defer plan.Close()
//	plan.Bind("/usr", "/usr", 0) // read-only, nosuid, nodev
//	plan.Tmpfs("/tmp", 0, 0o1777, 0)
//	plan.Proc("/proc", 0)
//	plan.Dev("/dev", 0)
//	spawn := mountplan.Spawn{Args: []string{"/usr/bin/ls", "/"}, Namespaces: mountplan.NamespaceUser | mountplan.NamespacePID}
//	process, err := spawn.Start(plan)
//
// [Spawn] works from any goroutine. Applying a plan ([Prepared.Apply]) and the functions that mount without a plan concern the mount
// namespace of the calling thread: lock the goroutine to its thread first, see [runtime.LockOSThread].
//
// Objects with a Close method own memory and descriptors outside of Go. What is not closed is closed some time after it became unreachable.
// One goroutine at a time may use an object, but a [Table] and a [Tree], which never change, and a [Process].
//
// The reference for each op is the comment of its C function in <mountplan/plan.h>.
package mountplan
