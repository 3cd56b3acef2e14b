//! Exact binomial draws of any size, in a time that does not grow with it.
//!
//! Where at least ten are expected, a rejection with a table mountain (BTRS of Hörmann 1993, J. Statistical Computation
//! and Simulation 46, 101-110); few trials go one by one; else the gaps between successes are geometric (Devroye 1986,
//! Non-Uniform Random Variate Generation, sec. X.4).

use crate::Draws;
use loglik_num::{Kernel, dispatch, log, log1p, stirling_rest};

/// Successes in `n` trials (a whole number) of which a share `part / whole` succeeds.
pub(crate) fn binomial(draws: &mut Draws, n: f64, part: f64, whole: f64) -> f64 {
    let rest = whole - part;
    if part > rest {
        return n - binomial(draws, n, rest, whole);
    }
    if n == 0.0 || part <= 0.0 {
        return 0.0;
    }
    let p = part / whole;
    if n > 64.0 && n * p >= 10.0 {
        return by_mountain(draws, n, p, rest / whole);
    }
    if n <= 256.0 { one_by_one(draws, n, p) } else { by_gaps(draws, n, p) }
}

fn one_by_one(draws: &mut Draws, n: f64, p: f64) -> f64 {
    (0..n as usize).filter(|_| draws.uniform() < p).count() as f64
}

/// Failures before each success are geometric.
fn by_gaps(draws: &mut Draws, n: f64, p: f64) -> f64 {
    let step = -1.0 / log1p(-p);
    let (mut seen, mut successes) = (0.0, 0.0);
    loop {
        // 1 - U lies in (0, 1].
        seen += (-log(1.0 - draws.uniform()) * step).floor() + 1.0;
        if seen > n {
            return successes;
        }
        successes += 1.0;
    }
}

fn by_mountain(draws: &mut Draws, n: f64, p: f64, q: f64) -> f64 {
    let spread = (n * p * q).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let centre = n * p + 0.5;
    let inside = 0.92 - 4.2 / b;
    loop {
        let (u, v) = (draws.uniform() - 0.5, draws.uniform());
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + centre).floor();
        if us >= 0.07 && v <= inside {
            return k;
        }
        if !(0.0..=n).contains(&k) {
            continue;
        }
        let height = v * (2.83 + 5.1 / b) * spread / (a / (us * us) + b);
        if dispatch(Below { height, k, n, p, q }) {
            return k;
        }
    }
}

/// Whether a height lies below the probability of `k` over that of the mode.
struct Below {
    height: f64,
    k: f64,
    n: f64,
    p: f64,
    q: f64,
}

impl Kernel for Below {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let Below { height, k, n, p, q } = self;
        let m = ((n + 1.0) * p).floor();
        let r = p / q;
        let fits = (m + 0.5) * log((m + 1.0) / (r * (n - m + 1.0)))
            + (n + 1.0) * log1p((k - m) / (n - k + 1.0))
            + (k + 0.5) * log(r * (n - k + 1.0) / (k + 1.0))
            + stirling_rest(m + 1.0)
            + stirling_rest(n - m + 1.0)
            - stirling_rest(k + 1.0)
            - stirling_rest(n - k + 1.0);
        log(height) <= fits
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_num::lgamma;

    #[test]
    fn every_count_comes_as_often_as_its_probability() {
        // One case by trials, one by gaps, three by the mountain, one of them turned; 200,000 draws each.
        let cases: [(f64, f64, f64); 5] =
            [(20.0, 0.3, 1.0), (1e6, 3.0, 1e6), (80.0, 2.0, 5.0), (130.0, 0.9, 1.0), (1000.0, 0.5, 1.0)];
        for (number, (n, part, whole)) in cases.into_iter().enumerate() {
            let total = 200_000;
            let mut draws = Draws::new(17, number as u64);
            let mut seen = std::collections::BTreeMap::new();
            for _ in 0..total {
                *seen.entry(binomial(&mut draws, n, part, whole) as u64).or_insert(0.0) += 1.0;
            }
            let p = part / whole;
            let (mut chi, mut cells) = (0.0, 0.0);
            for (&k, &count) in &seen {
                let k = k as f64;
                let log_p = lgamma(n + 1.0) - lgamma(k + 1.0) - lgamma(n - k + 1.0)
                    + k * log(p)
                    + (n - k) * log1p(-p);
                let want: f64 = loglik_num::exp(log_p) * f64::from(total);
                if want >= 10.0 {
                    let apart: f64 = count - want;
                    chi += apart * apart / want;
                    cells += 1.0;
                }
            }
            // Mean and four standard deviations of a chi-square.
            assert!(chi < cells + 4.0 * (2.0_f64 * cells).sqrt(), "{n} {p}: {chi} of {cells}");
        }
    }

    #[test]
    fn huge_counts_have_their_mean_and_spread() {
        let (n, p, total) = (1e15, 0.25, 20_000);
        let mut draws = Draws::new(23, 0);
        let z: Vec<f64> = (0..total)
            .map(|_| (binomial(&mut draws, n, p, 1.0) - n * p) / (n * p * (1.0 - p)).sqrt())
            .collect();
        let mean = z.iter().sum::<f64>() / f64::from(total);
        let square = z.iter().map(|z| z * z).sum::<f64>() / f64::from(total);
        // Standard errors 1 / root(20,000) and root(2 / 20,000); four of each.
        assert!(mean.abs() < 0.028 && (square - 1.0).abs() < 0.04, "{mean} {square}");
    }
}
