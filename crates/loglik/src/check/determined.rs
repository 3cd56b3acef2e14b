//! What the data determine: whether a finite maximum exists, rank, condition, inflated variances, rows and events for
//! every coefficient, and the smallest cell of a level and an outcome.
//!
//! Variance inflation is the diagonal of the inverse correlation of the estimates: Fox & Monette (1992), JASA 87,
//! 178-183. Ten events a coefficient: Peduzzi et al. (1996), J. Clinical Epidemiology 49, 1373-1379.

use super::{Diagnosis, Mend, Standing};
use crate::data_notes::{self, SMALL_CELL};
use crate::outcomes::Outcomes;
use crate::{Fitted, Status};
use loglik_num::Cholesky;

/// Variance inflation above which a coefficient is called inflated.
const INFLATED: f64 = 10.0;

/// Rows, or events of the rarer kind, that a coefficient should have.
const ROWS_A_COEFFICIENT: f64 = 10.0;

/// Everything of this file.
pub(super) fn all(fitted: &Fitted) -> Vec<Diagnosis> {
    let mut found = vec![existence(fitted), rank(fitted), condition(fitted)];
    found.extend(inflation(fitted));
    found.push(rows_a_coefficient(fitted));
    found.extend(smallest_cell(fitted));
    found.extend(several_maxima(fitted));
    found
}

fn existence(fitted: &Fitted) -> Diagnosis {
    let notes = &fitted.result.notes;
    let separation = notes.iter().find(|note| note.id.starts_with("separation"));
    match (separation, fitted.result.status) {
        (None, Status::Converged) if fitted.spec.is_adjusted() => Diagnosis::new(
            "existence",
            Standing::Pass,
            "finite by bias reduction or penalty, whether or not the likelihood alone has a maximum",
        ),
        (Some(note), _) => Diagnosis {
            columns: note.columns.clone(),
            rows: note.rows.clone(),
            lines: note.lines.clone(),
            ..Diagnosis::new(&note.id, Standing::Fail, &note.message)
        }
        .mended("merge or drop what separates; signs and likelihood-ratio tests hold", Mend::finite(fitted)),
        (None, Status::Unbounded) => {
            Diagnosis::new("existence", Standing::Fail, "the likelihood has no bound")
        }
        (None, Status::NotConverged) => {
            Diagnosis::new("not_converged", Standing::Fail, "the optimiser stopped before a maximum")
                .mended("drop nearly collinear terms, or penalise them", Mend::flag("penalty", "ridge:0.01"))
        }
        (None, Status::NotIdentified) => {
            Diagnosis::new("existence", Standing::Fail, "the data do not determine every coefficient")
        }
        (None, Status::Boundary) => {
            Diagnosis::new("existence", Standing::Info, "the maximum lies at the end of a parameter's range")
        }
        (None, _) => {
            Diagnosis::new("existence", Standing::Pass, "finite maximum (no direction of recession)")
        }
    }
}

fn rank(fitted: &Fitted) -> Diagnosis {
    let aliased = &fitted.result.aliased;
    let (rank, all) = (fitted.result.rank, fitted.result.rank + aliased.len());
    if aliased.is_empty() {
        return Diagnosis::new("rank", Standing::Pass, format!("rank {rank} of {all}"));
    }
    let equal: Vec<String> = aliased.iter().map(|a| format!("{} = {}", a.term, a.equals)).collect();
    let names: Vec<String> = aliased.iter().map(|a| a.term.clone()).collect();
    Diagnosis::new("aliased", Standing::Warn, format!("rank {rank} of {all}: {}", equal.join("; ")))
        .of(names.clone())
        .mended("drop one of the columns from the formula", Mend::without(fitted, &names))
}

fn condition(fitted: &Fitted) -> Diagnosis {
    let kappa = fitted.result.condition.0;
    let shown = if kappa < 1e4 { format!("{kappa:.1}") } else { format!("{kappa:.1e}") };
    let message = format!("condition number {shown} of the scaled information");
    if !fitted.result.has_note("ill_conditioned") {
        return Diagnosis::new("condition", Standing::Pass, message).figure(kappa);
    }
    Diagnosis::new("ill_conditioned", Standing::Warn, message)
        .figure(kappa)
        .mended("drop or combine nearly collinear terms", Mend::flag("penalty", "ridge:0.01"))
}

/// The largest variance inflation among coefficients that are not intercepts.
fn inflation(fitted: &Fitted) -> Option<Diagnosis> {
    let p = fitted.fit.model.p;
    let is_slope =
        |at: &usize| fitted.prepared.coefs.iter().any(|c| c.at == *at && c.coef.term.is_some() && c.k == 0);
    let kept: Vec<usize> = fitted.fit.estimated.iter().copied().filter(is_slope).collect();
    let q = kept.len();
    if q < 2 {
        return None;
    }
    let variance = |i: usize, j: usize| fitted.vcov[kept[i] * p + kept[j]];
    let scaled: Vec<f64> = (0..q * q)
        .map(|at| variance(at / q, at % q) / (variance(at / q, at / q) * variance(at % q, at % q)).sqrt())
        .collect();
    let inverse = Cholesky::new(&scaled, q).ok()?.inverse();
    let worst = (0..q).max_by(|a, b| inverse[a * q + a].total_cmp(&inverse[b * q + b]))?;
    let (name, factor) = (fitted.prepared.name_of(kept[worst]).to_owned(), inverse[worst * q + worst]);
    let standing = if factor > INFLATED { Standing::Warn } else { Standing::Pass };
    let message = format!("largest variance inflation {factor:.2} ({name})");
    let mend = Mend::without(fitted, std::slice::from_ref(&name));
    Some(
        Diagnosis::new("variance_inflation", standing, message)
            .figure(factor)
            .of(vec![name])
            .mended("drop or combine terms that move together", mend),
    )
}

fn rows_a_coefficient(fitted: &Fitted) -> Diagnosis {
    let is_slope = |at: &&usize| fitted.prepared.coefs.iter().any(|c| c.at == **at && c.coef.term.is_some());
    // Infinite ones were asked of the data too.
    let infinite = fitted.result.status == Status::Infinite;
    let all: Vec<usize> =
        if infinite { (0..fitted.fit.model.p).collect() } else { fitted.fit.estimated.clone() };
    let slopes = all.iter().filter(is_slope).count();
    let (n, df) = (fitted.result.n, slopes.max(1));
    let both = fitted.prepared.outcomes.as_ref().map(Outcomes::both);
    let rarer = both.map(|(events, others)| events.min(others));
    let (count, what) = rarer.map_or((n, "rows"), |rarer| (rarer, "of the rarer outcome"));
    let share = count / df as f64;
    let standing = if share < ROWS_A_COEFFICIENT { Standing::Warn } else { Standing::Pass };
    let message =
        format!("{count} {what} for {df} coefficient{}: {share:.1} each", if df == 1 { "" } else { "s" });
    let mend = match rarer {
        Some(_) if !fitted.spec.is_adjusted() => Mend::flag("bias-reduction", "firth"),
        _ => Mend::flag("ci", "profile"),
    };
    Diagnosis::new("events_per_parameter", standing, message)
        .figure(share)
        .mended("use fewer terms, bias reduction, or profile intervals", mend)
}

/// The smallest cell of a level and an outcome.
fn smallest_cell(fitted: &Fitted) -> Option<Diagnosis> {
    let cell = data_notes::smallest_cell(&fitted.prepared)?;
    let small = cell.rows < SMALL_CELL;
    let standing = if small { Standing::Warn } else { Standing::Info };
    let found = Diagnosis::new("small_cells", standing, format!("smallest cell: {}", cell.text()))
        .figure(cell.rows as f64)
        .of(vec![cell.column.clone()]);
    let remedy = "merge levels, or trust profile intervals only";
    Some(if small { found.mended(remedy, Mend::flag("ci", "profile")) } else { found })
}

/// Where climbs from several starts ended, the best first.
fn several_maxima(fitted: &Fitted) -> Option<Diagnosis> {
    let own = fitted.result.own.as_ref()?;
    let best = own.maxima.first()?.0;
    let gaps: Vec<String> = own.maxima.iter().map(|l| format!("{:.4}", best - l.0)).collect();
    if own.maxima.len() < 2 {
        return Some(Diagnosis::new(
            "maxima",
            Standing::Pass,
            format!("{} starts ended at one maximum", own.starts),
        ));
    }
    let message = format!(
        "{} starts ended at {} maxima, below the best by {}",
        own.starts,
        gaps.len(),
        gaps.join(", ")
    );
    let mut found = Diagnosis::new("several_maxima", Standing::Warn, message);
    found.remedy = Some("start near the one that you mean: --start NAME=VALUE".to_owned());
    Some(found)
}
