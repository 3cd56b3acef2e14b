//! Models side by side: likelihood ratios of nested ones, information criteria of all on the same rows.
//!
//! Weights of a criterion are exp(-d / 2) over their sum, d being the distance from the least (Burnham & Anderson 2002,
//! sec. 2.9).

use crate::nesting::{Nested, nested};
use crate::{FitResult, ModelFile, Number};
use loglik_num as num;
use serde::{Deserialize, Serialize};

/// A likelihood-ratio test of one model against a smaller one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RatioTest {
    /// The smaller model.
    pub against: String,
    /// Twice the difference of the log-likelihoods.
    pub statistic: Number,
    /// Parameters more.
    pub df: usize,
    /// `chi2`, or `chi_bar2` where one of the parameters is at an end of its range under the smaller model.
    pub distribution: String,
    /// p-value.
    pub p_value: Number,
}

/// One model of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Its file, or what else it goes by.
    pub model: String,
    /// Its likelihood.
    pub likelihood: String,
    /// Its formula.
    pub formula: String,
    /// Terms that it has more than the model before it.
    pub added: Vec<String>,
    /// Terms that it lacks of the model before it.
    pub dropped: Vec<String>,
    /// Rows.
    pub n: f64,
    /// Log-likelihood, nats.
    pub loglik: Number,
    /// Estimated parameters.
    pub df: usize,
    /// Against the nearest smaller model that is nested in it.
    pub lr: Option<RatioTest>,
    /// Distance from the least AIC.
    pub d_aic: Number,
    /// Its weight.
    pub aic_weight: Number,
    /// Distance from the least BIC.
    pub d_bic: Number,
    /// Its weight.
    pub bic_weight: Number,
}

/// A comparison of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// `loglik.compare/1`.
    pub format: String,
    /// Whether all models have the same rows, by their fingerprints; where they have not, nothing is compared.
    pub same_rows: bool,
    /// The models in the order given.
    pub models: Vec<Compared>,
}

/// Compares models; where they are not of the same rows tests and criteria are absent.
#[must_use]
pub fn compare(files: &[(String, &ModelFile)]) -> Comparison {
    let same_rows = same_rows(files);
    let models: &Vec<(String, &FitResult)> =
        &files.iter().map(|(name, file)| (name.clone(), &file.fit)).collect();
    let distances = |criterion: fn(&FitResult) -> Number| -> Vec<f64> {
        let values: Vec<f64> = models.iter().map(|(_, fit)| criterion(fit).0).collect();
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        values.iter().map(|v| if same_rows { v - least } else { f64::NAN }).collect()
    };
    let (aic, bic) = (distances(|fit| fit.aic), distances(|fit| fit.bic));
    let weights = |d: &[f64]| -> Vec<f64> {
        let raw: Vec<f64> = d.iter().map(|d| num::exp(-0.5 * d)).collect();
        let sum: f64 = raw.iter().sum();
        raw.iter().map(|w| w / sum).collect()
    };
    let (aic_weights, bic_weights) = (weights(&aic), weights(&bic));
    let one = |i: usize| {
        let (name, fit) = &models[i];
        let before = i.checked_sub(1).map(|at| models[at].1);
        Compared {
            model: name.clone(),
            likelihood: fit.likelihood.clone(),
            formula: fit.formula.clone(),
            added: more(fit, before),
            dropped: before.map(|before| more(before, Some(fit))).unwrap_or_default(),
            n: fit.n,
            loglik: fit.loglik,
            df: fit.df,
            lr: if same_rows { ratio(models, i) } else { None },
            d_aic: Number(aic[i]),
            aic_weight: Number(aic_weights[i]),
            d_bic: Number(bic[i]),
            bic_weight: Number(bic_weights[i]),
        }
    };
    Comparison {
        format: "loglik.compare/1".to_owned(),
        same_rows,
        models: (0..models.len()).map(one).collect(),
    }
}

/// Terms of a model that another one lacks, the intercept aside.
fn more(fit: &FitResult, than: Option<&FitResult>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for c in fit.coefficients.iter().filter(|c| c.variable != "(intercept)") {
        if than.is_some_and(|than| than.coefficient(&c.term).is_some()) {
            continue;
        }
        // All coefficients of a term share its variable and what stands before it.
        let prefix = c.term.split_once(": ").map_or("", |(prefix, _)| prefix);
        let name = if prefix.is_empty() { c.variable.clone() } else { format!("{prefix}: {}", c.variable) };
        if !out.contains(&name) {
            out.push(name);
        }
    }
    out
}

/// Whether rows, weights and response are the same: those of the fingerprints, column by column where both have one.
fn same_rows(files: &[(String, &ModelFile)]) -> bool {
    files.windows(2).all(|pair| {
        let (a, b) = (pair[0].1, pair[1].1);
        let mut columns = a.data.columns.iter();
        let same =
            |(name, hash): (&String, &String)| b.data.columns.get(name).is_none_or(|other| other == hash);
        a.data.rows == b.data.rows
            && a.fit.weight_sum == b.fit.weight_sum
            && a.fit.response.column == b.fit.response.column
            && a.fit.weights == b.fit.weights
            && columns.all(same)
    })
}

/// The test against the nearest model that is nested in the `i`-th.
fn ratio(models: &[(String, &FitResult)], i: usize) -> Option<RatioTest> {
    let large = models[i].1;
    let smaller = models.iter().filter_map(|(name, small)| Some((name, small, nested(small, large)?)));
    let (name, small, Nested { df, boundary }) = smaller.min_by_key(|(_, _, nested)| nested.df)?;
    if large.aic.0.is_nan() {
        return None;
    }
    // What is below 0 is rounding, or a maximum that one of the fits did not find: never a test.
    let statistic = 2.0 * (large.loglik.0 - small.loglik.0);
    let noise = 1e-9 * (1.0 + large.loglik.0.abs());
    let p_value = if statistic < -noise { f64::NAN } else { tail(statistic.max(0.0), df, boundary) };
    Some(RatioTest {
        against: name.clone(),
        statistic: Number(statistic),
        df,
        distribution: if boundary { "chi_bar2" } else { "chi2" }.to_owned(),
        p_value: Number(p_value),
    })
}

/// Upper tail of chi-square, or of the even mixture of df - 1 and df.
fn tail(statistic: f64, df: usize, boundary: bool) -> f64 {
    let upper = |df: usize| match df {
        0 => f64::from(u8::from(statistic == 0.0)),
        _ => num::chisq_sf(statistic, df as f64),
    };
    if boundary { 0.5 * upper(df - 1) + 0.5 * upper(df) } else { upper(df) }
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn a_parameter_at_its_end_halves_the_tail() {
        // Self & Liang's case 5: 2.706 is the 5 % point of the even mixture of 0 and one degree.
        assert!((tail(2.705_543_454_095_404, 1, true) - 0.05).abs() < 1e-12);
        assert_eq!(tail(0.0, 1, true), 1.0);
        assert!((tail(3.841_458_820_694_124, 1, false) - 0.05).abs() < 1e-12);
    }
}
