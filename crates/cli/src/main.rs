//! The `loglik` command.

use loglik::{FitSpec, data, fit, needed_columns};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let mut spec = FitSpec::new(&args[1], &args[3]);
    if let Some(link) = args.get(4) {
        spec.links.push((String::new(), link.clone()));
    }
    let answer = (|| {
        let mut scan = data::Scan::open(&args[2], data::ScanOptions::default())?;
        let names = needed_columns(&spec, scan.names())?;
        let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
        let table = scan.read(Some(&wanted))?.table;
        fit(&spec, &table)
    })();
    match answer {
        Ok(fitted) => println!("{}", serde_json::to_string_pretty(&fitted.result).unwrap_or_default()),
        Err(error) => println!("{}", serde_json::to_string_pretty(&error).unwrap_or_default()),
    }
}
