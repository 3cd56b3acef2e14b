//! Findings in words: what a reader of the fit should know, with ids, places and a command that mends it.

use crate::data_notes;
use crate::glossary::explained;
use crate::prepare::Prepared;
use crate::result::Note;
use crate::run::Outcome;
use crate::se_notes;
use crate::separation::Separation;
use loglik_design::DesignNote;
use loglik_expr::spell_number;
use loglik_fit::{Finding, Fit, Limit};
use loglik_likelihood::ResponseKind;
use loglik_optim::Reason;
use std::collections::BTreeMap;

/// All notes of a run.
pub(crate) fn all(outcome: &Outcome<'_>) -> Vec<Note> {
    let mut notes = Vec::new();
    let (prepared, fit) = (outcome.prepared, outcome.fit);
    if prepared.rows.dropped > 0 {
        notes.push(dropped(prepared.rows.dropped, &prepared.rows.by_column));
    }
    if prepared.own.is_none() && is_constant(prepared, fit) {
        notes.push(constant(prepared));
    }
    if outcome.separation.found() {
        notes.push(separation(prepared, fit, outcome.separation));
        notes.extend(infinite(prepared, outcome.separation));
        notes.extend(at_infinity(prepared, fit, outcome.separation));
    }
    notes.extend(outcome.unidentified.notes(prepared));
    if prepared.responses.no_events {
        let message = "every row is censored: no event was seen, and the likelihood has no finite maximum";
        notes.push(Note { id: "no_events".into(), message: message.into(), ..Note::default() });
    }
    notes.extend(data_notes::all(outcome.spec, prepared));
    notes.extend(prepared.plan.notes().iter().map(one_level));
    notes.extend(fit.findings.iter().map(|finding| self::finding(outcome, finding)));
    if let Some(cells) = empty_cells(prepared) {
        notes.push(cells);
    }
    notes.extend(se_notes::all(outcome));
    let coefs = fit.model.p as f64;
    if outcome.statistics.n <= coefs {
        let message = format!(
            "{} rows for {coefs} coefficients: nothing is left to estimate their errors from",
            outcome.statistics.n
        );
        notes.push(Note { id: "too_few_rows".into(), message, ..Note::default() });
    }
    if !fit.stop.reason.is_success()
        && fit.stop.reason != Reason::Unbounded
        && !outcome.separation.found()
        && fit.model.p > 0
    {
        notes.push(not_converged(outcome));
    }
    debug_assert!(
        notes.iter().all(|note| explained(&note.id).is_some()),
        "the glossary lacks one of {notes:?}"
    );
    notes
}

/// Beyond this size a coefficient of a likelihood that is still rising is on its way out.
const FAR: f64 = 1e9;

fn not_converged(outcome: &Outcome<'_>) -> Note {
    let (prepared, fit) = (outcome.prepared, outcome.fit);
    let stopped = format!("stopped after {} iterations", fit.stop.iterations);
    let far = |at: usize| prepared.own.is_some() && fit.point.beta[at].abs() > FAR;
    let terms: Vec<String> = prepared.coefs.iter().filter(|c| far(c.at)).map(|c| c.name.clone()).collect();
    let (message, remedy) = if terms.is_empty() {
        (format!("{stopped}: {}", fit.stop.reason.advice()), None)
    } else {
        let message = format!("{stopped}: the log-likelihood still rises as {} runs off", terms.join(", "));
        let remedy = "it may have no maximum: check that `loglik` is a density of the observed value, which \
                      sums to one over all that it may be";
        (message, Some(remedy.to_owned()))
    };
    Note { id: "not_converged".into(), message, terms, remedy, ..Note::default() }
}

/// So many rows were dropped, counted by column.
pub(crate) fn dropped(rows: usize, by_column: &BTreeMap<String, usize>) -> Note {
    let parts: Vec<String> = by_column.iter().map(|(c, n)| format!("{c} {n}")).collect();
    Note {
        id: "rows_dropped".into(),
        message: format!("{rows} rows dropped for missing values ({})", parts.join(", ")),
        columns: by_column.keys().cloned().collect(),
        remedy: Some("--missing error refuses instead".into()),
        ..Note::default()
    }
}

/// Whether the response has one value in all rows: then only the location is left to say.
fn is_constant(prepared: &Prepared, fit: &Fit) -> bool {
    let spec = prepared.model.likelihood.spec();
    match spec.response {
        ResponseKind::Class | ResponseKind::ClassCounts => {
            fit.moments.classes.iter().filter(|c| **c > 0.0).count() < 2
        }
        ResponseKind::Interval => false,
        ResponseKind::Trials => {
            fit.moments.max == fit.moments.min && (fit.moments.mean == 0.0 || fit.moments.mean == 1.0)
        }
        // Moments may be those of distinct rows.
        // The moments of the fit may be those of few rows that say as much as all.
        _ => match prepared.source.columns().and_then(|rows| rows.y.first()) {
            Some(y) => y.len() > 1 && y.iter().all(|v| *v == y[0]),
            None => fit.moments.max == fit.moments.min && fit.moments.n > 1,
        },
    }
}

fn constant(prepared: &Prepared) -> Note {
    let column = prepared.responses.info.column.clone();
    Note {
        id: "response_constant".into(),
        message: format!("the response `{column}` has the same value in all rows"),
        columns: vec![column],
        ..Note::default()
    }
}

/// The cause where no finite maximum exists: terms, levels, rows and remedies.
pub(crate) fn separation(prepared: &Prepared, fit: &Fit, separation: &Separation) -> Note {
    let signed = |l: &Limit| matches!(l, Limit::Plus | Limit::Minus);
    let not_finite = |l: &Limit| *l != Limit::Finite;
    let is_cause = |signed_only: bool| {
        prepared.coefs.iter().filter(move |c| {
            let limit = &separation.limits[c.at];
            c.coef.term.is_some() && if signed_only { signed(limit) } else { not_finite(limit) }
        })
    };
    let only_signed = is_cause(true).next().is_some();
    let causes: Vec<_> = is_cause(only_signed).collect();
    let mut columns: Vec<String> = Vec::new();
    for cause in &causes {
        if !columns.contains(&cause.coef.variable) {
            columns.push(cause.coef.variable.clone());
        }
    }
    let terms: Vec<String> = causes.iter().map(|c| c.name.clone()).collect();
    let (id, how) = match separation.complete {
        true => ("separation_complete", "every row can be predicted perfectly"),
        false => ("separation_quasi", "some rows can be predicted perfectly"),
    };
    let what = if terms.is_empty() { "the response alone".to_owned() } else { terms.join(", ") };
    let levels = causes.iter().filter_map(|c| c.coef.level.clone()).collect();
    let places: Vec<(u64, Option<u64>)> = separation.rows.iter().map(|r| prepared.place(*r)).collect();
    let rows = places.iter().map(|(row, _)| *row).collect();
    let lines = places.iter().filter_map(|(_, line)| *line).collect();
    let (reached, all) = (fit.end.at_infinity, fit.end.rows);
    let (message, remedy) = match without_excess(fit) {
        Some(plain) => (
            format!(
                "no finite maximum: pi tends to 0 in all rows, as the response has no excess of zeros; the limit model, `{plain}`, is reported"
            ),
            format!("--likelihood '{plain}'"),
        ),
        None => (
            format!(
                "no finite maximum: {how} ({reached} of {all} rows are at infinity) by {what}; the limit model is reported"
            ),
            remedies(prepared),
        ),
    };
    Note {
        id: id.into(),
        message,
        columns,
        terms,
        levels,
        rows,
        lines,
        remedy: Some(remedy),
        ..Note::default()
    }
}

/// The likelihood that a zero-inflated one tends to, where all that runs off is its share of excess zeros, in all rows.
fn without_excess(fit: &Fit) -> Option<&str> {
    let spec = fit.model.likelihood.spec();
    let plain = spec.name.strip_prefix("zero_inflated(")?.strip_suffix(')')?;
    let pi = &fit.model.predictors[spec.param("pi")?].pieces;
    let of_pi = |j: usize| pi.iter().any(|piece| (piece.first..piece.first + piece.coefs).contains(&j));
    let apart = |direction: &Vec<f64>| (0..direction.len()).all(|j| direction[j] == 0.0 || of_pi(j));
    (fit.end.at_infinity == fit.end.rows && fit.limits.iter().all(|l| apart(&l.direction))).then_some(plain)
}

/// What can be asked for instead of the limit model.
fn remedies(prepared: &Prepared) -> String {
    let reduced =
        ["bernoulli", "poisson", "categorical"].contains(&prepared.model.likelihood.spec().name.as_str());
    let firth = if reduced { "--bias-reduction firth (finite estimates, adjusted score), " } else { "" };
    format!(
        "{firth}--penalty ridge:0.01 (for prediction, no standard errors), drop or merge what separates, or --on-separation refuse (no table)"
    )
}

fn infinite(prepared: &Prepared, separation: &Separation) -> Option<Note> {
    let of = |limit: Limit| {
        prepared.coefs.iter().filter(move |c| separation.limits[c.at] == limit).map(|c| c.name.clone())
    };
    let terms: Vec<String> = of(Limit::Plus).chain(of(Limit::Minus)).collect();
    let signed = |limit: &Limit| matches!(limit, Limit::Finite | Limit::Plus | Limit::Minus);
    let open = prepared.coefs.iter().filter(|c| !signed(&separation.limits[c.at]));
    let open: Vec<&str> = open.map(|c| c.name.as_str()).collect();
    let open = match open.is_empty() {
        true => String::new(),
        false => format!("; not determined, whatever its sign: {}", open.join(", ")),
    };
    (!terms.is_empty()).then(|| Note {
        id: "parameter_at_infinity".into(),
        message: format!("infinite: {}; no Wald figure belongs to them{open}", terms.join(", ")),
        terms,
        ..Note::default()
    })
}

/// Rows whose likelihood reaches its supremum only in the limit, the first of them by number.
fn at_infinity(prepared: &Prepared, fit: &Fit, separation: &Separation) -> Option<Note> {
    let (far, all) = (fit.end.at_infinity, fit.end.rows);
    let rest = match (separation.complete, far == all) {
        (true, _) => "none is left to estimate anything else from",
        (false, true) => "what is finite rests on what they say of the other classes",
        (false, false) => "estimates of what is finite rest on the others",
    };
    // Without an excess of zeros the rows say as much of what is finite as ever.
    (far > 0 && without_excess(fit).is_none()).then(|| Note {
        id: "rows_at_infinity".into(),
        message: format!("{far} of {all} rows are at infinity: {rest}"),
        rows: separation.rows.iter().map(|r| prepared.table.file_row(*r) as u64 + 1).collect(),
        lines: separation.rows.iter().filter_map(|r| prepared.table.line(*r)).collect(),
        ..Note::default()
    })
}

fn one_level(note: &DesignNote) -> Note {
    let DesignNote::OneLevelFactor { column, level } = note;
    Note {
        id: "one_level_factor".into(),
        message: format!("`{column}` has one level, `{level}`, in the rows used: it has no coefficient"),
        columns: vec![column.clone()],
        levels: vec![level.clone()],
        ..Note::default()
    }
}

fn empty_cells(prepared: &Prepared) -> Option<Note> {
    let terms: Vec<String> = prepared.plan.predictors.iter().flat_map(|p| p.empty_cells.clone()).collect();
    (!terms.is_empty()).then(|| Note {
        id: "aliased".into(),
        message: format!("no row has these combinations of levels: {}", terms.join(", ")),
        terms,
        ..Note::default()
    })
}

fn finding(outcome: &Outcome<'_>, finding: &Finding) -> Note {
    let prepared = outcome.prepared;
    match finding {
        Finding::Aliased { coef, equals } => {
            let name = prepared.name_of(*coef).to_owned();
            Note {
                id: "aliased".into(),
                message: format!("`{name}` = {}: dropped", combination(prepared, *coef, equals)),
                terms: vec![name],
                remedy: Some("drop one of them from the formula".into()),
                ..Note::default()
            }
        }
        Finding::IllConditioned(kappa) => Note {
            id: "ill_conditioned".into(),
            message: format!("condition number {kappa:.1e}: some coefficients can hardly be told apart"),
            remedy: Some("drop or combine nearly collinear terms".into()),
            ..Note::default()
        },
        Finding::Unbounded => {
            let gaussian = outcome.statistics.sigma.is_some();
            Note {
                id: if gaussian { "perfect_fit" } else { "unbounded_likelihood" }.into(),
                message: "the likelihood has no bound: the fit is exact to the last digit of the response, so its scale runs to 0".into(),
                ..Note::default()
            }
        }
        Finding::Boundary { param, upper } => {
            let name = outcome.fit.model.likelihood.spec().params[*param].name.clone();
            let end = if *upper { "upper" } else { "lower" };
            Note {
                id: "boundary_estimate".into(),
                message: format!("`{name}` lies at the {end} end of its range: the limit model is reported"),
                parameter: Some(name),
                ..Note::default()
            }
        }
        Finding::Limit { family, natural } => {
            let shown: Vec<String> = natural.iter().map(|(name, v)| format!("{name} {v:.6}")).collect();
            Note {
                id: "parameter_at_infinity".into(),
                message: format!("the limit is {family} with {}", shown.join(", ")),
                remedy: Some(format!("--families {family}")),
                ..Note::default()
            }
        }
        Finding::SeveralMaxima(logliks) => {
            let shown: Vec<String> = logliks.iter().map(|l| format!("{l:.6}")).collect();
            Note {
                id: "several_maxima".into(),
                message: format!(
                    "{} maxima were found, log-likelihoods {}: the best is reported",
                    logliks.len(),
                    shown.join(", ")
                ),
                ..Note::default()
            }
        }
        Finding::NonUnique => Note {
            id: "non_unique".into(),
            message: "the maximum is a set of points: one of them is reported".into(),
            ..Note::default()
        },
    }
}

/// A dependent column as the user's columns: `2 x1 + 3`.
pub(crate) fn combination(prepared: &Prepared, coef: usize, equals: &[(usize, f64)]) -> String {
    // Inside, x_j = sum c_i x_i; the null direction e_j - sum c_i e_i taken to the user's columns gives the factors.
    let p = prepared.model.p;
    let mut direction = vec![0.0; p];
    direction[coef] = 1.0;
    equals.iter().for_each(|(i, c)| direction[*i] = -c);
    let user = prepared.map.to_user(&direction, &vec![0.0; p]);
    let mut text = String::new();
    for named in prepared.coefs.iter().filter(|c| c.at != coef && user[c.at] != 0.0) {
        // Factors are ratios of data columns: ten digits are as many as a reader can use.
        let factor = rounded(-user[named.at] / user[coef]);
        if factor == 0.0 {
            continue;
        }
        let constant = named.coef.term.is_none();
        let size = spell_number(factor.abs());
        let body = match (constant, factor.abs() == 1.0) {
            (true, _) => size,
            (false, true) => named.name.clone(),
            (false, false) => format!("{size} {}", named.name),
        };
        let sign = match (text.is_empty(), factor < 0.0) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        };
        text.push_str(sign);
        text.push_str(&body);
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// Ten significant digits.
fn rounded(value: f64) -> f64 {
    format!("{value:.9e}").parse().unwrap_or(value)
}
