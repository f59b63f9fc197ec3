//! The program itself.

use crate::harness::TAFFRAIL;
use std::process::Command;

#[test]
fn the_program_asks_no_name_service() {
    // As it ships it is linked statically, where the C library's name service and converters would load plug-ins of
    // whatever version the machine has.
    const FORBIDDEN: [&str; 12] = [
        "getaddrinfo",
        "getnameinfo",
        "gethostby",
        "getpw",
        "getgrgid",
        "getgrnam",
        "getgrent",
        "getservby",
        "initgroups",
        "dlopen",
        "iconv",
        "wordexp",
    ];
    let output = Command::new("nm").args(["--dynamic", "--undefined-only", TAFFRAIL]).output().unwrap();
    let listing = String::from_utf8(output.stdout).unwrap();
    let names: Vec<_> = listing.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert!(names.iter().any(|name| name.starts_with("write")), "the list of imports is not to be read: {listing}");
    let found: Vec<_> = names.iter().filter(|name| FORBIDDEN.iter().any(|bad| name.starts_with(bad))).collect();
    assert!(found.is_empty(), "{found:?}");
}
