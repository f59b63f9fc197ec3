//! What has happened since the start, counted, for `/metrics`.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counters {
    ($($name:ident: $metric:literal, $help:literal;)+) => {
        #[derive(Debug, Default)]
        pub(crate) struct Counters { $(pub(crate) $name: AtomicU64,)+ }

        impl Counters {
            /// In the text format of Prometheus.
            pub(crate) fn text(&self) -> String {
                let mut text = String::new();
                $(
                    // Writing to a string does not fail.
                    writeln!(text, concat!("# HELP ", $metric, " ", $help, "\n# TYPE ", $metric, " counter")).ok();
                    writeln!(text, concat!($metric, " {}"), self.$name.load(Relaxed)).ok();
                )+
                text
            }
        }
    };
}

counters! {
    requests: "taffrail_collector_requests_total", "Requests to enrol or to deliver.";
    refused: "taffrail_collector_refused_total", "Requests that were refused, by whatever reason.";
    unproved: "taffrail_collector_unproved_total", "Requests without a signature that holds, or with a nonce that was used.";
    enrolled: "taffrail_collector_enrolled_total", "Answers to devices that enrolled, those known already included.";
    batches: "taffrail_collector_batches_total", "Batches that were written.";
    records: "taffrail_collector_records_total", "Records that were written.";
    duplicates: "taffrail_collector_duplicates_total", "Records that came again.";
    gaps: "taffrail_collector_gaps_total", "Batches that do not follow what is there.";
    forks: "taffrail_collector_forks_total", "Histories that part from one that is there.";
    failures: "taffrail_collector_failures_total", "Writes that failed.";
}

pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Relaxed);
}

pub(crate) fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Relaxed);
}
