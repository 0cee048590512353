// SPDX-License-Identifier: MIT
#include <iostream>
#include <mountplan.hpp>

int main() {
  try {
    mountplan::Plan plan;
    for (const char *programs : {"/usr", "/bin", "/lib", "/lib64"}) {
      // Read-only, nosuid, nodev.
      plan.bind(programs, programs, MPLAN_BIND_OPTIONAL);
    }
    plan.tmpfs("/tmp", 0, 01777);
    plan.proc("/proc");
    plan.dev("/dev");

    mountplan::Spawn spawn;
    spawn.set_argv({"/bin/ls", "-l", "/"})
        .set_namespaces(MPLAN_NAMESPACE_USER | MPLAN_NAMESPACE_PID);
    return spawn.start(plan).wait().code;
  } catch (const mountplan::Error &error) {
    std::cerr << "first: " << error.what() << '\n';
    return 125;
  }
}
