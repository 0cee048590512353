// SPDX-License-Identifier: MIT
//! What a spawn refuses before there is a child. Running programs is in tests/live.rs.
use mountplan::{ErrorKind, Namespaces, Plan, Spawn};

fn refused<'a>(set: impl FnOnce(&mut Spawn<'a>)) -> mountplan::Error {
    let mut spawn = Spawn::new("/bin/true");
    spawn.namespaces(Namespaces::USER);
    set(&mut spawn);
    spawn.start(&Plan::new().unwrap()).unwrap_err()
}

#[test]
fn arguments_are_checked() {
    let input = std::io::stdin();
    let errors = [
        refused(|spawn| _ = spawn.current_dir("relative")),
        refused(|spawn| _ = spawn.host_name("x".repeat(65))),
        refused(|spawn| _ = spawn.namespaces(Namespaces::from_bits(1 << 60))),
        refused(|spawn| _ = spawn.map_uids(0, 0, 0)),
        refused(|spawn| _ = spawn.fd(&input, -1)),
    ];
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Argument, "{}", error);
    }
}
