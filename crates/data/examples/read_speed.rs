//! Time to read a data file into columns: `read_speed FILE [THREADS [COLUMN ..]]`.

use std::time::Instant;

use loglik_data::{ScanOptions, read};

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some(file) = args.first() else { return eprintln!("read_speed FILE [THREADS [COLUMN ..]]") };
    let threads = args.get(1).and_then(|t| t.parse().ok()).unwrap_or(0);
    let wanted: Vec<&str> = args.iter().skip(2).map(String::as_str).collect();
    let wanted = (!wanted.is_empty()).then_some(wanted);
    let start = Instant::now();
    match read(file, wanted.as_deref(), ScanOptions { threads, ..ScanOptions::default() }) {
        Err(error) => eprintln!("{}: {error}", error.id()),
        Ok(loaded) => {
            let seconds = start.elapsed().as_secs_f64();
            let megabytes = std::fs::metadata(file).map_or(0.0, |m| m.len() as f64 / 1e6);
            let (rows, columns) = (loaded.table.rows(), loaded.table.names().len());
            println!("{rows} x {columns}: {seconds:.3} s, {:.0} MB/s", megabytes / seconds);
        }
    }
}
