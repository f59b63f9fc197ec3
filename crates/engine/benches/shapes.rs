//! How long the worst texts take to judge: each named shape at 16, 32 and 64 KiB, and a search for slower ones.
//!
//! `cargo bench -p taffrail-engine --bench shapes -- [--seconds N] [--seed N] [KIND]`

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]
#![expect(clippy::expect_used, reason = "a bench ends where it cannot measure")]

#[path = "../tests/it/shapes/kind.rs"]
mod kind;
#[path = "../tests/it/shapes/measure.rs"]
mod measure;
#[path = "../tests/it/shapes/named.rs"]
mod named;
#[path = "../tests/it/shapes/search.rs"]
mod search;

use kind::Kind;
use measure::{Cost, Judge, now, since};
use named::named;
use protocol::verdict::Action;
use search::Search;
use std::time::{Duration, Instant};

const KIB: usize = 1024;
/// What 64 KiB may cost.
const WANTED: Duration = Duration::from_millis(5);
/// What is shown of each table.
const SHOWN: usize = 40;

fn main() {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let (mut seconds, mut seed, mut kind) = (20, 1, None);
    while let Some(argument) = arguments.next() {
        let mut number = || arguments.next().and_then(|text| text.parse::<u64>().ok()).expect("a number follows");
        match argument.as_str() {
            "--seconds" => seconds = number(),
            "--seed" => seed = number(),
            _ => kind = Some(argument),
        }
    }
    let wanted = |of: Kind| kind.as_deref().is_none_or(|kind| format!("{of:?}").eq_ignore_ascii_case(kind));
    let judge = Judge::new();
    let mut rows: Vec<Row> = named()
        .filter(|shape| wanted(shape.kind))
        .map(|shape| row(&judge, shape.kind, shape.name(), &|size| shape.text(size)))
        .collect();
    println!("{} named shapes", rows.len());
    show(&mut rows);
    let mut found = Vec::new();
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut search = Search::new(seed);
    let mut tried = 0_u64;
    while Instant::now() < until {
        let tried_one = search.next();
        if !wanted(tried_one.kind) {
            continue;
        }
        tried += 1;
        let cost = judge.judged(tried_one.kind, &tried_one.text(16 * KIB), 1, WANTED);
        search.learn(&tried_one, cost);
        // More than a quarter of what 64 KiB may cost.
        if cost > WANTED / 4 && found.len() < 400 {
            found.push(row(&judge, tried_one.kind, tried_one.name(), &|size| tried_one.text(size)));
        }
    }
    println!("\n{tried} texts tried with seed {seed}, {} slow at 16 KiB", found.len());
    show(&mut found);
}

struct Row {
    name: String,
    sizes: [Duration; 3],
    steps: Cost,
    /// With the search for secrets.
    whole: Duration,
    action: Action,
    /// KiB that judging 64 KiB takes for itself.
    memory: u64,
}

fn row(judge: &Judge, kind: Kind, name: String, text: &dyn Fn(usize) -> String) -> Row {
    let sizes = [16, 32, 64].map(|size| judge.judged(kind, &text(size * KIB), 3, Duration::ZERO));
    if sizes[2] > Duration::from_millis(100) {
        // Told at once: what is this slow may be waited for.
        println!("{} {name}", micros(sizes[2]));
    }
    let text = text(64 * KIB);
    // The peak is what it is now.
    std::fs::write("/proc/self/clear_refs", "5").expect("a process can reset its own peak");
    let before = memory("VmRSS:");
    let steps = judge.steps(kind, &text);
    let memory = memory("VmHWM:").saturating_sub(before);
    let start = now();
    let action = judge.judge(kind, &text).acting.action;
    Row { name, sizes, steps, whole: since(start), action, memory }
}

/// The slowest, and those that grow fastest.
fn show(rows: &mut [Row]) {
    let growth = |row: &Row| row.sizes[2].as_secs_f64() / row.sizes[1].as_secs_f64();
    rows.sort_by_key(|row| std::cmp::Reverse(row.sizes[2]));
    println!("    16 KiB     32 KiB     64 KiB  growth    effects     policy      whole     memory  said  shape");
    for row in rows.iter().take(SHOWN) {
        let [small, middle, large] = row.sizes.map(micros);
        let (effects, policy, whole) = (micros(row.steps.effects), micros(row.steps.policy), micros(row.whole));
        let (growth, Row { memory, action, name, .. }) = (growth(row), row);
        println!(
            "{small} {middle} {large}  {growth:6.2} {effects} {policy} {whole} {memory:>6} KiB {action:?}  {name}"
        );
    }
    if let Some(most) = rows.iter().max_by_key(|row| row.memory) {
        println!("most memory: {} KiB, {}", most.memory, most.name);
    }
    let over = rows.iter().filter(|row| row.sizes[2] > WANTED).count();
    println!("{over} of {} take more than 5 ms", rows.len());
}

fn micros(time: Duration) -> String {
    format!("{:>7} µs", time.as_micros())
}

/// A line of `/proc/self/status`, in KiB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a process can read its own status");
    let line = status.lines().find_map(|line| line.strip_prefix(field)).expect("the line is there");
    line.trim().trim_end_matches(" kB").parse().expect("it is a number")
}
