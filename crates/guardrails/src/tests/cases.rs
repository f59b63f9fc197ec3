//! Commands by family: what must be seen in them, and what must not.

use super::{has, lines};

/// Prints the effects of commands in a file, for people who work on this crate.
#[test]
#[ignore = "a tool for people: set COMMANDS to a file of commands, one a line"]
fn print_effects() {
    let file = std::env::var("COMMANDS").expect("COMMANDS names a file");
    for command in std::fs::read_to_string(file).expect("the file can be read").lines() {
        println!("$ {command}");
        for line in lines(command.replace("\\n", "\n").as_bytes()) {
            println!("    {line}");
        }
    }
    assert!(!has(&[], "nothing"));
}
