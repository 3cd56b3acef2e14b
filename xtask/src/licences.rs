//! Licences of everything that is built in: each crate must allow use under terms that ask no more than notice.
//!
//! The list of crates is cargo's own, for this machine's platform, so the check needs no network once they are fetched.

use serde_json::Value;
use spdx::{Expression, ParseMode};
use std::process::Command;

/// SPDX ids that a crate's expression must be satisfied by.
const ALLOWED: [&str; 8] =
    ["MIT", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "Zlib", "Unicode-3.0", "CC0-1.0", "ISC"];

/// One line for each crate whose licence is not allowed, or not said.
pub(crate) fn refused() -> Result<Vec<String>, String> {
    let host = text(Command::new("rustc").arg("-vV"))?;
    let host =
        host.lines().find_map(|line| line.strip_prefix("host: ")).ok_or("rustc names no host")?.to_owned();
    let listed = text(Command::new("cargo").args([
        "metadata",
        "--format-version",
        "1",
        "--locked",
        "--filter-platform",
        &host,
    ]))?;
    let listed: Value = serde_json::from_str(&listed).map_err(|error| format!("cargo metadata: {error}"))?;
    let packages = listed["packages"].as_array().ok_or("cargo metadata lists no packages")?;
    Ok(packages.iter().filter_map(refusal).collect())
}

fn refusal(package: &Value) -> Option<String> {
    let name = format!("{} {}", package["name"].as_str()?, package["version"].as_str()?);
    let Some(licence) = package["license"].as_str() else {
        return Some(format!("{name}: no licence is named"));
    };
    match Expression::parse_mode(licence, ParseMode::LAX) {
        Err(error) => Some(format!("{name}: licence `{licence}`: {error}")),
        Ok(terms) => {
            let allowed = terms.evaluate(|ask| ask.license.id().is_some_and(|id| ALLOWED.contains(&id.name)));
            (!allowed).then(|| format!("{name}: licence `{licence}` is not among {}", ALLOWED.join(", ")))
        }
    }
}

fn text(command: &mut Command) -> Result<String, String> {
    let answer = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !answer.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&answer.stderr)));
    }
    String::from_utf8(answer.stdout).map_err(|error| format!("{command:?}: {error}"))
}
