//! Expected information of a negative binomial in its size `theta`, a series of positive terms.
//!
//! With q = mu / (mu + theta), psi'(theta) - E psi'(theta + Y) = sum_(j >= 1) q^j (j - 1)! / (j (theta)_j), and the first
//! term is mu / (theta (mu + theta)): what is left, from j = 2 on, is the information, without cancellation however
//! close to the Poisson. Terms fall like j^(-1 - theta) q^j, so where q is close to 1 the far ones are summed by
//! Euler's and Maclaurin's formula, their integral by Gauss's and Legendre's in the logarithm of j.
//!
//! Fisher (1941), Annals of Eugenics 11, 182-187; Piegorsch (1990), Biometrics 46, 863-867.

use loglik_num::{digamma, exp, lgamma, log, log_rising, log1p};

/// Terms that are summed one by one.
const NEAR: usize = 2_000;

/// Nodes in (0, 1) and weights of Gauss's and Legendre's formula on (-1, 1), 8 points, by their symmetry.
const LEGENDRE: [(f64, f64); 4] = [
    (0.183_434_642_495_649_8, 0.362_683_783_378_362),
    (0.525_532_409_916_329, 0.313_706_645_877_887_3),
    (0.796_666_477_413_626_7, 0.222_381_034_453_374_48),
    (0.960_289_856_497_536_3, 0.101_228_536_290_376_26),
];

/// theta^2 E(-d2 log f / d theta^2), the information in log theta, for u = [log mu, log theta].
pub(super) fn in_log_theta(u: &[f64; 2]) -> f64 {
    let theta = exp(u[1]);
    // log q = -log(1 + theta / mu)
    let log_q = -log1p(exp(u[1] - u[0]));
    let q = exp(log_q);
    // term = q^j (j - 1)! / (theta)_j
    let (mut term, mut sum) = (q / theta, 0.0);
    for j in 1..NEAR {
        term *= q * j as f64 / (theta + j as f64);
        let part = term / (j + 1) as f64;
        sum += part;
        if part < 1e-18 * sum || part == 0.0 {
            return theta * theta * sum;
        }
    }
    theta * theta * (sum + far(theta, log_q))
}

/// The terms from `NEAR + 1` on.
fn far(theta: f64, log_q: f64) -> f64 {
    let first = (NEAR + 1) as f64;
    let constant = lgamma(theta);
    let log_term = |j: f64| log_q * j + constant - log_rising(j, theta) - log(j);
    let (mut integral, mut low) = (0.0, log(first));
    // Beyond this the factor q^j alone is below 1e-18 of the first term.
    let end = log(first + 42.0 / -log_q);
    while low < end {
        let (middle, half) = (low + 0.25, 0.25);
        for (node, weight) in LEGENDRE {
            for t in [middle - half * node, middle + half * node] {
                integral += half * weight * exp(log_term(exp(t)) + t);
            }
        }
        low += 0.5;
    }
    // sum = integral + f / 2 - f' / 12; the next term is below 1e-13 of f.
    let slope = log_q + digamma(first) - digamma(theta + first) - 1.0 / first;
    integral + exp(log_term(first)) * (0.5 - slope / 12.0)
}

#[cfg(test)]
mod tests {
    use super::in_log_theta;
    use loglik_num::log;

    /// theta (q 3F2(1, 1, 1; 2, theta + 1; q) - q), mpmath 1.3, 50 digits.
    const KNOWN: [(f64, f64, f64); 7] = [
        (2.0, 1.5, 0.128_647_317_302_447_58),
        (0.001, 1e6, 4.999_994_990_005_017e-19),
        (1e6, 0.1, 0.711_486_509_131_350_6),
        (5000.0, 0.5, 0.718_093_102_103_004_9),
        (1e9, 3.0, 0.554_406_597_134_038),
        (3.0, 1e-3, 0.006_975_076_533_940_355),
        (1e5, 20.0, 0.508_118_713_244_394_5),
    ];

    #[test]
    fn the_information_of_the_size_is_the_series_near_and_far() {
        for (mu, theta, known) in KNOWN {
            let found = in_log_theta(&[log(mu), log(theta)]);
            assert!((found / known - 1.0).abs() < 4e-14, "mu {mu} theta {theta}: {found} {known}");
        }
    }
}
