//! What makes a house hard to live in, as far as a machine can see it.
//!
//! File names that say nothing, unfinished marks, documents that grow without end, arrows between crates that
//! ARCHITECTURE.md does not allow, and licences that do not go with ours.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Names that say nothing about what is in a file.
const EMPTY_NAMES: [&str; 6] = ["utils", "helpers", "common", "misc", "core", "types"];

/// Marks of unfinished work, spelled in halves so that this file is free of them.
const MARKS: [[&str; 2]; 4] = [["todo", "!("], ["unimple", "mented!("], ["FIX", "ME"], ["#[ig", "nore"]];

/// Documents and their most lines.
const DOCUMENTS: [(&str, usize); 2] = [("README.md", 150), ("ARCHITECTURE.md", 300)];

/// Lines of a Rust file, at most.
const MOST_LINES: usize = 560;

/// Checks the repository; 0 when nothing was found.
pub(crate) fn run() -> Result<u8, String> {
    let mut found = Vec::new();
    for path in rust_files(Path::new("."))? {
        let stem = path.file_stem().and_then(|s| s.to_str()).unwrap_or_default().to_owned();
        let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        let shown = path.display();
        if EMPTY_NAMES.contains(&stem.as_str()) {
            found.push(format!("{shown}: a name that says nothing"));
        }
        let lines = text.lines().count();
        if lines > MOST_LINES {
            found.push(format!("{shown}: {lines} lines; look for the second idea"));
        }
        if !text.starts_with("//!") {
            found.push(format!("{shown}: no module head"));
        }
        for [a, b] in MARKS {
            if text.contains(&format!("{a}{b}")) {
                found.push(format!("{shown}: {a}{b}"));
            }
        }
    }
    for (name, most) in DOCUMENTS {
        let lines =
            std::fs::read_to_string(name).map_err(|error| format!("{name}: {error}"))?.lines().count();
        if lines > most {
            found.push(format!("{name}: {lines} lines, {most} are enough"));
        }
    }
    found.extend(arrows()?);
    found.extend(crate::licences::refused()?);
    found.iter().for_each(|line| println!("{line}"));
    Ok(u8::from(!found.is_empty()))
}

fn rust_files(dir: &Path) -> Result<Vec<PathBuf>, String> {
    let mut out = Vec::new();
    let entries = std::fs::read_dir(dir).map_err(|error| format!("{}: {error}", dir.display()))?;
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        let name = path.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        if path.is_dir() && !name.starts_with('.') && !name.starts_with("target") {
            out.extend(rust_files(&path)?);
        } else if name.ends_with(".rs") && path != Path::new("./Cargo.toml") {
            out.push(path);
        }
    }
    out.sort();
    Ok(out)
}

/// Dependencies between crates that the table of ARCHITECTURE.md does not name.
fn arrows() -> Result<Vec<String>, String> {
    let text = std::fs::read_to_string("ARCHITECTURE.md").map_err(|error| error.to_string())?;
    let table = text.split("may import").nth(1).ok_or("ARCHITECTURE.md has no table of imports")?;
    let row = |line: &str| -> Option<(String, Vec<String>)> {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        let [name, imports] = cells.as_slice() else { return None };
        Some(((*name).to_owned(), imports.split_whitespace().map(str::to_owned).collect()))
    };
    let allowed: BTreeMap<String, Vec<String>> =
        table.lines().skip(2).take_while(|line| line.starts_with('|')).filter_map(row).collect();
    let mut found = Vec::new();
    for (name, imports) in &allowed {
        let path =
            if name == "xtask" { "xtask/Cargo.toml".to_owned() } else { format!("crates/{name}/Cargo.toml") };
        let manifest = std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))?;
        let dependencies = manifest.split("[dependencies]").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        for line in dependencies.lines().filter(|line| line.starts_with("loglik")) {
            let word = line.split(['.', ' ', '=']).next().unwrap_or_default();
            let import = word.strip_prefix("loglik-").unwrap_or(word);
            if !imports.iter().any(|i| i == import) {
                found.push(format!("{path}: {name} may not import {import}"));
            }
        }
    }
    Ok(found)
}
