#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
import sys

import mountplan

try:
    with mountplan.Plan() as plan, mountplan.Spawn() as spawn:
        for programs in ("/usr", "/bin", "/lib", "/lib64"):
            plan.bind(programs, programs, mountplan.Bind.OPTIONAL)  # read-only, nosuid, nodev
        plan.tmpfs("/tmp", mode=0o1777)
        plan.proc("/proc")
        plan.dev("/dev")
        spawn.set_argv(["/bin/ls", "-l", "/"])
        spawn.set_namespaces(mountplan.Namespace.USER | mountplan.Namespace.PID)
        with spawn.start(plan) as process:
            sys.exit(process.wait().code)
except mountplan.MountPlanError as error:
    sys.exit(f"first: {error}")
