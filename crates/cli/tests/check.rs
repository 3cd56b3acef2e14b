//! `loglik check` at the command line: every mend that it prints is a command that runs, and `--strict` is a gate.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own for one test, with the program's name for `sh`.
fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("loglik-check-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&place));
    std::fs::create_dir_all(&place).expect("a temporary folder");
    place
}

fn shell(place: &Path, command: &str) -> Output {
    let program = env!("CARGO_BIN_EXE_loglik");
    let script = format!("loglik() {{ '{program}' \"$@\"; }}; {command}");
    Command::new("sh").arg("-c").arg(script).current_dir(place).output().expect("sh is there")
}

/// The findings of a check, and how it ended.
fn findings(place: &Path, command: &str) -> (Vec<Value>, i32) {
    let out = shell(place, &format!("{command} --json"));
    let shown: Value = serde_json::from_slice(&out.stdout).expect("JSON on stdout");
    assert_eq!(shown["format"], "loglik.check/1");
    let found = shown["findings"].as_array().expect("findings").clone();
    (found, out.status.code().expect("no signal"))
}

/// Rows that a formula of their index makes.
fn write(place: &Path, header: &str, row: impl Fn(usize) -> String) {
    let rows: String = (0..60).map(|r| format!("{}\n", row(r))).collect();
    std::fs::write(place.join("d.csv"), format!("{header}\n{rows}")).expect("a file");
}

/// A number in (0, 1) without a pattern (van der Corput).
fn spread(r: usize, base: usize) -> f64 {
    let (mut out, mut by, mut left) = (0.0, 1.0, r + 1);
    while left > 0 {
        by /= base as f64;
        out += by * (left % base) as f64;
        left /= base;
    }
    out
}

#[test]
fn every_command_that_mends_runs() {
    let place = place("mends");
    let u = |r: usize| (spread(r, 2), spread(r, 3));
    let mut seen: Vec<String> = Vec::new();
    let mut run = |command: &str| {
        let (found, _) = findings(&place, command);
        for finding in found {
            let Some(mend) = finding["command"].as_str() else { continue };
            let out = shell(&place, mend);
            let code = out.status.code().expect("no signal");
            let said = String::from_utf8_lossy(&out.stderr);
            assert!(
                [0, 4].contains(&code),
                "{} of `{command}`: `{mend}` ends with {code}: {said}",
                finding["id"]
            );
            seen.push(finding["id"].as_str().expect("an id").to_owned());
        }
    };
    write(&place, "y,x,odd name", |r| format!("{},{},{}", 4 * (r % 7 / 5) + r % 3 / 2, u(r).0, u(r).1));
    run("loglik check 'y ~ x + `odd name`' d.csv --likelihood poisson --se hc1 --quiet");
    run("loglik check 'y ~ .' d.csv --family=poisson --dispersion pearson");
    write(&place, "y,x,g", |r| {
        format!("{},{},{}", u8::from(r > 29), u(r).0 + f64::from(u8::from(r > 29)), r % 7)
    });
    run("loglik check 'y ~ x' d.csv --likelihood bernoulli --cluster g --ci profile");
    run("loglik check 'y ~ x' d.csv --likelihood bernoulli --where 'x > 0.2' --term-tests lr");
    write(&place, "y,x,z,w", |r| {
        let x = if r == 11 { 40.0 } else { u(r).0 };
        format!(
            "{},{x},{},{}",
            if r == 11 { 9.0 } else { 8.0 * (x - 0.5) * (x - 0.5) + u(r).1 },
            2.0 * x,
            x + 0.001 * u(r).1
        )
    });
    run("loglik check 'y ~ x + z' d.csv");
    run("loglik check 'y ~ x + w; sigma ~ x' d.csv");
    // A model file stands for all that it was asked for with.
    write(&place, "y,x,g", |r| {
        format!("{},{},{}", 4 * (r % 7 / 5) + r % 3 / 2, u(r).0 + (r / 6) as f64, r / 6)
    });
    let asked = "--likelihood poisson --cluster g --where 'x > 0.1' --se-factor none --link sqrt --level 0.9";
    assert!(shell(&place, &format!("loglik fit 'y ~ x' d.csv {asked} -o m.json")).status.success());
    run("loglik check m.json d.csv");
    let (found, _) = findings(&place, "loglik check m.json d.csv");
    let few = found.iter().find(|f| f["id"] == "few_clusters").expect("ten clusters");
    let mend = few["command"].as_str().expect("another form");
    for word in ["--cluster g", "--se-form cr3", "--where 'x > 0.1'", "--link sqrt", "--level 0.9"] {
        assert!(mend.contains(word), "{word} is not in {mend}");
    }
    write(&place, "y,x", |r| format!("{},{}", u8::from(r % 15 == 3), u(r).0));
    run("loglik check 'y ~ x' d.csv --family bernoulli --ci profile");
    for id in [
        "dispersion",
        "separation_complete",
        "few_clusters",
        "aliased",
        "leverage",
        "influence",
        "events_per_parameter",
    ] {
        assert!(seen.iter().any(|s| s == id || s.starts_with(id)), "{id} is not among {seen:?}");
    }
    drop(std::fs::remove_dir_all(&place));
}

#[test]
fn a_strict_check_ends_with_7_where_something_is_wrong_and_with_0_where_nothing_is() {
    let place = place("strict");
    write(&place, "y,x", |r| format!("{},{}", spread(r, 2) + spread(r, 3), spread(r, 5)));
    let (found, code) = findings(&place, "loglik check 'y ~ x' d.csv --strict");
    assert_eq!(code, 0, "{found:#?}");
    write(&place, "y,x", |r| format!("{},{}", if r == 30 { 90.0 } else { spread(r, 2) }, spread(r, 5)));
    let (found, code) = findings(&place, "loglik check 'y ~ x' d.csv --strict");
    assert_eq!(code, 7);
    let outlier = found.iter().find(|f| f["id"] == "outliers").expect("looked at");
    assert_eq!((&outlier["rows"][0], &outlier["lines"][0]), (&Value::from(31), &Value::from(32)));
    let (_, code) = findings(&place, "loglik check 'y ~ x' d.csv");
    assert_eq!(code, 0, "without --strict nothing is a gate");
    write(&place, "y,x", |r| format!("{},{r}", u8::from(r > 29)));
    let (_, code) = findings(&place, "loglik check 'y ~ x' d.csv --likelihood bernoulli --strict");
    assert_eq!(code, 4, "a fit without a maximum ends as it always does");
    drop(std::fs::remove_dir_all(&place));
}

#[test]
fn a_model_file_is_checked_with_its_data() {
    let place = place("model");
    write(&place, "y,x,e", |r| format!("{},{},{}", r % 3, spread(r, 2), 1.0 + spread(r, 3)));
    let fit = shell(&place, "loglik fit 'y ~ x' d.csv --likelihood poisson --exposure e -o m.json");
    assert!(fit.status.success());
    let (from_file, _) = findings(&place, "loglik check m.json d.csv");
    let (from_words, _) = findings(&place, "loglik check 'y ~ x' d.csv --likelihood poisson --exposure e");
    let figures = |found: &[Value]| -> Vec<Value> { found.iter().map(|f| f["statistic"].clone()).collect() };
    assert_eq!(figures(&from_file), figures(&from_words));
    drop(std::fs::remove_dir_all(&place));
}

#[test]
fn what_cannot_be_shown_is_refused_and_nothing_is_written() {
    let place = place("ratios");
    write(&place, "y,x", |r| format!("{},{}", spread(r, 2), spread(r, 3)));
    let out = shell(&place, "loglik fit 'y ~ x' d.csv --likelihood gaussian --exp -o m.json");
    assert_eq!(out.status.code(), Some(2));
    assert!(!place.join("m.json").exists(), "a refused request has no model");
    let out = shell(&place, "loglik fit 'y ~ x' d.csv --likelihood gamma --exp -o m.json");
    assert_eq!(out.status.code(), Some(0), "{}", String::from_utf8_lossy(&out.stderr));
    assert!(String::from_utf8_lossy(&out.stdout).contains("exp(estimate)"));
    for flag in ["--exp", "--resume", "--trace"] {
        let out = shell(&place, &format!("loglik check 'y ~ x' d.csv --likelihood gamma {flag}"));
        assert_eq!(out.status.code(), Some(2), "{flag}");
    }
    drop(std::fs::remove_dir_all(&place));
}
