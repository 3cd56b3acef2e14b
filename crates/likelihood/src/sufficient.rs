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

/// A product from here to its inverse has all its digits.
const SAFE: f64 = 1e-290;

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

    /// [`Sufficient::statistics`] of two times eight responses, added: of logarithms that of the product is taken, where that
    /// neither under- nor overflows.
    #[inline(always)]
    #[must_use]
    pub fn of_two(self, a: Lane, b: Lane, centre: f64) -> [Lane; 2] {
        let product = a * b;
        let within = product.gt(Lane::splat(SAFE)) & product.lt(Lane::splat(1.0 / SAFE));
        match self {
            Self::Gamma if within.all() => [a + b, product.log()],
            Self::Beta if within.all() => {
                // (1 - a) (1 - b) is 1 - s; near 1 what rounding takes from 1 - s is given back.
                let s = (-a).mul_add(b, a + b);
                let near = s.lt(Lane::splat(0.5));
                let rest = Lane::select(near, Lane::ONE - s, (Lane::ONE - a) * (Lane::ONE - b));
                let lost = Lane::select(near, ((Lane::ONE - rest) - s) / rest, Lane::ZERO);
                [product.log(), rest.log() + lost]
            }
            _ => {
                let ([a0, a1], [b0, b1]) = (self.statistics(a, centre), self.statistics(b, centre));
                [a0 + b0, a1 + b1]
            }
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
                // The product of two, and 1 less that of what they leave of 1: small numbers keep their digits.
                let (product, gone) = (loglik_num::exp(2.0 * first), -loglik_num::expm1(2.0 * second));
                roots(0.5 * (product + gone), product).filter(|pair| pair[1] < 1.0)
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
    fn two_rows_at_once_are_one_after_the_other() {
        let (a, b) = (
            Lane([0.11, 0.34, 0.999, 0.57, 1e-9, 0.71, 1e-200, 0.5]),
            Lane([0.93, 0.2, 0.998, 1e-12, 1e-9, 0.3, 1e-200, 0.5]),
        );
        for sufficient in [Sufficient::Normal, Sufficient::LogNormal, Sufficient::Gamma, Sufficient::Beta] {
            for halves in [[a, b], [b, a], [a, a], [Lane::splat(1e-9), Lane::splat(1e-8)]] {
                let of = |y: Lane| sufficient.statistics(y, 0.3);
                let (found, one, two) =
                    (sufficient.of_two(halves[0], halves[1], 0.3), of(halves[0]), of(halves[1]));
                for i in 0..2 {
                    for ((found, one), two) in found[i].0.iter().zip(one[i].0).zip(two[i].0) {
                        // A rounding of the product more than of the two logarithms.
                        let size = one.abs() + two.abs();
                        assert!(
                            (found - (one + two)).abs() <= 4e-16 * size,
                            "{sufficient:?} {i}: {found} {one} {two}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn small_shares_keep_the_digits_of_their_pair() {
        let y = [0.3, 1.1, 2.0, 0.7, 1.6, 0.9, 0.4, 2.4].map(|y| y * 1e-9);
        let means = Sufficient::Beta.statistics(Lane(y), 0.0).map(|lane| lane.sum() / 8.0);
        let [low, high] = Sufficient::Beta.pair(means, 0.0).expect("they are far apart");
        let found = 0.5 * (num_log1p(-low) + num_log1p(-high));
        assert!((found / means[1] - 1.0).abs() < 1e-13, "{found} {}", means[1]);
    }

    fn num_log1p(x: f64) -> f64 {
        Lane::splat(x).log1p().0[0]
    }

    #[test]
    fn numbers_that_hardly_differ_have_no_pair() {
        assert_eq!(Sufficient::Gamma.pair([5.0, loglik_num::log(5.0) - 1e-9], 5.0), None);
        assert_eq!(Sufficient::Normal.pair([1.0, 1.0 + 1e-9], 0.0), None);
    }
}
