//! What a softmax without a finite maximum still determines: differences of two classes that are both infinite against
//! the base.
//!
//! A difference is determined where it does not change along any direction in which the limit model stays the same; its
//! standard error is that of the limit model.

use crate::covariance;
use crate::result::Coefficient;
use crate::run::Outcome;
use crate::tables::Wald;
use crate::{Number, prepare::NamedCoef};
use loglik_fit::Limit;

/// An entry of a null direction below this share of its largest is rounding.
const ROUNDING: f64 = 1e-7;

/// Rows for the table: the later class against the earlier one, coefficient by coefficient.
pub(crate) fn of(outcome: &Outcome<'_>) -> Vec<Coefficient> {
    let model = &outcome.fit.model;
    if !model.likelihood.spec().shared_predictor || !outcome.separation.found() {
        return Vec::new();
    }
    let of_class = |k: usize| outcome.prepared.coefs.iter().filter(move |coef| coef.k == k);
    let classes = model.predictors.len();
    let mut rows = Vec::new();
    for earlier in 0..classes {
        for later in earlier + 1..classes {
            let pairs = of_class(earlier).zip(of_class(later));
            rows.extend(
                pairs.filter(|(a, b)| is_determined(outcome, a.at, b.at)).map(|(a, b)| row(outcome, a, b)),
            );
        }
    }
    rows
}

/// Whether both coefficients are infinite and their difference is not.
fn is_determined(outcome: &Outcome<'_>, a: usize, b: usize) -> bool {
    let infinite = |at: usize| outcome.separation.limits[at] != Limit::Finite;
    let still = |direction: &Vec<f64>| {
        let largest = direction.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        (direction[b] - direction[a]).abs() <= ROUNDING * largest
    };
    infinite(a) && infinite(b) && outcome.separation.null.iter().all(still)
}

fn row(outcome: &Outcome<'_>, a: &NamedCoef, b: &NamedCoef) -> Coefficient {
    let p = outcome.fit.model.p;
    let v = |i: usize, j: usize| covariance::between(outcome.vcov, p, i, j);
    let estimate = outcome.beta[b.at] - outcome.beta[a.at];
    let std_error = (v(a.at, a.at) + v(b.at, b.at) - 2.0 * v(a.at, b.at)).sqrt();
    let wald = Wald::of(estimate, std_error, None, outcome.spec.level());
    let parameter = format!("{} - {}", b.parameter, a.parameter);
    Coefficient {
        term: format!("{parameter}: {}", b.coef.name),
        parameter,
        variable: b.coef.variable.clone(),
        level: b.coef.level.clone(),
        scale: "link".to_owned(),
        estimate: Number(estimate),
        std_error: Number(wald.std_error),
        std_error_model: None,
        statistic: Number(wald.statistic),
        p_value: Number(wald.p_value),
        conf_low: Number(wald.conf_low),
        conf_high: Number(wald.conf_high),
        ratio: None,
        lr_p_value: None,
    }
}
