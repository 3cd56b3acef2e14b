//! What a start may look at: weighted moments of the response and a sorted sample of it.
//!
//! Gathered in the first pass over the data; the sample is at most 4,096 values at a fixed stride, so it does
//! not depend on threads.

/// Summary of a response, from which starting values are made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Moments {
    /// Rows with weight.
    pub n: usize,
    /// Sum of weights.
    pub weight: f64,
    /// Weighted mean of the response (of successes / trials, of the middle of an interval).
    pub mean: f64,
    /// Weighted variance, divisor the sum of weights.
    pub variance: f64,
    /// Weighted mean of log y over the rows with y > 0; NaN where there is none.
    pub mean_log: f64,
    /// Weighted variance of log y over the same rows.
    pub variance_log: f64,
    /// Least value.
    pub min: f64,
    /// Greatest value.
    pub max: f64,
    /// Share of rows (by weight) that are exactly 0.
    pub zeros: f64,
    /// Weighted mean of the second response column (trials), 1 where there is none.
    pub mean_second: f64,
    /// Share of each class by weight; empty unless the response is a class.
    pub classes: Vec<f64>,
    /// At most 4,096 values of the response, sorted.
    pub sample: Vec<f64>,
}

impl Moments {
    /// Quantile of the sample at `p` in [0, 1], linear between order statistics; NaN when it is empty.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        if self.sample.is_empty() {
            return f64::NAN;
        }
        let at = p * (self.sample.len() - 1) as f64;
        let (lo, hi) = (at.floor() as usize, at.ceil() as usize);
        self.sample[lo] + (at - lo as f64) * (self.sample[hi] - self.sample[lo])
    }

    /// Standard deviation for starts: that of the response, or a positive stand-in where every value is equal.
    #[must_use]
    pub fn sd(&self) -> f64 {
        Self::sd_of(self.mean, self.variance)
    }

    /// The same from a mean and a variance.
    #[must_use]
    pub(crate) fn sd_of(mean: f64, variance: f64) -> f64 {
        if variance > 0.0 {
            return variance.sqrt();
        }
        if mean == 0.0 { 1.0 } else { mean.abs() * 1e-3 }
    }

    /// Mean for starts of a positive parameter: that of the response, or less than one count where all are 0.
    #[must_use]
    pub fn positive_mean(&self) -> f64 {
        if self.mean > 0.0 { self.mean } else { 0.5 / (self.weight + 1.0) }
    }
}
