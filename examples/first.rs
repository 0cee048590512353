// SPDX-License-Identifier: MIT
use mountplan::{BindFlags, DevFlags, Error, Namespaces, Plan, ProcFlags, Spawn, TmpfsFlags};

fn sandbox() -> Result<i32, Error> {
    let mut plan = Plan::new()?;
    for programs in ["/usr", "/bin", "/lib", "/lib64"] {
        plan.bind(programs, programs, BindFlags::OPTIONAL)?; // read-only, nosuid, nodev
    }
    plan.tmpfs("/tmp", 0, 0o1777, TmpfsFlags::NONE)?;
    plan.proc("/proc", ProcFlags::NONE)?;
    plan.dev("/dev", DevFlags::NONE)?;
    let mut spawn = Spawn::new("/bin/ls");
    spawn.args(["-l", "/"]).namespaces(Namespaces::USER | Namespaces::PID);
    Ok(spawn.start(&plan)?.wait()?.code())
}

fn main() {
    let code = sandbox().unwrap_or_else(|error| {
        eprintln!("first: {:#}", error);
        125
    });
    std::process::exit(code);
}
