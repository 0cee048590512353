// SPDX-License-Identifier: MIT
//! Finds libmountplan by pkg-config, whose variables (PKG_CONFIG, PKG_CONFIG_PATH ...) work as everywhere.
use std::{env, process};

/// The oldest library that has everything declared here.
const OLDEST: &str = "mountplan >= 0.1";

fn pkg_config(arguments: &[&str]) -> String {
    let program = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_owned());
    let failed = |why: &str| -> ! {
        eprintln!("{} {}: {}", program, arguments.join(" "), why);
        eprintln!("libmountplan and its mountplan.pc are needed; PKG_CONFIG_PATH says where to look besides the system's places");
        process::exit(1)
    };
    match process::Command::new(&program).args(arguments).output() {
        Ok(done) if done.status.success() => String::from_utf8_lossy(&done.stdout).into_owned(),
        Ok(done) => failed(&String::from_utf8_lossy(&done.stderr)),
        Err(error) => failed(&error.to_string()),
    }
}

fn main() {
    for variable in ["PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR", "PKG_CONFIG_SYSROOT_DIR"] {
        println!("cargo:rerun-if-env-changed={}", variable);
    }
    println!("cargo:rerun-if-changed=build.rs");
    let linked_static = env::var_os("CARGO_FEATURE_STATIC").is_some();
    for flag in pkg_config(&["--libs", OLDEST]).split_whitespace() {
        if let Some(directory) = flag.strip_prefix("-L") {
            println!("cargo:rustc-link-search=native={}", directory);
        } else if let Some(library) = flag.strip_prefix("-l") {
            println!("cargo:rustc-link-lib={}={}", if linked_static { "static" } else { "dylib" }, library);
        }
    }
    // rustc looks for a static library itself, in no place but those named.
    let directory = pkg_config(&["--variable=libdir", "mountplan"]);
    if linked_static {
        println!("cargo:rustc-link-search=native={}", directory.trim());
    }
    // For crates that depend on this one: DEP_MOUNTPLAN_INCLUDE, where the C headers are.
    println!("cargo:include={}", pkg_config(&["--variable=includedir", "mountplan"]).trim());
}
