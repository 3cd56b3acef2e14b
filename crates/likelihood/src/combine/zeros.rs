//! What starts of counts with too many or too few zeros look at: the counts above 0 by themselves.

use crate::Moments;

/// Moments of the part of the response above 0: a start of what is behind the zeros.
pub(super) fn of_positive(y: &Moments) -> Moments {
    let seen = 1.0 - y.zeros;
    if !(seen > 0.0 && y.zeros > 0.0) {
        return y.clone();
    }
    let mean = y.mean / seen;
    // E(Y^2 | Y > 0) = E(Y^2) / P(Y > 0)
    let variance = ((y.variance + y.mean * y.mean) / seen - mean * mean).max(0.0);
    let first = y.sample.partition_point(|x| *x <= 0.0);
    Moments {
        n: ((y.n as f64) * seen).round() as usize,
        weight: y.weight * seen,
        mean,
        variance,
        min: y.sample.get(first).copied().unwrap_or(1.0),
        zeros: 0.0,
        sample: y.sample[first..].to_vec(),
        ..y.clone()
    }
}

/// A share of the weight, kept half a row away from 0 and 1.
pub(super) fn share(share: f64, weight: f64) -> f64 {
    (share * weight + 0.5) / (weight + 1.0)
}
