//! Intervals for a share: Wilson (1927) and Jeffreys, both by a count that may be a sum of weights.
//!
//! For sampling weights the count is Kish's effective number of rows, (sum w)^2 / sum w^2.

use crate::DecideError;
use crate::delong::normal_multiplier;
use loglik_num::{beta_inc, beta_inc_upper};
use serde::Serialize;

/// A share with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// Between 0 and 1; null where nothing was counted.
    pub estimate: Option<f64>,
    /// Lower end of the Wilson interval.
    pub conf_low: Option<f64>,
    /// Upper end.
    pub conf_high: Option<f64>,
}

/// Which interval a band shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Score interval.
    #[default]
    Wilson,
    /// Equal-tailed posterior under a Beta(1/2, 1/2) prior, closed at 0 and 1.
    Jeffreys,
}

/// Share of `n` (may be 0) with the Wilson interval.
///
/// # Errors
/// `BadOption` for `level`.
pub fn share(part: f64, n: f64, level: f64) -> Result<Share, DecideError> {
    let z = normal_multiplier(level)?;
    if n <= 0.0 {
        return Ok(Share { estimate: None, conf_low: None, conf_high: None });
    }
    let (low, high) = wilson(part / n, n, z);
    Ok(Share { estimate: Some(part / n), conf_low: Some(low), conf_high: Some(high) })
}

/// Interval of `band` around share `q` of `n` rows.
///
/// # Errors
/// `BadOption` for `level`.
pub fn interval(q: f64, n: f64, level: f64, band: Band) -> Result<(f64, f64), DecideError> {
    let z = normal_multiplier(level)?;
    Ok(match band {
        Band::Wilson => wilson(q, n, z),
        Band::Jeffreys => {
            let (a, b) = (q * n + 0.5, (1.0 - q) * n + 0.5);
            let tail = (1.0 - level) / 2.0;
            let low = if q == 0.0 { 0.0 } else { beta_quantile(tail, a, b) };
            (low, if q == 1.0 { 1.0 } else { beta_quantile(1.0 - tail, a, b) })
        }
    })
}

/// (q + z^2/2n -+ z sqrt(q (1 - q) / n + z^2 / 4n^2)) / (1 + z^2 / n)
fn wilson(q: f64, n: f64, z: f64) -> (f64, f64) {
    let zz = z * z / n;
    let centre = q + zz / 2.0;
    let half = z * (q * (1.0 - q) / n + zz / (4.0 * n)).sqrt();
    // At q = 0 and q = 1 the ends are 0 and 1 exactly; the formula would leave a rounding error there.
    let low = if q == 0.0 { 0.0 } else { (centre - half) / (1.0 + zz) };
    (low, if q == 1.0 { 1.0 } else { (centre + half) / (1.0 + zz) })
}

/// x with P(X <= x) = p for X ~ Beta(a, b), by halving down to neighbouring doubles on the nearer tail.
fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    let below = |x: f64| if p < 0.5 { beta_inc(x, a, b) < p } else { beta_inc_upper(x, a, b) > 1.0 - p };
    let (mut low, mut high) = (0.0, 1.0);
    loop {
        let middle = f64::midpoint(low, high);
        if middle <= low || middle >= high {
            return middle;
        }
        if below(middle) { low = middle } else { high = middle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_agree_with_published_ones() {
        // SciPy 1.17.1: binomtest(3, 20).proportion_ci(method="wilson"), beta.ppf([.025, .975], 3.5, 17.5).
        let (low, high) = interval(0.15, 20.0, 0.95, Band::Wilson).expect("legal");
        assert!((low - 0.05236874589621662).abs() < 1e-15 && (high - 0.3604188647407569).abs() < 1e-15);
        let (low, high) = interval(0.15, 20.0, 0.95, Band::Jeffreys).expect("legal");
        // The quantile is as good as the incomplete beta function, some ten roundings.
        assert!((low - 0.04413134197515587).abs() < 1e-14 && (high - 0.348577710858454).abs() < 1e-14);
    }

    #[test]
    fn nothing_counted_has_no_share() {
        assert_eq!(share(0.0, 0.0, 0.95).expect("legal").estimate, None);
        assert_eq!(share(0.0, 5.0, 0.95).expect("legal").conf_low, Some(0.0));
    }
}
