// SPDX-License-Identifier: MIT

//! Parses the files it is given (SHAPE-COUNT, made by bench_generate) with the procfs crate and prints what Google Benchmark would: the
//! median seconds per mount of several passes over each.
use procfs::process::MountInfos;
use procfs::FromBufRead;
use std::time::{Duration, Instant};

/// Times runs of the parser for about a tenth of a second and gives the seconds that one took.
fn measure(text: &[u8], mounts: usize) -> f64 {
    let start = Instant::now();
    let mut runs = 0;
    while start.elapsed() < Duration::from_millis(100) {
        let table = MountInfos::from_buf_read(text).expect("it was not read");
        assert_eq!(table.0.len(), mounts);
        runs += 1;
    }
    start.elapsed().as_secs_f64() / f64::from(runs)
}

fn main() {
    let mut lines = Vec::new();
    for path in std::env::args().skip(1) {
        let text = std::fs::read(&path).expect("the file is not to be read");
        let mounts = text.iter().filter(|byte| **byte == b'\n').count();
        let mut times: Vec<f64> = (0..5).map(|_| measure(&text, mounts)).collect();
        times.sort_by(f64::total_cmp);
        let file = path.rsplit('/').next().unwrap_or_default();
        lines.push(format!(
            r#"{{"run_name": "procfs/{}", "aggregate_name": "median", "per_mount": {:e}}}"#,
            file.replacen('-', "/", 1),
            times[2] / mounts as f64
        ));
    }
    println!("{{\"benchmarks\": [\n{}\n]}}", lines.join(",\n"));
}
