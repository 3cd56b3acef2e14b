//! Distances of a fitted distribution from the data: Kolmogorov-Smirnov, Anderson-Darling, Cramer-von Mises.
//!
//! Stephens (1974), JASA 69, 730-737. For uncensored data without weights; counts have the first alone, taken at their
//! distinct values.

use crate::{Fitted, Number, dist};
use loglik_likelihood::{Order, ResponseKind, RowDerivs, Tail};
use loglik_num::{LANE, exp, norm_quantile};
use serde::Serialize;

/// Shares at which the data's quantiles are compared with the fitted ones.
const SHARES: usize = 9;

/// Distances between the fitted and the empirical distribution function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goodness {
    /// Greatest distance.
    pub ks: Number,
    /// Anderson-Darling A2.
    pub ad: Number,
    /// Cramer-von Mises W2.
    pub cvm: Number,
    /// p-value of `ks` by parametric bootstrap.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ks_p: Option<Number>,
    /// Of `ad`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ad_p: Option<Number>,
    /// Of `cvm`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cvm_p: Option<Number>,
    /// Samples behind the p-values.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub samples: Option<usize>,
}

/// The sorted data and the logs of the fitted distribution function and of what is above it.
struct Tails {
    y: Vec<f64>,
    below: Vec<f64>,
    above: Vec<f64>,
}

impl Tails {
    /// Of a univariate fit; `None` where the data are censored, weighted or not numbers, or the function is not known.
    fn of(fitted: &Fitted) -> Option<Self> {
        let model = &fitted.fit.model;
        let spec = model.likelihood.spec();
        if !spec.tails || spec.response != ResponseKind::Number || fitted.spec.weights.is_some() {
            return None;
        }
        let mut y = fitted.prepared.source.columns()?.y.first()?.to_vec();
        y.sort_by(f64::total_cmp);
        let n = y.len();
        let padded = n.next_multiple_of(LANE);
        y.resize(padded, *y.last()?);
        let u: Vec<Vec<f64>> = dist::coordinates(fitted).into_iter().map(|u| vec![u; padded]).collect();
        let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
        let tail = |tail| {
            let mut out = RowDerivs::default();
            model.likelihood.eval(tail, &[&y], &u, Order::Value, &mut out);
            out.l.truncate(n);
            out.l
        };
        let (below, above) = (tail(Tail::Cdf), tail(Tail::Sf));
        y.truncate(n);
        Some(Self { y, below, above })
    }
}

/// How far the data's quantiles lie from the fitted ones, in standard normal units: `Phi^-1(F(y_p)) - Phi^-1(p)`; empty for counts and
/// where the fitted function is not known.
pub(crate) fn quantile_shifts(fitted: &Fitted) -> Vec<Number> {
    let discrete = fitted.fit.model.likelihood.spec().discrete;
    let Some(tails) = Tails::of(fitted).filter(|t| !discrete && t.y.len() >= SHARES) else {
        return Vec::new();
    };
    let n = tails.y.len();
    let shift = |i: usize| {
        let at = (2 * i + 1) * n / (2 * SHARES);
        // Mid-rank of the value that is taken, so that a perfect fit shows 0.
        let share = (at as f64 + 0.5) / n as f64;
        let (below, above) = (exp(tails.below[at]), exp(tails.above[at]));
        let z = if below < above { norm_quantile(below) } else { -norm_quantile(above) };
        Number(z - norm_quantile(share))
    };
    (0..SHARES).map(shift).collect()
}

impl Goodness {
    /// Of a univariate fit; `None` where the distances have no meaning or the distribution function is not known.
    pub(crate) fn of(fitted: &Fitted) -> Option<Self> {
        let tails = Tails::of(fitted)?;
        Some(match fitted.fit.model.likelihood.spec().discrete {
            true => Self::of_counts(&tails.y, &tails.below),
            false => Self::of_tails(&tails.below, &tails.above),
        })
    }

    /// From the sorted counts and log P(Y <= y): the greatest distance at a value.
    fn of_counts(y: &[f64], below: &[f64]) -> Self {
        let n = y.len();
        let last = |i: usize| i + 1 == n || y[i + 1] != y[i];
        let distance = |i: usize| ((i + 1) as f64 / n as f64 - exp(below[i])).abs();
        let ks = (0..n).filter(|i| last(*i)).map(distance).fold(0.0, f64::max);
        Self::plain(ks, f64::NAN, f64::NAN)
    }

    fn plain(ks: f64, ad: f64, cvm: f64) -> Self {
        let (ks, ad, cvm) = (Number(ks), Number(ad), Number(cvm));
        Self { ks, ad, cvm, ks_p: None, ad_p: None, cvm_p: None, samples: None }
    }

    /// From log P(Y <= y) and log P(Y > y) at the sorted data.
    fn of_tails(below: &[f64], above: &[f64]) -> Self {
        let n = below.len();
        let size = n as f64;
        let (mut ks, mut ad, mut cvm) = (0.0_f64, 0.0, 1.0 / (12.0 * size));
        for i in 0..n {
            let f = exp(below[i]);
            ks = ks.max((i + 1) as f64 / size - f).max(f - i as f64 / size);
            let odd = (2 * i + 1) as f64;
            ad += odd * (below[i] + above[n - 1 - i]);
            cvm += (f - odd / (2.0 * size)) * (f - odd / (2.0 * size));
        }
        Self::plain(ks, -size - ad / size, cvm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_of_three_uniform_points_are_those_by_hand() {
        let f = [0.1_f64, 0.4, 0.7];
        let below: Vec<f64> = f.iter().map(|f| loglik_num::log(*f)).collect();
        let above: Vec<f64> = f.iter().map(|f| loglik_num::log(1.0 - f)).collect();
        let g = Goodness::of_tails(&below, &above);
        assert!((g.ks.0 - 0.3).abs() < 1e-15);
        // 1/36 + (0.1 - 1/6)^2 + (0.4 - 1/2)^2 + (0.7 - 5/6)^2
        let cvm = 1.0 / 36.0 + (0.1_f64 - 1.0 / 6.0).powi(2) + 0.01 + (0.7_f64 - 5.0 / 6.0).powi(2);
        assert!((g.cvm.0 - cvm).abs() < 1e-15);
    }

    #[test]
    fn the_distance_of_counts_is_taken_at_distinct_values() {
        // Two zeros and a one against P(Y <= 0) = 0.5, P(Y <= 1) = 0.9.
        let below = [0.5_f64, 0.5, 0.9].map(loglik_num::log);
        let g = Goodness::of_counts(&[0.0, 0.0, 1.0], &below);
        assert!((g.ks.0 - (2.0 / 3.0 - 0.5)).abs() < 1e-15);
    }
}
