//! Sufficient statistics of one column, and the pair of rows that has them.
//!
//! Where the log density is linear in two functions of the response, a million rows say no more of its parameters than
//! their two means do, and two rows of half the weight each that have the same means say as much. Fisher (1922).

use loglik_num::{Lane, Real};

/// The two means that say all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sufficient {
    /// Of `y` and its square.
    Normal,
    /// Of `log y` and its square.
    LogNormal,
    /// Of `y` and `log y`.
    Gamma,
    /// Of `log y` and `log(1 - y)`.
    Beta,
}

/// Spread below which the means no longer tell the two rows apart to the digits that they are good for, as a share of
/// their size.
const LEAST: f64 = 1e-3;

impl Sufficient {
    /// The two functions of eight responses; numbers are taken from a `centre` near them.
    #[inline(always)]
    #[must_use]
    pub fn statistics(self, y: Lane, centre: f64) -> [Lane; 2] {
        match self {
            Self::Normal => {
                let d = y - Lane::splat(centre);
                [d, d * d]
            }
            Self::LogNormal => {
                let d = y.log() - Lane::splat(centre);
                [d, d * d]
            }
            Self::Gamma => [y, y.log()],
            Self::Beta => [y.log(), (-y).log1p()],
        }
    }

    /// A centre, from one response.
    #[must_use]
    pub fn centre(self, y: f64) -> f64 {
        if self == Self::LogNormal { loglik_num::log(y) } else { y }
    }

    /// Two responses whose means of [`Sufficient::statistics`] these are; `None` where rounding would show in them.
    #[must_use]
    pub fn pair(self, means: [f64; 2], centre: f64) -> Option<[f64; 2]> {
        let [first, second] = means;
        // The roots of t^2 - 2 half t + product.
        let roots = |half: f64, product: f64| {
            let square = half * half - product;
            let far = half + square.sqrt();
            (square > LEAST * half * half).then(|| [product / far, far])
        };
        match self {
            Self::Normal | Self::LogNormal => {
                let spread = (second - first * first).sqrt();
                let sure = spread.is_finite() && spread > LEAST * first.abs();
                let pair = [centre + first - spread, centre + first + spread];
                sure.then(|| if self == Self::Normal { pair } else { pair.map(loglik_num::exp) })
            }
            Self::Gamma => roots(first, loglik_num::exp(2.0 * second)),
            Self::Beta => {
                let (product, rest) = (loglik_num::exp(2.0 * first), loglik_num::exp(2.0 * second));
                roots(0.5 * (1.0 + product - rest), product).filter(|pair| pair[1] < 1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_has_the_means_it_was_made_from() {
        let y = [0.11, 0.34, 0.42, 0.57, 0.18, 0.71, 0.08, 0.93];
        for sufficient in [Sufficient::Normal, Sufficient::LogNormal, Sufficient::Gamma, Sufficient::Beta] {
            let centre = sufficient.centre(y[0]);
            let means = sufficient.statistics(Lane(y), centre).map(|lane| lane.sum() / 8.0);
            let [low, high] = sufficient.pair(means, centre).expect("they are far apart");
            let two = Lane([low, high, low, high, low, high, low, high]);
            let found = sufficient.statistics(two, centre).map(|lane| lane.sum() / 8.0);
            for (a, b) in means.iter().zip(found) {
                assert!((a - b).abs() < 1e-15 * (1.0 + a.abs()), "{sufficient:?}: {means:?} {found:?}");
            }
        }
    }

    #[test]
    fn numbers_that_hardly_differ_have_no_pair() {
        assert_eq!(Sufficient::Gamma.pair([5.0, loglik_num::log(5.0) - 1e-9], 5.0), None);
        assert_eq!(Sufficient::Normal.pair([1.0, 1.0 + 1e-9], 0.0), None);
    }
}
