//! Which likelihoods suit one column: by its support, and by whether it holds counts or measurements.
//!
//! Probabilities of counts and densities of measurements are not comparable, so the two are never mixed. No family is
//! taken whose support begins at a value that the data choose.

use crate::{DistSpec, Error};
use loglik_design::{Formula, Response, Table};
use loglik_expr::{Column, evaluate};
use loglik_num::is_whole;
use serde::Serialize;

/// Whole numbers up to here are read as counts; larger ones when few of them differ.
const COUNT: f64 = 1_000.0;

const REAL: [&str; 7] = ["gaussian", "laplace", "logistic_dist", "student_t", "cauchy", "gumbel", "gev"];
const POSITIVE: [&str; 12] = [
    "lognormal",
    "gamma",
    "weibull",
    "inverse_gaussian",
    "exponential",
    "loglogistic",
    "rayleigh",
    "lomax",
    "gaussian",
    "logistic_dist",
    "student_t",
    "gumbel",
];
const UNIT: [&str; 3] = ["beta", "uniform", "gaussian"];
const LIFETIMES: [&str; 5] = ["exponential", "weibull", "lognormal", "loglogistic", "gompertz"];

/// What one column looks like.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Values that are not missing.
    pub values: usize,
    /// Missing ones.
    pub missing: usize,
    /// Least.
    pub min: f64,
    /// Greatest.
    pub max: f64,
    /// `counts`, `yes or no`, `between 0 and 1`, `positive`, `not negative` or `real`.
    pub support: String,
    /// Values in equal ranges from least to greatest; of counts one range a value where they are few.
    pub histogram: Vec<u64>,
}

/// A column as it was read.
pub(crate) struct Read {
    pub(crate) summary: ColumnSummary,
    /// Censored values: tails are needed.
    censored: bool,
    lifetimes: bool,
    trials: bool,
}

/// Reads the column of a spec.
pub(crate) fn read(spec: &DistSpec, table: &Table) -> Result<Read, Error> {
    let formula = Formula::parse(&format!("{} ~ 1", spec.response(table.names())))?;
    let response = formula.response();
    let mut values = Vec::new();
    let (lifetimes, interval) = match response {
        Response::Surv { .. } => (true, false),
        Response::Interval { .. } => (spec.upper.is_none(), true),
        _ => (false, false),
    };
    let trees = response.trees();
    // A survival response is described by its times, bounds by all that are finite.
    for tree in trees.into_iter().take(if interval { 2 } else { 1 }) {
        match evaluate(tree, table).map_err(|e| Error::request(e.to_string()))? {
            Column::Number(column) => values.extend(column),
            Column::Sparse(_) => return Err(Error::sparse("a univariate fit", &spec.column)),
            Column::Category { .. } => {
                let message = format!("`{}` holds text: univariate fits are of numbers", spec.column);
                return Err(Error::request(message)
                    .remedy(format!("loglik fit '{} ~ 1' DATA --likelihood categorical", spec.column)));
            }
        }
    }
    let summary = summary(&values);
    Ok(Read { summary, censored: lifetimes || interval, lifetimes, trials: spec.trials.is_some() })
}

fn summary(values: &[f64]) -> ColumnSummary {
    let mut seen: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    seen.sort_by(f64::total_cmp);
    let missing = values.iter().filter(|v| v.is_nan()).count();
    let (Some(min), Some(max)) = (seen.first().copied(), seen.last().copied()) else {
        return ColumnSummary { missing, ..ColumnSummary::default() };
    };
    let mut distinct = seen.clone();
    distinct.dedup();
    let whole = seen.iter().all(|v| is_whole(*v));
    let few = distinct.len() * 20 <= seen.len();
    let support = if whole && min >= 0.0 && max <= 1.0 && distinct.len() == 2 {
        "yes or no"
    } else if whole && min >= 0.0 && (max <= COUNT || few) {
        "counts"
    } else if min > 0.0 && max < 1.0 {
        "between 0 and 1"
    } else if min > 0.0 {
        "positive"
    } else if min == 0.0 {
        "not negative"
    } else {
        "real"
    };
    let bins = if support == "counts" { ((max - min) as usize + 1).min(20) } else { 13 };
    let mut histogram = vec![0; bins];
    for v in &seen {
        let place = if max > min { (v - min) / (max - min) * bins as f64 } else { 0.0 };
        histogram[(place as usize).min(bins - 1)] += 1;
    }
    ColumnSummary { values: seen.len(), missing, min, max, support: support.to_owned(), histogram }
}

impl Read {
    /// Likelihoods that suit the column.
    pub(crate) fn families(&self) -> Vec<String> {
        let s = &self.summary;
        let all: Vec<&str> = if self.trials {
            vec!["bernoulli", "beta_binomial"]
        } else if self.lifetimes {
            LIFETIMES.to_vec()
        } else {
            match s.support.as_str() {
                "yes or no" => vec!["bernoulli"],
                "counts" if s.min >= 1.0 => {
                    vec!["poisson", "negative_binomial", "truncated(poisson)", "log_series"]
                }
                "counts" => vec!["poisson", "negative_binomial", "geometric", "zero_inflated(poisson)"],
                "between 0 and 1" => UNIT.to_vec(),
                "positive" => POSITIVE.to_vec(),
                "not negative" => [&["exponential", "tweedie"][..], &REAL[..]].concat(),
                _ => REAL.to_vec(),
            }
        };
        // A point mass at 0 and a density are two things: neither serves censored values.
        let kept = all.into_iter().filter(|name| !self.censored || *name != "tweedie");
        kept.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_support_of_a_column_is_read_off_its_values() {
        let support = |values: &[f64]| summary(values).support;
        assert_eq!(support(&[0.0, 1.0, 1.0]), "yes or no");
        assert_eq!(support(&[0.0, 1.0, 7.0, f64::NAN]), "counts");
        assert_eq!(support(&[0.2, 0.9]), "between 0 and 1");
        assert_eq!(support(&[0.2, 1.9]), "positive");
        assert_eq!(support(&[0.0, 1.9]), "not negative");
        assert_eq!(support(&[-0.2, 1.9]), "real");
        // Incomes in whole dollars are measurements.
        assert_eq!(support(&[6_087.0, 20_310.0, 33_002.0, 146_246.0]), "positive");
    }

    #[test]
    fn a_histogram_counts_every_value_once() {
        let found = summary(&[1.0, 1.5, 2.0, 14.0]).histogram;
        assert_eq!(found.len(), 13);
        assert_eq!(found.iter().sum::<u64>(), 4);
        assert_eq!((found[0], found[1], found[12]), (2, 1, 1));
    }
}
