//! Hostile inputs through the `loglik` binary: each must end as its directory's `expectations.json` says.
//!
//! Matched on the fields of the JSON answer and on the exit code, never on words of a message.

use crate::arguments::{Arguments, matches};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Seconds after which a case is a hang.
const LIMIT: Duration = Duration::from_secs(10);

/// Notes that a case with an ordinary answer must not have.
const ALARMS: [&str; 9] = [
    "separation_complete",
    "separation_quasi",
    "parameter_at_infinity",
    "boundary_estimate",
    "unbounded_likelihood",
    "non_unique",
    "aliased",
    "ill_conditioned",
    "not_converged",
];

/// What a run of the binary gave.
struct Ending {
    exit: i32,
    seconds: f64,
    answer: Value,
}

/// Runs all cases of a directory; 0 when none failed.
pub(crate) fn run(words: &[String]) -> Result<u8, String> {
    let arguments = Arguments::parse(words, &["id", "json"])?;
    let dir = PathBuf::from(&arguments.path);
    let path = dir.join("expectations.json");
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let document: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let pattern = arguments.flag("id").unwrap_or("*");
    let (mut cases, mut totals) = (Vec::new(), BTreeMap::new());
    for case in document["cases"].as_array().into_iter().flatten() {
        let id = case["id"].as_str().unwrap_or_default();
        let file = dir.join(case["file"].as_str().unwrap_or_default());
        if !matches(pattern, id) || (!case["generated_only_with"].is_null() && !file.exists()) {
            continue;
        }
        if case["request"]["texts"].as_bool() == Some(true) {
            let began = Instant::now();
            let judged = texts(case, &file);
            let verdict = if judged.is_ok() { "pass" } else { "fail" };
            let reason = judged.err().unwrap_or_default();
            println!("{verdict:<12} {id:<30} {reason}");
            *totals.entry(verdict).or_insert(0) += 1;
            let seconds = began.elapsed().as_secs_f64();
            cases.push(
                json!({"id": id, "verdict": verdict, "exit": null, "seconds": seconds, "reason": reason}),
            );
            continue;
        }
        let (verdict, ending, reason) = match request(case, &file) {
            None => ("unsupported", None, "no such verb yet".to_owned()),
            Some(words) => {
                let ending = start(&words)?;
                let judged = judge(case, &ending);
                (if judged.is_ok() { "pass" } else { "fail" }, Some(ending), judged.err().unwrap_or_default())
            }
        };
        println!("{verdict:<12} {id:<30} {reason}");
        *totals.entry(verdict).or_insert(0) += 1;
        let (exit, seconds) = ending.map_or((None, None), |e| (Some(e.exit), Some(e.seconds)));
        cases.push(json!({"id": id, "verdict": verdict, "exit": exit, "seconds": seconds, "reason": reason}));
    }
    if cases.is_empty() {
        return Err("no case matches".to_owned());
    }
    println!("{totals:?}");
    if let Some(path) = arguments.flag("json") {
        let out = json!({"format": "loglik.nasty/1", "cases": cases, "totals": totals});
        std::fs::write(path, format!("{out:#}\n")).map_err(|error| format!("{path}: {error}"))?;
    }
    Ok(u8::from(totals.contains_key("fail")))
}

/// Seconds in which a hostile text must be answered.
const TEXT_LIMIT: f64 = 1.0;

/// Every text of a list as an own likelihood of four rows: refused as the case says, or, where it is legal, answered.
fn texts(case: &Value, file: &Path) -> Result<(), String> {
    let list = std::fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let list: Vec<String> = serde_json::from_str(&list).map_err(|error| error.to_string())?;
    let dir = std::env::temp_dir().join(format!("loglik-nasty-{}", std::process::id()));
    let failed = |error: std::io::Error| error.to_string();
    std::fs::create_dir_all(&dir).map_err(failed)?;
    let (data, text_file) = (dir.join("rows.csv"), dir.join("text.ll"));
    std::fs::write(&data, "y\n1\n2\n4\n3\n").map_err(failed)?;
    let mut outcome = Ok(());
    for text in &list {
        // A file, as no command line takes a null character or 400,000 bytes.
        std::fs::write(&text_file, text).map_err(failed)?;
        let mut words = vec!["mle".to_owned(), text_file.display().to_string(), data.display().to_string()];
        words.push("--json".to_owned());
        for param in strings(&case["request"]["params"]) {
            words.extend(["--param".to_owned(), param.to_owned()]);
        }
        let ending = start(&words)?;
        let legal = loglik::expr::parse_expression(text).is_ok() && [0, 4, 5].contains(&ending.exit);
        let judged = if legal { Ok(()) } else { judge(case, &ending) };
        let slow = ending.seconds > TEXT_LIMIT;
        let late = format!("answered after {:.1} s", ending.seconds);
        if let Err(reason) = judged.and(if slow { Err(late) } else { Ok(()) }) {
            let shown: String = text.chars().take(40).flat_map(char::escape_debug).collect();
            outcome = Err(format!("`{shown}`: {reason}"));
            break;
        }
    }
    std::fs::remove_dir_all(&dir).map_err(failed)?;
    outcome
}

/// The command line of a request.
fn request(case: &Value, file: &Path) -> Option<Vec<String>> {
    let request = &case["request"];
    let text = |key: &str| request[key].as_str().map(str::to_owned);
    if text("verb")? != "fit" {
        return None;
    }
    let mut words = vec!["fit".to_owned(), text("formula")?, file.display().to_string(), "--json".to_owned()];
    for (key, flag) in [
        ("likelihood", "--likelihood"),
        ("link", "--link"),
        ("weights", "--weights"),
        ("weight_kind", "--weight-kind"),
    ] {
        if let Some(value) = text(key) {
            words.extend([flag.to_owned(), value]);
        }
    }
    for (name, value) in request["fix"].as_object().into_iter().flatten() {
        words.extend(["--fix".to_owned(), format!("{name}={value}")]);
    }
    Some(words)
}

/// Runs the `loglik` binary beside this one, at most ten seconds.
fn start(words: &[String]) -> Result<Ending, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let binary = own.with_file_name("loglik");
    let started = Instant::now();
    let mut child = Command::new(&binary)
        .args(words)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{}: {error}; build it first", binary.display()))?;
    let stdout = child.stdout.take().ok_or("no pipe")?;
    let reader = std::thread::spawn(move || std::io::read_to_string(stdout).unwrap_or_default());
    let status = loop {
        match child.try_wait().map_err(|error| error.to_string())? {
            Some(status) => break status.code(),
            None if started.elapsed() > LIMIT => {
                child.kill().map_err(|error| error.to_string())?;
                child.wait().map_err(|error| error.to_string())?;
                break None;
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let text = reader.join().unwrap_or_default();
    let answer = serde_json::from_str(&text).unwrap_or(Value::Null);
    Ok(Ending { exit: status.unwrap_or(-1), seconds: started.elapsed().as_secs_f64(), answer })
}

fn strings(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

/// Whether a case ended as it should.
fn judge(case: &Value, ending: &Ending) -> Result<(), String> {
    let expect = &case["expect"];
    let kinds = strings(&expect["kinds"]);
    if ending.exit < 0 {
        return Err("no answer within ten seconds, or ended by a signal".to_owned());
    }
    if ending.answer.is_null() {
        return Err(format!("exit {} without JSON on stdout", ending.exit));
    }
    let error = &ending.answer["error"];
    let outcome = expect["outcome"].as_str().unwrap_or_default();
    if !error.is_null() {
        if !outcome.starts_with("error") {
            return Err(format!("error {}", error["id"]));
        }
        if ![2, 3, 4, 6].contains(&ending.exit) {
            return Err(format!("exit {}", ending.exit));
        }
        let id = error["id"].as_str().unwrap_or_default();
        if !kinds.is_empty() && !kinds.contains(&id) {
            return Err(format!("error {id}, not one of {}", kinds.join(", ")));
        }
        return points_at(&expect["at"], &[error], &ending.answer);
    }
    if outcome == "error" {
        return Err("an error was expected".to_owned());
    }
    let no_finite_p = ending.answer["coefficients"].as_array().into_iter().flatten();
    for line in no_finite_p.filter(|line| !line["estimate"].is_number()) {
        if ["std_error", "statistic", "p_value"].iter().any(|key| line[key].is_number()) {
            return Err(format!("{} has no finite estimate but Wald figures", line["term"]));
        }
    }
    let notes: Vec<&Value> = ending.answer["notes"].as_array().into_iter().flatten().collect();
    let id = |note: &&&Value| note["id"].as_str().unwrap_or_default().to_owned();
    if outcome == "value" {
        let alarm = notes.iter().map(|n| id(&n)).find(|id| ALARMS.contains(&id.as_str()));
        if let Some(alarm) = alarm {
            return Err(format!("note {alarm}"));
        }
        if ending.exit != 0 {
            return Err(format!("exit {}", ending.exit));
        }
    } else {
        let named: Vec<&Value> = notes.iter().filter(|n| kinds.contains(&id(n).as_str())).copied().collect();
        if named.is_empty() && !kinds.is_empty() {
            return Err(format!("no note of {}", kinds.join(", ")));
        }
        if ending.exit != 0 && ending.exit != 4 {
            return Err(format!("exit {}", ending.exit));
        }
        points_at(&expect["at"], &named, &ending.answer)?;
    }
    values(expect, &ending.answer)
}

/// Whether one of the notes, or the error, points where it should.
fn points_at(at: &Value, found: &[&Value], answer: &Value) -> Result<(), String> {
    for (key, want) in at.as_object().into_iter().flatten() {
        let lists = |value: &Value| value.as_array().is_some_and(|list| list.contains(want));
        let right = match key.as_str() {
            "n_dropped" => answer["n_dropped"] == *want,
            "column" => found.iter().any(|f| f["column"] == *want || lists(&f["columns"])),
            "line" => found.iter().any(|f| f["line"] == *want || lists(&f["lines"])),
            "term" => found.iter().any(|f| lists(&f["terms"])),
            "level" => found.iter().any(|f| lists(&f["levels"])),
            "parameter" => found.iter().any(|f| f["parameter"] == *want),
            _ => false,
        };
        if !right {
            return Err(format!("does not point at {key} {want}"));
        }
    }
    Ok(())
}

/// Whether the numbers are right to the digits asked.
fn values(expect: &Value, answer: &Value) -> Result<(), String> {
    let digits = expect["min_lre"].as_f64().unwrap_or(6.0);
    let line = |term: &str| answer["coefficients"].as_array()?.iter().find(|c| c["term"] == term);
    let close = |what: &str, got: &Value, want: &Value| {
        let right = match (got.as_f64(), want.as_f64()) {
            (Some(got), Some(want)) => {
                let size = if want == 0.0 { 1.0 } else { want.abs() };
                (got - want).abs() <= 10_f64.powi(-(digits as i32)) * size
            }
            _ => got == want,
        };
        if right { Ok(()) } else { Err(format!("{what}: {got}, not {want}")) }
    };
    for (key, want) in expect["values"].as_object().into_iter().flatten() {
        match (key.as_str(), want) {
            ("coef" | "se", Value::Object(named)) => {
                let field = if key == "coef" { "estimate" } else { "std_error" };
                for (term, want) in named {
                    close(term, line(term).map_or(&Value::Null, |l| &l[field]), want)?;
                }
            }
            ("identified", Value::Object(sums)) => {
                for (sum, want) in sums {
                    let parts = sum.split(" + ").filter_map(|term| line(term)?["estimate"].as_f64());
                    close(sum, &json!(parts.sum::<f64>()), want)?;
                }
            }
            ("loglik" | "n", want) => close(key, &answer[key], want)?,
            (parameter, want) => close(parameter, &natural(parameter, answer), want)?,
        }
    }
    Ok(())
}

/// The natural value of a parameter of an intercept-only fit.
fn natural(parameter: &str, answer: &Value) -> Value {
    let of = |c: &&Value| c["parameter"] == parameter;
    let found = answer["coefficients"].as_array().into_iter().flatten().find(of);
    let Some(line) = found else { return Value::Null };
    let link: Option<loglik::Link> = answer["links"][parameter].as_str().and_then(|text| text.parse().ok());
    match (line["scale"].as_str(), line["estimate"].as_f64(), link) {
        (Some("link"), Some(eta), Some(link)) => json!(link.natural(eta)),
        _ => line["estimate"].clone(),
    }
}
