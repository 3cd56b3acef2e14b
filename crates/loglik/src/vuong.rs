//! Vuong's test between two models that need not be nested, row by row on the same rows.
//!
//! With m_i the difference of the log densities of row i, sum m_i / (sd(m) sqrt(n)) is standard normal where both models
//! are equally near the truth and differ there. Corrections take (df_1 - df_2), or half of it times log n, off the sum.
//! Vuong (1989), Econometrica 57, 307-333.

use crate::{Error, Fitted, Number, WeightKind};
use loglik_infer::row_logliks;
use loglik_num as num;
use serde::{Deserialize, Serialize};

/// Vuong's test; positive statistics favour the first model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Vuong {
    /// Rows, or the sum of frequency weights.
    pub n: f64,
    /// Without correction.
    pub statistic: Number,
    /// Two-sided.
    pub p_value: Number,
    /// Corrected for the number of parameters as AIC does.
    pub aic_corrected: Number,
    /// Two-sided.
    pub aic_p_value: Number,
    /// As BIC does.
    pub bic_corrected: Number,
    /// Two-sided.
    pub bic_p_value: Number,
}

impl Fitted {
    /// Vuong's test of this model against another one of the same rows.
    ///
    /// # Errors
    /// Models of different rows, responses or weights; models that cannot be told apart in any row.
    pub fn vuong(&self, other: &Self) -> Result<Vuong, Error> {
        let same = |what: fn(&Self) -> String| what(self) == what(other);
        if !(same(|f| f.spec.weights.clone().unwrap_or_default())
            && same(|f| format!("{:?}", f.spec.weight_kind)))
        {
            return Err(Error::request("Vuong's test needs the same weights in both models"));
        }
        let rows = |f: &Self| (0..f.table().rows()).map(|r| f.table().file_row(r)).collect::<Vec<_>>();
        if rows(self) != rows(other) || !same(|f| f.result.response.column.clone()) {
            return Err(Error::request(
                "Vuong's test needs the same response in the same rows of both models",
            )
            .remedy("--where 'not missing(x)' keeps the rows that both can use"));
        }
        let here = row_logliks(&self.fit, &mut self.executor())?;
        let there = row_logliks(&other.fit, &mut other.executor())?;
        let frequency = self.spec.weights.is_some() && self.spec.weight_kind == WeightKind::Frequency;
        // A frequency weight is so many rows of one value; other weights make one row of a weighted value.
        let pairs: Vec<(f64, f64)> = here
            .iter()
            .zip(&there)
            .map(|((w, a), (_, b))| if frequency { (*w, (a - b) / w) } else { (1.0, a - b) })
            .collect();
        let n: f64 = pairs.iter().map(|(w, _)| w).sum();
        let sum: f64 = pairs.iter().map(|(w, m)| w * m).sum();
        let mean = sum / n;
        let spread = (pairs.iter().map(|(w, m)| w * (m - mean) * (m - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        // Two fits of one model differ by rounding alone.
        if spread <= 1e-10 * (1.0 + (self.fit.loglik() / n).abs()) {
            return Err(Error::request("the two models give every row the same density: nothing to test"));
        }
        let more = self.result.df as f64 - other.result.df as f64;
        let test = |by: f64| {
            let z = (sum - by) / (spread * n.sqrt());
            (Number(z), Number(num::normal_two_sided(z)))
        };
        let (statistic, p_value) = test(0.0);
        let (aic_corrected, aic_p_value) = test(more);
        let (bic_corrected, bic_p_value) = test(0.5 * more * num::log(n));
        Ok(Vuong { n, statistic, p_value, aic_corrected, aic_p_value, bic_corrected, bic_p_value })
    }
}
