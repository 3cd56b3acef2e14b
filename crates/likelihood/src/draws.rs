//! Draws that several families share: of gamma and Poisson variables, from uniform numbers.
//!
//! Marsaglia & Tsang (2000), ACM TOMS 26(3), 363-372; Hoermann (1993), Insurance: Mathematics and Economics 12, 39-45.

use loglik_num::{Lane, exp, log, norm_quantile};

/// The logarithm of a gamma draw of the given shape and scale 1; finite also where the draw itself would be 0.
pub(crate) fn log_gamma(shape: f64, uniform: &mut dyn FnMut() -> f64) -> f64 {
    if shape < 1.0 {
        // A draw of shape + 1 times U^(1 / shape).
        let boost = log(uniform()) / shape;
        return log_gamma(shape + 1.0, uniform) + boost;
    }
    let d = shape - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = norm_quantile(uniform());
        let v = 1.0 + c * x;
        if v <= 0.0 {
            continue;
        }
        let log_v = 3.0 * log(v);
        if log(uniform()) < 0.5 * x * x + d - d * v * v * v + d * log_v {
            return log(d) + log_v;
        }
    }
}

/// A Poisson draw with mean `mu`.
pub(crate) fn poisson(mu: f64, uniform: &mut dyn FnMut() -> f64) -> f64 {
    if mu < 10.0 {
        let (mut p, mut count, mut left) = (exp(-mu), 0.0, uniform());
        while left > p && p > 0.0 {
            left -= p;
            count += 1.0;
            p *= mu / count;
        }
        return count;
    }
    // Transformed rejection with a squeeze.
    let b = 0.931 + 2.53 * mu.sqrt();
    let a = -0.059 + 0.024_83 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let squeeze = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = uniform() - 0.5;
        let v = uniform();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + mu + 0.43).floor();
        if us >= 0.07 && v <= squeeze {
            return k;
        }
        if k < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        let accept = log(v * inverse_alpha / (a / (us * us) + b));
        if accept <= k * log(mu) - mu - Lane::splat(k).log_factorial().0[0] {
            return k;
        }
    }
}
