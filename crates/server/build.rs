//! How the release binary is linked, where the linker is known.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name, wanted| env::var(name).is_ok_and(|value| value == wanted);
    // Rust links with LLD on this target; the linkers of others may not know these.
    if is("TARGET", "x86_64-unknown-linux-gnu") && is("PROFILE", "release") {
        // Functions that came out the same are kept once: generic code is full of them.
        println!("cargo::rustc-link-arg-bins=-Wl,--icf=all");
        // Relocations take a bit each instead of 24 bytes, all of which are read at each start. The system's
        // libc must know of it: glibc does from 2.36 on.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}
