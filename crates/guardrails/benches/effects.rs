//! A shell command to its effects, nothing looked up.

use criterion::{Criterion, Throughput};
use protocol::facts::{Base, Blind};
use protocol::{AbsPath, Facts};
use std::fmt::Write;
use std::hint::black_box;
use taffrail_guardrails::{Knowledge, shell_effects};

/// A script of 200 lines without one that is empty, a comment or alone on its work: lists, loops, pipes, substitutions,
/// redirections and variables.
fn dense() -> String {
    let mut script = String::from("set -euo pipefail\nOUT=\"${OUT:-build}\"\n");
    for number in 0..33 {
        write!(
            script,
            "mkdir -p \"$OUT/part{number}\" && cp -r src/part{number}/. \"$OUT/part{number}/\"\n\
             for f in \"$OUT\"/part{number}/*.ts; do sed -i \"s/@VERSION@/$(git describe --tags)/\" \"$f\" || exit 1; done\n\
             if [ -n \"${{CI:-}}\" ]; then npm ci --prefix part{number}; else npm install --prefix part{number}; fi\n\
             find part{number} -name '*.map' -newer stamp -exec rm -f {{}} + 2>/dev/null\n\
             grep -rl 'TODO({number})' src | sort | uniq -c | head -{number} > \"$OUT/todo{number}.txt\"\n\
             tar -czf \"$OUT/part{number}.tgz\" -C \"$OUT\" part{number} && sha256sum \"$OUT/part{number}.tgz\" >> sums\n"
        )
        .expect("writing to a string does not fail");
    }
    script
}

/// The shape that takes longest of all that the tests of parser and evaluator know: each folder is one level deeper.
const SLOWEST: &str = "cd a;";

/// As much of it as the parser reads.
fn worst() -> String {
    SLOWEST.repeat((64 << 10) / SLOWEST.len())
}

fn main() {
    let base = Base {
        cwd: AbsPath::normal(b"/home/ana/shop"),
        home: Some(AbsPath::normal(b"/home/ana")),
        workspace: vec![AbsPath::normal(b"/home/ana/shop")],
        user: Some("ana".to_owned()),
        temporary: Vec::new(),
        own_files: Vec::new(),
        case_sensitive: true,
    };
    let facts = Facts { base: &base, look: &Blind };
    let knowledge = Knowledge::builtin();
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut group = criterion.benchmark_group("effects");
    // One round of the worst takes half a second.
    group.sample_size(10);
    for (name, command) in
        [("git status", "git status".to_owned()), ("dense 200-line script", dense()), ("64 KiB worst shape", worst())]
    {
        let effects = || shell_effects(black_box(command.as_bytes()), facts, &knowledge);
        assert!(!effects().effects.is_empty(), "{name} has no effect");
        group.throughput(Throughput::Bytes(command.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(effects));
    }
    group.finish();
}
