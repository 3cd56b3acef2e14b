//! `loglik test` at the command line: refits need the rows of the fit, and say so.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A folder of its own for one test, with counts that rise with `x`.
fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("loglik-test-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&place));
    std::fs::create_dir_all(&place).expect("a temporary folder");
    let row = |i: usize| format!("{},{},{}\n", i * i / 9 % 7 + i / 8, i as f64 / 4.0, i % 3);
    let rows: String = (0..30).map(row).collect();
    std::fs::write(place.join("d.csv"), format!("y,x,z\n{rows}")).expect("a file");
    let fit = ["fit", "y ~ x + z", "d.csv", "--likelihood", "poisson", "-o", "m.json", "--quiet"];
    assert!(loglik(&place, &fit).status.success());
    place
}

fn loglik(place: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_loglik")).args(words).current_dir(place).output().expect("it runs")
}

/// What `loglik test m.json ..` prints as JSON, and how it ended.
fn tested(place: &Path, words: &[&str]) -> (Value, i32) {
    let out = loglik(place, &[&["test", "m.json"], words, &["--json"]].concat());
    (serde_json::from_slice(&out.stdout).expect("JSON on stdout"), out.status.code().expect("no signal"))
}

#[test]
fn refits_take_the_rows_of_the_fit_and_no_others() {
    let place = place("rows");
    let (found, code) = tested(&place, &["x = 0, z = x^2", "d.csv", "--test", "lr"]);
    assert_eq!((code, &found["format"], &found["joint"]["test"]), (0, &"loglik.test/1".into(), &"lr".into()));
    assert_eq!(found["joint"]["coefficients"].as_array().map(Vec::len), Some(3));
    assert!(found["joint"]["loglik"].as_f64().expect("a number") < 0.0);
    // A stream of the same rows has the same bits.
    let (stream, _) = tested(&place, &["x = 0, z = x^2", "d.csv", "--test", "lr", "--memory", "64MB"]);
    assert_eq!(stream, found);
    let (score, _) = tested(&place, &["x = 0", "d.csv", "--test", "score"]);
    assert_eq!(score["joint"]["test"], "score");
    std::fs::write(place.join("other.csv"), "y,x,z\n1,2,0\n2,3,1\n4,4,2\n").expect("a file");
    let (refused, code) = tested(&place, &["x = 0", "other.csv", "--test", "lr"]);
    assert_eq!((code, refused["error"]["id"].as_str()), (3, Some("schema_mismatch")));
    std::fs::remove_dir_all(place).expect("it was made here");
}

#[test]
fn words_that_do_not_go_together_are_refused_with_the_mend() {
    let place = place("words");
    for (words, said) in [
        (&["x = 0", "--test", "lr"][..], "DATA --test lr"),
        (&["x = 0", "--test", "score"], "DATA --test score"),
        (&["x = 0", "d.csv"], "--test lr"),
        (&["x = 0", "d.csv", "--test", "scores"], "did you mean `score`?"),
        (&["exp(x) = -1", "d.csv", "--test", "lr"], "loglik compare"),
    ] {
        let (refused, code) = tested(&place, words);
        let mend = refused["error"]["remedy"].as_str().expect("a mend");
        assert!(code == 2 && mend.contains(said), "{words:?}: {mend}");
    }
    let table = loglik(&place, &["test", "m.json", "x = z", "d.csv", "--test", "lr"]);
    let table = String::from_utf8(table.stdout).expect("text");
    for shown in
        ["jointly: likelihood ratio chi2 ", " under the equations, ", "under the equations\n(intercept)"]
    {
        assert!(table.contains(shown), "{table}");
    }
    std::fs::remove_dir_all(place).expect("it was made here");
}
