//! The content engine in megabytes a second, by kind of text and by domain, over a message as agents send them, and by
//! stage, so that what costs most has a name.
//!
//! The figures by stage are printed before criterion's, with a digest of the texts and of what was found in them: two
//! runs with the same digest measured the same work. `CONTENT_FILES=a:b` takes files in addition.

use criterion::{Criterion, Throughput};
use protocol::Direction;
use std::fmt::Write;
use std::hint::black_box;
use std::time::Instant;
use taffrail_guardrails::content;

/// Source with what source has: identifiers, strings, paths, numbers, now and then a hash.
fn source(bytes: usize) -> Vec<u8> {
    let mut text = String::with_capacity(bytes + 512);
    let mut number = 0u32;
    while text.len() < bytes {
        number = number.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        write!(
            text,
            "export function handleRequest{number}(req: Request, token: string): Promise<Response> {{\n    \
             const options = {{ key: \"ctrl+shift+{number}\", path: `/api/v1/users/${{req.id}}`, retries: 3 }};\n    \
             if (options.retries === 0 || !req.headers['content-type']) return next(options, [1, 2, 3]);\n    \
             // See https://docs.acme.net/guide/{number}#requests for what the headers mean.\n}}\n\
             \"integrity\": \"sha512-{number:0>86}==\",\n"
        )
        .expect("writing to a string does not fail");
    }
    text.into_bytes()
}

/// The kinds of text that must not cost much more than source.
fn kinds(bytes: usize) -> Vec<(&'static str, Vec<u8>)> {
    let fill = |piece: &[u8]| piece.iter().copied().cycle().take(bytes).collect::<Vec<u8>>();
    vec![
        ("source", source(bytes)),
        ("digits", fill(b"7310294856 ")),
        ("base64", fill(b"Zm9vYmFyYmF6cXV4Cg")),
        ("signs", fill(b"@")),
        ("not ASCII", fill("Grüße, été, 世界. ".as_bytes())),
    ]
}

fn digest(digest: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(digest, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Megabytes a second, the best of some runs.
fn rate(bytes: usize, mut run: impl FnMut() -> usize) -> (f64, usize) {
    let mut best = f64::MAX;
    let mut found = 0;
    for _ in 0..9 {
        let begun = Instant::now();
        found = run();
        best = best.min(begun.elapsed().as_secs_f64());
    }
    (f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / best / 1e6, found)
}

#[expect(clippy::print_stdout, reason = "a bench prints what it measured")]
fn stages() {
    let mut texts: Vec<(String, Vec<u8>)> =
        kinds(1 << 20).into_iter().map(|(name, text)| (name.to_owned(), text)).collect();
    for file in std::env::var("CONTENT_FILES").unwrap_or_default().split(':').filter(|file| !file.is_empty()) {
        texts.push((file.to_owned(), std::fs::read(file).expect("read the text to measure")));
    }
    let mut sum = 0xcbf2_9ce4_8422_2325;
    for (name, text) in &texts {
        let (local, found) = rate(text.len(), || content::scan(black_box(text), Direction::Local).len());
        let (incoming, told) = rate(text.len(), || content::scan(black_box(text), Direction::Incoming).len());
        println!("{name}: {local:.0} MB/s local, {incoming:.0} MB/s incoming");
        let mut slowest = ("", f64::MAX);
        for (stage, run) in content::stages() {
            let (rate, found) = rate(text.len(), || run(black_box(text)));
            println!("    {stage:20} {rate:8.0} MB/s");
            sum = digest(sum, &found.to_le_bytes());
            if rate < slowest.1 {
                slowest = (stage, rate);
            }
        }
        println!("    costs most: {}", slowest.0);
        sum = digest(digest(sum, text), &(found * 31 + told).to_le_bytes());
    }
    println!("digest of texts and findings: {sum:016x}\n");
}

fn main() {
    stages();
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut group = criterion.benchmark_group("content");
    for (name, text) in [("2 KB message", source(2 << 10)), ("1 MB of source", source(1 << 20))] {
        assert!(content::scan(&text, Direction::Local).is_empty(), "{name} holds something");
        group.throughput(Throughput::Bytes(text.len() as u64));
        for (domain, direction) in [("local", Direction::Local), ("incoming", Direction::Incoming)] {
            group.bench_function(format!("{name}, {domain}"), |bencher| {
                bencher.iter(|| content::scan(black_box(&text), direction));
            });
        }
    }
    group.finish();
    criterion.final_summary();
}
