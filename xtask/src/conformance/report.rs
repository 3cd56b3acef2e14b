//! What a run prints and writes.

use serde_json::{Map, Value as Json, json};
use std::collections::BTreeSet;

/// How a case ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Pass,
    Fail,
    Unsupported,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Unsupported => "unsupported",
        }
    }
}

/// What the program found for one figure.
pub(crate) struct Value {
    pub(crate) quantity: String,
    pub(crate) name: String,
    pub(crate) got: Option<Json>,
}

/// One case.
pub(crate) struct Outcome {
    pub(crate) id: String,
    pub(crate) class: String,
    pub(crate) verdict: Verdict,
    /// Least digits right, and where.
    pub(crate) least: f64,
    pub(crate) place: String,
    pub(crate) values: Vec<Value>,
    pub(crate) left_out: BTreeSet<String>,
    /// Quantities with a figure that does not agree.
    pub(crate) wrong: BTreeSet<String>,
    pub(crate) reason: Option<String>,
}

impl Outcome {
    pub(crate) fn new(id: &str, class: &str) -> Self {
        Self {
            id: id.to_owned(),
            class: class.to_owned(),
            verdict: Verdict::Pass,
            least: 15.0,
            place: String::new(),
            values: Vec::new(),
            left_out: BTreeSet::new(),
            wrong: BTreeSet::new(),
            reason: None,
        }
    }
}

/// One line for one case.
pub(crate) fn line(o: &Outcome) {
    let wrong: Vec<&str> = o.wrong.iter().map(String::as_str).collect();
    let tail = match (&o.reason, wrong.is_empty()) {
        (Some(reason), _) => format!("  [{}]", reason.replace('\n', " ")),
        (None, false) => format!("  wrong: {}", wrong.join(" ")),
        _ => String::new(),
    };
    println!("{:<12} {:<45} {:>5.1}  {}{tail}", o.verdict.word(), o.id, o.least, o.place);
}

fn counts(outcomes: &[Outcome]) -> Vec<(String, [usize; 3])> {
    let classes: BTreeSet<&str> = outcomes.iter().map(|o| o.class.as_str()).collect();
    let count =
        |class: &str, verdict| outcomes.iter().filter(|o| o.class == class && o.verdict == verdict).count();
    let row = |class: &str| {
        (class.to_owned(), [Verdict::Pass, Verdict::Fail, Verdict::Unsupported].map(|v| count(class, v)))
    };
    classes.into_iter().map(row).collect()
}

/// Totals by class.
pub(crate) fn totals(outcomes: &[Outcome]) {
    println!("\n{:<22} {:>5} {:>5} {:>11}", "class", "pass", "fail", "unsupported");
    let mut sum = [0; 3];
    for (class, counts) in counts(outcomes) {
        println!("{class:<22} {:>5} {:>5} {:>11}", counts[0], counts[1], counts[2]);
        sum.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
    }
    println!("{:<22} {:>5} {:>5} {:>11}", "all", sum[0], sum[1], sum[2]);
}

/// Writes `loglik.conformance/1`.
pub(crate) fn write(outcomes: &[Outcome], path: &str) -> Result<(), String> {
    let case = |o: &Outcome| {
        let values: Vec<Json> =
            o.values.iter().map(|v| json!({"quantity": v.quantity, "name": v.name, "got": v.got})).collect();
        json!({"id": o.id, "class": o.class, "verdict": o.verdict.word(), "least_lre": o.least, "where": o.place,
               "values": values, "left_out": o.left_out, "reason": o.reason})
    };
    let total = |(class, [pass, fail, unsupported]): (String, [usize; 3])| {
        (class, json!({"pass": pass, "fail": fail, "unsupported": unsupported}))
    };
    let totals: Map<String, Json> = counts(outcomes).into_iter().map(total).collect();
    let cases: Vec<Json> = outcomes.iter().map(case).collect();
    let document = json!({"format": "loglik.conformance/1", "cases": cases, "totals": totals});
    std::fs::write(path, format!("{document:#}\n")).map_err(|error| format!("{path}: {error}"))
}
