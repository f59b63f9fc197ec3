//! The content engine over source-like text, and over a message as agents send them.

use criterion::{Criterion, Throughput};
use protocol::Direction;
use std::fmt::Write;
use std::hint::black_box;
use taffrail_guardrails::content;

/// Source with what source has: identifiers, strings, paths, numbers, now and then a hash.
fn source(bytes: usize) -> String {
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
    text
}

fn main() {
    let mut criterion = Criterion::default().without_plots().configure_from_args();
    let mut group = criterion.benchmark_group("content");
    for (name, text) in [("2 KB message", source(2 << 10)), ("1 MB of source", source(1 << 20))] {
        assert!(content::scan(text.as_bytes(), Direction::Local).is_empty(), "{name} holds something");
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| content::scan(black_box(text.as_bytes()), Direction::Local));
        });
    }
    group.finish();
    criterion.final_summary();
}
