//! Runs a program to its end and writes its peak resident memory in KiB into the file that is named first.
//!
//! Linux carries the peak of the process that calls exec over to the program; so the one that starts it must be small,
//! which a bench with its figures in memory is not.
use std::os::raw::{c_int, c_long};

#[repr(C)]
struct Usage {
    user: [c_long; 2],
    system: [c_long; 2],
    peak: c_long,
    rest: [c_long; 13],
}

unsafe extern "C" {
    fn wait4(pid: c_int, status: *mut c_int, options: c_int, usage: *mut Usage) -> c_int;
}

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let (to, program) = (arguments.next().unwrap(), arguments.next().unwrap());
    let child = std::process::Command::new(program).args(arguments).spawn().unwrap();
    let mut usage = Usage { user: [0; 2], system: [0; 2], peak: 0, rest: [0; 13] };
    let mut status = 0;
    // SAFETY: both pointers are to live values, and `Usage` has the size and shape of Linux's `struct rusage`.
    let ended = unsafe { wait4(child.id() as c_int, &mut status, 0, &mut usage) };
    assert!(ended as u32 == child.id() && status == 0, "ended with {status}");
    std::fs::write(to, usage.peak.to_string()).unwrap();
}
