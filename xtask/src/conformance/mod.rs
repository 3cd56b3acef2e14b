//! Reference cases against the program: each case is fitted through the public crate and every figure compared.

mod answer;
mod case;
mod expected;
mod figures;
mod memo;
mod own;
mod penalised;
mod report;
mod scores;
mod univariate;

use crate::arguments::{Arguments, matches};
use answer::answer;
use case::Case;
use expected::{agree, expected, lre};
use loglik::Method;
use report::{Outcome, Value, Verdict};

/// Runs all cases of a directory; 0 when none failed, 1 when one did.
pub(crate) fn run(words: &[String]) -> Result<u8, String> {
    let arguments = Arguments::parse(words, &["class", "id", "quantity", "optimizer", "json"])?;
    let method = match arguments.flag("optimizer") {
        None | Some("newton") => Method::Newton,
        Some("lbfgs") => Method::Lbfgs,
        Some("gradient") => Method::Gradient(None),
        Some(other) => return Err(format!("--optimizer {other} is unknown; valid: newton, lbfgs, gradient")),
    };
    let cases = case::load(&arguments.path, method)?;
    let wanted = |case: &&Case| {
        arguments.flag("class").is_none_or(|class| class.split(',').any(|c| c == case.class()))
            && arguments.flag("id").is_none_or(|pattern| matches(pattern, case.id()))
    };
    let quantities: Option<Vec<&str>> = arguments.flag("quantity").map(|q| q.split(',').collect());
    let mut outcomes = Vec::new();
    for case in cases.iter().filter(wanted) {
        let outcome = judge(case, quantities.as_deref());
        report::line(&outcome);
        outcomes.push(outcome);
    }
    if outcomes.is_empty() {
        return Err("no case matches".to_owned());
    }
    report::totals(&outcomes);
    if let Some(path) = arguments.flag("json") {
        report::write(&outcomes, path)?;
    }
    Ok(u8::from(outcomes.iter().any(|o| o.verdict == Verdict::Fail)))
}

/// Fits one case and compares its figures.
fn judge(case: &Case, quantities: Option<&[&str]>) -> Outcome {
    let mut outcome = Outcome::new(case.id(), case.class());
    let mut found = match answer(case) {
        Ok(found) => found,
        Err(reason) => {
            outcome.verdict = Verdict::Unsupported;
            outcome.reason = Some(reason);
            return outcome;
        }
    };
    if let Err(reason) = found.ending_agrees(case) {
        outcome.verdict = Verdict::Fail;
        outcome.least = 0.0;
        outcome.place = "expect".to_owned();
        outcome.reason = Some(reason);
    }
    for figure in expected(case.json()) {
        if quantities.is_some_and(|q| !q.contains(&figure.quantity.as_str())) {
            continue;
        }
        if found.may_leave_out(case, &figure) {
            outcome.left_out.insert(figure.quantity.clone());
            continue;
        }
        let got = found.get(case, &figure.quantity, &figure.path);
        let digits = match (&got, figure.want.as_f64()) {
            (Some(got), Some(want)) => got.as_f64().map_or(0.0, |got| lre(got, want, figure.scale)),
            (Some(got), None) if *got == figure.want => 15.0,
            _ => 0.0,
        };
        let right = got.as_ref().is_some_and(|got| agree(got, &figure));
        outcome.values.push(Value { quantity: figure.quantity.clone(), name: figure.path.join("/"), got });
        if digits < outcome.least {
            outcome.least = digits;
            outcome.place = format!("{} {}", figure.quantity, figure.path.join("/"));
        }
        if !right {
            outcome.verdict = Verdict::Fail;
            outcome.wrong.insert(figure.quantity.clone());
        }
    }
    outcome
}
