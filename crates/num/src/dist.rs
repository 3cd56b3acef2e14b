//! Tail probabilities and quantiles of the normal, t, chi-square and F distributions, for tests and intervals.
//!
//! Upper tails are computed as such and keep their relative digits down to the smallest double; degrees of freedom
//! are real. Quantiles are roots found on the logarithm of the nearer tail. Source: Abramowitz & Stegun (1964), ch. 26.

use core::f64::consts::FRAC_1_SQRT_2;

use crate::elementary::{exp, log};
use crate::incomplete_beta::beta_inc_of;
use crate::incomplete_gamma::{gamma_p, gamma_q};
use crate::normal::{erfc, norm_quantile};

/// P(Z > z) for a standard normal Z.
pub fn normal_sf(z: f64) -> f64 {
    0.5 * erfc(z * FRAC_1_SQRT_2)
}

/// P(|Z| > |z|).
pub fn normal_two_sided(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

/// z with P(Z <= z) = p.
pub fn normal_quantile(p: f64) -> f64 {
    norm_quantile(p)
}

/// P(T > t) for Student's t with `df > 0` degrees of freedom; `df` infinite is the normal.
pub fn t_sf(t: f64, df: f64) -> f64 {
    let half = 0.5 * t_two_sided(t, df);
    if t < 0.0 { 1.0 - half } else { half }
}

/// P(|T| > |t|).
pub fn t_two_sided(t: f64, df: f64) -> f64 {
    if df.is_infinite() {
        return normal_two_sided(t);
    }
    if t.is_infinite() {
        return 0.0;
    }
    // x = df / (df + t^2); by ratios, so that nothing overflows.
    let q = (t / df.sqrt()) * (t / df.sqrt());
    let y = if q < 1.0 { q / (1.0 + q) } else { 1.0 / (1.0 + 1.0 / q) };
    beta_inc_of(1.0 / (1.0 + q), y, 0.5 * df, 0.5)
}

/// t with P(T <= t) = p.
pub fn t_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if p == 0.5 {
        return 0.0;
    }
    let tail = if p < 0.5 { p } else { 1.0 - p };
    if tail == 0.0 {
        return if p < 0.5 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let t = positive_root(|t| t_sf(t, df), tail);
    if p < 0.5 { -t } else { t }
}

/// P(X > x) for a chi-square with `df > 0` degrees of freedom.
pub fn chisq_sf(x: f64, df: f64) -> f64 {
    if x <= 0.0 { 1.0 } else { gamma_q(0.5 * df, 0.5 * x) }
}

/// x with P(X <= x) = p for a chi-square.
pub fn chisq_quantile(p: f64, df: f64) -> f64 {
    if !(0.0..=1.0).contains(&p) || df.is_nan() || df <= 0.0 {
        return f64::NAN;
    }
    if p == 0.0 || p == 1.0 {
        return if p == 0.0 { 0.0 } else { f64::INFINITY };
    }
    match p > 0.5 {
        true => positive_root(|x| chisq_sf(x, df), 1.0 - p),
        // The lower tail rises: its reciprocal argument falls.
        false => 1.0 / positive_root(|r| gamma_p(0.5 * df, 0.5 / r), p),
    }
}

/// P(F > f) with `df1`, `df2` degrees of freedom; `df2` infinite is chi-square over its df.
pub fn f_sf(f: f64, df1: f64, df2: f64) -> f64 {
    if f <= 0.0 {
        return 1.0;
    }
    if df2.is_infinite() {
        return chisq_sf(f * df1, df1);
    }
    let q = f * df1 / df2;
    let y = if q < 1.0 { q / (1.0 + q) } else { 1.0 / (1.0 + 1.0 / q) };
    beta_inc_of(1.0 / (1.0 + q), y, 0.5 * df2, 0.5 * df1)
}

/// The x > 0 where a falling function of x reaches `level`: bisection and secants on (log x, log f).
fn positive_root(f: impl Fn(f64) -> f64, level: f64) -> f64 {
    let goal = log(level);
    let gap = |s: f64| log(f(exp(s))) - goal;
    // Bracket: gap falls from positive to negative as s grows.
    let (mut low, mut high) = (0.0, 0.0);
    let mut width = 0.5;
    while gap(high) > 0.0 && high < 709.0 {
        low = high;
        high += width;
        width *= 2.0;
    }
    width = 0.5;
    while gap(low) < 0.0 && low > -745.0 {
        high = low;
        low -= width;
        width *= 2.0;
    }
    refine(gap, low, high)
}

/// exp of the root between `low` and `high` by the method of Ridders, which never leaves the bracket.
fn refine(gap: impl Fn(f64) -> f64, mut low: f64, mut high: f64) -> f64 {
    let (mut g_low, mut g_high) = (gap(low), gap(high));
    for _ in 0..100 {
        let middle = 0.5 * (low + high);
        let g_middle = gap(middle);
        let root = (g_middle * g_middle - g_low * g_high).sqrt();
        if g_middle == 0.0 || root == 0.0 || !root.is_finite() {
            // Infinite ends: fall back on halving.
            if root.is_finite() {
                return exp(middle);
            }
            if g_middle > 0.0 {
                (low, g_low) = (middle, g_middle)
            } else {
                (high, g_high) = (middle, g_middle)
            }
            continue;
        }
        let next = middle + (middle - low) * g_middle / root;
        let g_next = gap(next);
        if g_next == 0.0 || high - low <= 4e-16 * (1.0 + middle.abs()) {
            return exp(next);
        }
        for (s, g) in [(middle, g_middle), (next, g_next)] {
            if g > 0.0 && s > low {
                (low, g_low) = (s, g);
            }
            if g < 0.0 && s < high {
                (high, g_high) = (s, g);
            }
        }
    }
    exp(0.5 * (low + high))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, rel: f64) {
        assert!((got - want).abs() <= rel * want.abs(), "{got:e} is not {want:e}");
    }

    #[test]
    fn tails_agree_with_fifty_digits() {
        // mpmath 60-digit values; 1e-13 leaves room for the arguments' own rounding.
        close(t_sf(2.0, 10.0), 0.03669401738537018, 1e-13);
        close(t_sf(40.0, 30.5), 3.2116434209631414e-28, 1e-13);
        close(t_sf(1000.0, 100.0), 3.959809303973926e-202, 1e-13);
        close(t_sf(3.0, 1000000.0), 0.0013499312707108985, 1e-13);
        close(t_sf(0.001, 3.0), 0.49963244748473046, 1e-13);
        close(t_sf(100000.0, 0.5), 0.0010141455301389997, 1e-13);
        close(chisq_sf(3.84, 1.0), 0.050043521248705106, 1e-13);
        close(chisq_sf(1000.0, 3.0), 1.7994208765314476e-216, 1e-13);
        close(chisq_sf(900.0, 2.5), 1.8780450060998057e-195, 1e-13);
        close(chisq_sf(1050000.0, 1000000.0), 2.185638417489726e-265, 1e-13);
        close(chisq_sf(0.001, 1.0), 0.9747728793699604, 1e-13);
        close(chisq_sf(0.5, 20.0), 0.9999999999997906, 1e-13);
        close(f_sf(4.0, 2.0, 20.0), 0.03457161303360777, 1e-13);
        close(f_sf(10000.0, 3.0, 100.0), 9.465477096595554e-124, 1e-13);
        close(f_sf(1.1, 500.0, 800.5), 0.11659090317841002, 1e-13);
        close(f_sf(0.01, 1.0, 5.0), 0.9242301411546604, 1e-13);
        close(normal_two_sided(1.96), 0.04999579029644087, 1e-13);
        close(normal_two_sided(30.0), 9.813427854296374e-198, 1e-13);
    }

    #[test]
    fn quantiles_undo_their_tails() {
        for p in [1e-12, 1e-3, 0.2, 0.5, 0.8, 0.975, 0.999999] {
            for df in [0.7, 1.0, 4.5, 30.0, 5e3] {
                let t = t_quantile(p, df);
                close(if p < 0.5 { t_sf(-t, df) } else { t_sf(t, df) }, p.min(1.0 - p), 1e-12);
                let x = chisq_quantile(p, df);
                if p > 0.5 {
                    close(chisq_sf(x, df), 1.0 - p, 1e-12);
                } else {
                    close(gamma_p(0.5 * df, 0.5 * x), p, 1e-12);
                }
            }
        }
    }
}
