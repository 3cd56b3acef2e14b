//! Distances of a fitted distribution from the data: Kolmogorov-Smirnov, Anderson-Darling, Cramer-von Mises.
//!
//! Stephens (1974), JASA 69, 730-737. For continuous, uncensored data without weights.

use crate::{Fitted, Number};
use loglik_likelihood::{Order, ResponseKind, RowDerivs, Tail};
use loglik_num::LANE;
use serde::Serialize;

/// Distances between the fitted and the empirical distribution function.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Goodness {
    /// Greatest distance.
    pub ks: Number,
    /// Anderson-Darling A2.
    pub ad: Number,
    /// Cramer-von Mises W2.
    pub cvm: Number,
}

impl Goodness {
    /// Of a univariate fit; `None` where the distances have no meaning or the distribution function is not known.
    pub(crate) fn of(fitted: &Fitted) -> Option<Self> {
        let model = &fitted.fit.model;
        let spec = model.likelihood.spec();
        let plain = spec.tails && !spec.discrete && spec.response == ResponseKind::Number;
        if !plain || fitted.spec.weights.is_some() {
            return None;
        }
        let mut y = fitted.prepared.source.columns()?.y.first()?.to_vec();
        y.sort_by(f64::total_cmp);
        let n = y.len();
        let padded = n.next_multiple_of(LANE);
        y.resize(padded, *y.last()?);
        let u: Vec<Vec<f64>> = model
            .predictors
            .iter()
            .enumerate()
            .map(|(k, x)| {
                let eta = x.constant + x.intercept.map_or(0.0, |at| fitted.beta[at]);
                let u = x.link.to_u(model.support(k), loglik_num::Lane::splat(eta)).0[0];
                vec![u; padded]
            })
            .collect();
        let u: Vec<&[f64]> = u.iter().map(Vec::as_slice).collect();
        let tail = |tail| {
            let mut out = RowDerivs::default();
            model.likelihood.eval(tail, &[&y], &u, Order::Value, &mut out);
            out.l
        };
        let (below, above) = (tail(Tail::Cdf), tail(Tail::Sf));
        Some(Self::of_tails(&below[..n], &above[..n]))
    }

    /// From log P(Y <= y) and log P(Y > y) at the sorted data.
    fn of_tails(below: &[f64], above: &[f64]) -> Self {
        let n = below.len();
        let size = n as f64;
        let (mut ks, mut ad, mut cvm) = (0.0_f64, 0.0, 1.0 / (12.0 * size));
        for i in 0..n {
            let f = loglik_num::exp(below[i]);
            ks = ks.max((i + 1) as f64 / size - f).max(f - i as f64 / size);
            let odd = (2 * i + 1) as f64;
            ad += odd * (below[i] + above[n - 1 - i]);
            cvm += (f - odd / (2.0 * size)) * (f - odd / (2.0 * size));
        }
        Self { ks: Number(ks), ad: Number(-size - ad / size), cvm: Number(cvm) }
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
}
