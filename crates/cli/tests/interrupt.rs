//! Ctrl-C and SIGTERM at the command line: what is kept, what is not there, and how a fit goes on.
//!
//! No clock decides: a fit that shows a line a pass and is not listened to waits at the full pipe, its next pass after the
//! signal; a verb that waits for the rest of its input has begun to read.
#![cfg(unix)]

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// Gradient descent: some thousand passes, far more lines than a pipe holds.
const FIT: [&str; 12] = [
    "fit",
    "count ~ x",
    "d.csv",
    "--likelihood",
    "poisson",
    "--optimizer",
    "gradient",
    "--learning-rate",
    "0.004",
    "--memory",
    "1MB",
    "--json",
];

/// A folder of its own for one test, with data.
fn place(name: &str) -> PathBuf {
    let place = std::env::temp_dir().join(format!("loglik-interrupt-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&place));
    std::fs::create_dir_all(&place).expect("a temporary folder");
    let row = |r: usize| format!("{},{}\n", (r * 7 + r * r) % 5 + r / 20, (r * 13 % 17) as f64 / 8.0);
    let rows: String = (0..60).map(row).collect();
    std::fs::write(place.join("d.csv"), format!("count,x\n{rows}")).expect("a file");
    place
}

fn loglik(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_loglik"));
    command.current_dir(place).stdin(Stdio::null());
    command
}

fn run(place: &Path, words: &[&str]) -> Output {
    loglik(place).args(words).output().expect("it runs")
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status();
    assert!(sent.expect("kill is there").success());
}

/// Starts a fit, sends it a signal once its first pass is done, and listens to the end; all that it said after that.
fn interrupted(place: &Path, more: &[&str], name: &str) -> (Option<i32>, String, String) {
    let mut command = loglik(place);
    command.args(FIT).args(["--progress", "json"]).args(more);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let mut said = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    while !line.starts_with("{\"pass\":") {
        line.clear();
        assert!(said.read_line(&mut line).expect("text") > 0, "a fit shows its passes");
    }
    signal(&child, name);
    let mut rest = String::new();
    said.read_to_string(&mut rest).expect("text");
    let out = child.wait_with_output().expect("it ends");
    let rest = rest.lines().filter(|line| !line.starts_with('{')).collect::<Vec<_>>().join("\n");
    (out.status.code(), rest, String::from_utf8(out.stdout).expect("text"))
}

/// The names of the files of a folder.
fn files(place: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(place).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A result without the words that asked for it.
fn result(text: &[u8]) -> Value {
    let mut json: Value = serde_json::from_slice(text).expect("JSON");
    json.as_object_mut().expect("an object").remove("command");
    json
}

#[test]
fn a_fit_keeps_its_passes_and_goes_on_to_the_same_bits() {
    let place = place("resume");
    let whole = run(&place, &FIT);
    assert_eq!(whole.status.code(), Some(0), "{}", String::from_utf8_lossy(&whole.stderr));
    for name in ["-INT", "-TERM"] {
        let model = ["-o", "m.json"];
        let (code, said, out) = interrupted(&place, &model, name);
        assert_eq!(code, Some(130), "{said}");
        assert_eq!(files(&place), ["d.csv", "m.json.checkpoint"]);
        let error: Value = serde_json::from_str(&out).expect("an error is JSON here");
        assert_eq!(error["error"]["id"], "interrupted");
        let remedy = error["error"]["remedy"].as_str().expect("a remedy");
        assert!(remedy.starts_with("go on with: ") && remedy.ends_with(" -o m.json --resume"), "{remedy}");
        // The command that it names, as a shell takes it.
        let again = remedy.trim_start_matches("go on with: ");
        let done = Command::new("sh").args(["-c", again]).current_dir(&place).output().expect("sh is there");
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(0), "{said}");
        assert!(said.starts_with("going on after pass "), "{said}");
        assert_eq!(result(&done.stdout), result(&whole.stdout));
        assert_eq!(files(&place), ["d.csv", "m.json"]);
        std::fs::remove_file(place.join("m.json")).expect("it was written");
    }
}

#[test]
fn a_checkpoint_of_another_fit_is_refused_and_one_that_is_not_there_is_said() {
    let place = place("refused");
    let resume = |words: &[&str]| {
        let out = run(&place, words);
        let text = [out.stdout, out.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        (out.status.code(), text.concat())
    };
    let (code, said, out) = interrupted(&place, &[], "-INT");
    assert_eq!(code, Some(130), "{said}");
    let names = files(&place);
    let name =
        names.iter().find(|name| name.ends_with(".checkpoint")).expect("a checkpoint without -o").clone();
    assert!(name.starts_with("loglik-") && out.contains(&name) && names.len() == 2, "{names:?} {out}");
    // The same request, found by its name, and refused for its rows.
    let mut again: Vec<&str> = FIT.to_vec();
    again.push("--resume");
    let kept = std::fs::read_to_string(place.join("d.csv")).expect("a file");
    std::fs::write(place.join("d.csv"), kept.replacen("\n0,0\n", "\n1,0\n", 1)).expect("a file");
    let (code, said) = resume(&again);
    assert!(code == Some(3) && said.contains("checkpoint is of other data: other values"), "{code:?} {said}");
    std::fs::write(place.join("d.csv"), &kept).expect("a file");
    // Another request, at the place of this one's.
    std::fs::copy(place.join(&name), place.join("m.json.checkpoint")).expect("a copy");
    again.extend(["-o", "m.json"]);
    again[1] = "count ~ log(x + 1)";
    let (code, said) = resume(&again);
    assert!(code == Some(2) && said.contains("`formula` was"), "{code:?} {said}");
    // Half of it.
    again[1] = "count ~ x";
    let whole = std::fs::read(place.join(&name)).expect("a file");
    std::fs::write(place.join("m.json.checkpoint"), &whole[..whole.len() / 2]).expect("a file");
    let (code, said) = resume(&again);
    assert!(code == Some(3) && said.contains("corrupt_file"), "{code:?} {said}");
    assert!(!place.join("m.json").exists());
    // None.
    std::fs::remove_file(place.join("m.json.checkpoint")).expect("it was there");
    let (code, said) = resume(&again);
    assert!(code == Some(0) && said.contains("there is no m.json.checkpoint: from the beginning"), "{said}");
    let (code, _) = resume(&["check", "count ~ x", "d.csv", "--likelihood", "poisson", "--resume"]);
    assert_eq!(code, Some(2));
}

#[test]
fn before_a_pass_and_in_other_verbs_the_first_signal_ends_at_once() {
    let place = place("reading");
    let model = run(&place, &["fit", "count ~ x", "d.csv", "-o", "m.json", "--quiet"]);
    assert_eq!(model.status.code(), Some(0));
    let verbs: [&[&str]; 4] = [
        &["fit", "count ~ x", "-", "-o", "n.json"],
        &["dist", "x", "-", "--bootstrap", "999"],
        &["predict", "m.json", "-", "-o", "n.csv"],
        &["check", "count ~ x", "-"],
    ];
    for (verb, name) in verbs.into_iter().zip(["-INT", "-TERM", "-INT", "-TERM"]) {
        let mut command = loglik(&place);
        command.args(verb).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("it runs");
        let mut input = child.stdin.take().expect("a pipe");
        // More than a pipe holds: when it is written the verb has read some, and waits for the rest.
        let rows = format!("count,x\n{}", "3,0.5\n".repeat(100_000));
        input.write_all(rows.as_bytes()).expect("it is read");
        signal(&child, name);
        assert_eq!(child.wait().expect("it ends").code(), Some(130), "{verb:?}");
        assert_eq!(files(&place), ["d.csv", "m.json"], "{verb:?}");
    }
}
