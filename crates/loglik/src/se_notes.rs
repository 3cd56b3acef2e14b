//! Standard errors that know when they lie: what there is to doubt about a covariance, in words.

use crate::covariance::Doubt;
use crate::result::Note;
use crate::run::Outcome;
use crate::{SeForm, SeKind};

/// Clusters below which their standard errors are known to be too small (Cameron & Miller 2015, J. Human Resources
/// 50, 317-372: "few" ends somewhere between 20 and 50).
const FEW_CLUSTERS: usize = 30;

/// Rows or clusters that a variance must rest on. Of normal influences the effective number is a third of all.
const FEW_UNITS: f64 = 5.0;

/// A sandwich this many times the model's own standard error, or as many times less, says that the model is wrong (King
/// & Roberts 2015, Political Analysis 23, 159-179).
const APART: f64 = 1.5;

/// Notes on the standard errors of a run.
pub(crate) fn all(outcome: &Outcome<'_>) -> Vec<Note> {
    let doubts = &outcome.covariance.doubts;
    let mut notes: Vec<Note> = doubts.iter().filter_map(|doubt| note(outcome, doubt)).collect();
    notes.extend(few_units(outcome));
    notes.extend(apart(outcome));
    notes
}

fn note(outcome: &Outcome<'_>, doubt: &Doubt) -> Option<Note> {
    let prepared = outcome.prepared;
    match doubt {
        Doubt::Clusters { column, groups } => (*groups < FEW_CLUSTERS).then(|| Note {
            id: "few_clusters".into(),
            message: format!(
                "{groups} clusters by `{column}`: clustered standard errors tend to be too small"
            ),
            columns: vec![column.clone()],
            remedy: Some(surer(outcome, *groups)),
            ..Note::default()
        }),
        Doubt::FewUnits { .. } => None,
        Doubt::LeverageOne { count, rows, withheld } => {
            let what = if rows.is_empty() { "clusters determine" } else { "rows determine" };
            let end = if *withheld {
                "without them it has none, and the standard errors are withheld"
            } else {
                "their residuals are zero whatever their errors, and its standard error is too small"
            };
            Some(Note {
                id: "leverage_one".into(),
                message: format!("{count} {what} a coefficient alone: {end}"),
                rows: rows.iter().map(|r| prepared.place(*r).0).collect(),
                lines: rows.iter().filter_map(|r| prepared.place(*r).1).collect(),
                remedy: Some("--se observed, or drop the term that these rows alone have".into()),
                ..Note::default()
            })
        }
        Doubt::Replicates { failed, all, withheld } => Some(Note {
            id: "not_converged".into(),
            message: format!(
                "{failed} of {all} bootstrap refits have no finite maximum: {}",
                if *withheld { "standard errors withheld" } else { "standard errors describe the others" }
            ),
            remedy: Some("--ci profile".into()),
            ..Note::default()
        }),
        Doubt::NoVariance(coefs) => {
            let terms: Vec<String> = coefs.iter().map(|at| prepared.name_of(*at).to_owned()).collect();
            Some(Note {
                id: "leverage_one".into(),
                message: format!("no variance is left for {}: standard errors withheld", terms.join(", ")),
                terms,
                remedy: Some("--se observed".into()),
                ..Note::default()
            })
        }
        Doubt::Singular => Some(Note {
            id: "ill_conditioned".into(),
            message: "the information is singular at the estimate: standard errors are withheld".into(),
            remedy: Some("drop or combine nearly collinear terms".into()),
            ..Note::default()
        }),
    }
}

/// What leans to the safe side where clusters are few.
fn surer(outcome: &Outcome<'_>, groups: usize) -> String {
    let spec = outcome.spec;
    match (spec.se() == SeKind::Cluster, spec.se_form) {
        (true, SeForm::Cr3) => {
            format!("compare statistics with a t on {} degrees of freedom", groups.saturating_sub(1))
        }
        (true, _) => "--se-form cr3 leans to the safe side".into(),
        (false, _) => "--se cluster --se-form cr3 leans to the safe side".into(),
    }
}

/// Coefficients whose robust variance effectively rests on a handful of rows or clusters, and on how many.
fn on_few(outcome: &Outcome<'_>) -> Vec<(usize, f64)> {
    let few = outcome.covariance.doubts.iter().filter_map(|doubt| match doubt {
        Doubt::FewUnits { at, effective } if *effective < FEW_UNITS => Some((*at, *effective)),
        _ => None,
    });
    few.collect()
}

fn few_units(outcome: &Outcome<'_>) -> Option<Note> {
    let few = on_few(outcome);
    let least = few.iter().map(|(_, effective)| *effective).fold(f64::INFINITY, f64::min);
    let terms: Vec<String> = few.iter().map(|(at, _)| outcome.prepared.name_of(*at).to_owned()).collect();
    let clustered = outcome.covariance.info.as_ref()?.clusters.is_some();
    let units = if clustered { "clusters" } else { "rows" };
    // Errors that take rows of a cluster as independent would be smaller still.
    let mend = match (clustered, outcome.spec.se_form) {
        (false, _) => "--se observed",
        (true, SeForm::Cr3) => "take the larger of these and of `model std.err`",
        (true, _) => "--se-form cr3, and take the larger of these and of `model std.err`",
    };
    (!terms.is_empty()).then(|| Note {
        id: "few_clusters".into(),
        message: format!(
            "the robust standard errors of {} rest on effectively {least:.1} {units}: they can be far too small",
            listed(&terms)
        ),
        terms,
        remedy: Some(mend.into()),
        ..Note::default()
    })
}

/// Coefficients whose robust and own standard errors are far apart.
fn apart(outcome: &Outcome<'_>) -> Option<Note> {
    let (p, model) = (outcome.fit.model.p, outcome.covariance.model.as_ref()?);
    let ratio = |at: usize| (outcome.vcov[at * p + at] / model[at]).sqrt();
    let far = outcome.prepared.coefs.iter().map(|c| (c, ratio(c.at)));
    // An error that rests on a handful of units is small by itself.
    let few = on_few(outcome);
    let small = |at: usize, r: f64| r < 1.0 / APART && !few.iter().any(|(on_few, _)| *on_few == at);
    let far: Vec<_> = far.filter(|(c, r)| *r > APART || small(c.at, *r)).collect();
    let farthest = far.iter().map(|(_, r)| *r).max_by(|a, b| apart_by(*a).total_cmp(&apart_by(*b)))?;
    let terms: Vec<String> = far.iter().map(|(c, _)| c.name.clone()).collect();
    let clustered = !outcome.spec.cluster.is_empty() && farthest > 1.0;
    let mend = match clustered {
        true => "rows of a cluster are alike: keep the clustered errors, or model what they share",
        false => "look for a missing term, another likelihood or dependent rows",
    };
    Some(Note {
        id: "misspecified".into(),
        message: format!(
            "robust standard errors are up to {:.2} times {} the model's own ({}): its variance is not that of the data",
            apart_by(farthest),
            if farthest > 1.0 { "larger than" } else { "smaller than" },
            listed(&terms)
        ),
        terms,
        remedy: Some(mend.into()),
        ..Note::default()
    })
}

/// Some names, and how many more there are.
fn listed(terms: &[String]) -> String {
    const MOST: usize = 6;
    match terms.len() {
        0..=MOST => terms.join(", "),
        n => format!("{} and {} more", terms[..MOST - 1].join(", "), n + 1 - MOST),
    }
}

/// How many times one is the other, whichever is greater.
fn apart_by(ratio: f64) -> f64 {
    ratio.max(1.0 / ratio)
}
