//! The series of the Tweedie density, over the number j of amounts in the sum.
//!
//! W = sum_j exp(w_j), w_j = j c - log j! - log Gamma(j a), a = (2 - p) / (p - 1) > 0 and
//! c = a log y - a log(p - 1) - log(2 - p) - (1 + a) log phi. The derivatives of log W are means and covariances of those
//! of w_j under the weights exp(w_j) / W. Terms are taken outwards from the greatest, a lane at a time, until they no
//! longer count.

use crate::elementary::{exp, log};
use crate::gamma::lgamma;
use crate::jet::Jet;
use crate::lane::{LANE, Lane};
use crate::real::Real;
use crate::step::{Step, Taylor};

/// Terms below e^-SMALL of the greatest are left out.
const SMALL: f64 = 40.0;

/// Terms to either side of the greatest, at most. A wide bell is over within thirty steps of a third of a deviation, a narrow
/// one, of less than six terms a deviation, within sixty and its skew.
const MOST_TERMS: f64 = 256.0;

/// Peaks from here on leave no digits in the differences between terms; the saddlepoint, whose error is a share of 1 / peak,
/// is the better sum there (Jorgensen 1987, J. Royal Statistical Society B 49, 127-162).
const LOST: f64 = 1e12;

/// log W as a function of (log phi, power) at the given log y.
#[derive(Clone, Copy, Debug)]
pub struct LogTweedieSeries {
    /// log y of eight rows; any finite number where y = 0.
    pub log_y: Lane,
}

/// log W at (log y, log phi, power): its value, three slopes, and the lower triangle of its curvatures by rows.
pub fn log_tweedie_series(log_y: Lane, log_phi: Lane, power: Lane) -> [Lane; 10] {
    LogTweedieSeries { log_y }.in_all([log_phi, power])
}

/// The series of one row: its greatest term, and a and c with their derivatives in the power.
struct Series {
    /// j of the greatest term: y^(2 - p) / (phi (2 - p)), at least 1.
    peak: f64,
    /// From one term that is taken to the next.
    step: f64,
    a: [f64; 3],
    c: [f64; 3],
}

/// Eight terms: their j, and their weights relative to the greatest, 0 for those that do not count.
struct Terms {
    j: Lane,
    weight: Lane,
}

impl Series {
    /// Near the greatest the terms follow a bell of standard deviation sqrt(j / (1 + a)). Of a wide bell not every term
    /// is needed: by Poisson's summation formula a step of a third of a deviation leaves out less than e^-170.
    fn new(log_y: f64, log_phi: f64, power: f64) -> Self {
        let (one, two) = (power - 1.0, 2.0 - power);
        let a = [two / one, -1.0 / (one * one), 2.0 / (one * one * one)];
        let level = log_y - log_phi - log(one);
        let c0 = a[0] * level - log(two) - log_phi;
        let c1 = a[1] * level - a[0] / one + 1.0 / two;
        let c2 = a[2] * level - 2.0 * a[1] / one + a[0] / (one * one) + 1.0 / (two * two);
        let peak = exp(two * log_y - log_phi - log(two)).round().max(1.0);
        let peak = if peak.is_finite() { peak } else { f64::NAN };
        let step = ((peak / (1.0 + a[0])).sqrt() / 3.0).floor().max(1.0);
        Self { peak, step, a, c: [c0, c1, c2] }
    }

    /// The greatest term.
    fn top(&self) -> f64 {
        self.peak * self.c[0] - lgamma(self.peak + 1.0) - lgamma(self.peak * self.a[0])
    }

    /// The terms at `k` steps from the greatest.
    fn terms(&self, k: Lane) -> Terms {
        let (peak, a) = (Lane::splat(self.peak), Lane::splat(self.a[0]));
        let away = k * Lane::splat(self.step);
        let j = peak + away;
        let inside = j.ge(Lane::ONE);
        let up = away.ge(Lane::ZERO);
        let (low, size) = (Lane::select(inside & !up, j, peak), away.abs());
        let fall = (low + Lane::ONE).log_rising(size) + (low * a).log_rising(size * a);
        let w = away * Lane::splat(self.c[0]) - Lane::select(up, fall, -fall);
        let counts = inside & w.ge(Lane::splat(-SMALL));
        Terms { j, weight: Lane::select(counts, Lane::select(counts, w, Lane::ZERO).exp(), Lane::ZERO) }
    }

    /// Calls `each` for eights of terms, upwards and then downwards, until one counts no more.
    fn over_terms(&self, mut each: impl FnMut(Terms)) {
        let ramp = Lane(std::array::from_fn(|i| i as f64));
        for (first, direction) in [(ramp, 1.0), (-ramp - Lane::ONE, -1.0)] {
            let mut k = first;
            loop {
                let terms = self.terms(k);
                let last = terms.weight.0[LANE - 1];
                each(terms);
                if last == 0.0 || k.0[0].abs() >= MOST_TERMS {
                    break;
                }
                k = k + Lane::splat(direction * LANE as f64);
            }
        }
    }

    fn value(&self) -> f64 {
        let mut sum = Lane::ZERO;
        self.over_terms(|terms| sum = sum + terms.weight);
        self.top() + log(sum.sum() * self.step)
    }

    /// Derivatives of the terms: the first in the power and the second one there.
    fn slopes(&self, j: Lane) -> [Lane; 2] {
        let by = |c: f64| j * Lane::splat(c);
        let psi = Jet::<1>::variable(by(self.a[0]), 0).digamma();
        let bend = by(self.a[1]);
        [by(self.c[1]) - psi.v * bend, by(self.c[2]) - psi.g[0] * bend * bend - psi.v * by(self.a[2])]
    }

    /// log W, its first derivatives in (log y, log phi, power), and second ones, the lower triangle by rows.
    fn derivatives(&self) -> [f64; 10] {
        let peak = Lane::splat(self.peak);
        let at_peak = self.slopes(peak)[0];
        let mut sums = [Lane::ZERO; 7];
        // Moments about the greatest term, so that their spread keeps its digits.
        self.over_terms(|Terms { j, weight }| {
            let safe = Lane::select(j.ge(Lane::ONE), j, Lane::ONE);
            let [first, second] = self.slopes(safe);
            let (d0, d1) = (j - peak, first - at_peak);
            for (sum, x) in sums.iter_mut().zip([Lane::ONE, d0, d1, d0 * d0, d0 * d1, d1 * d1, second]) {
                *sum = weight.mul_add(x, *sum);
            }
        });
        let [total, rest @ ..] = sums.map(Lane::sum);
        let [j, s, jj, js, ss, bend] = rest.map(|x| x / total);
        // The slope of a term in log y is a j and that in log phi is -(1 + a) j; theirs in the power are a' j and -a' j.
        let (rise, fall) = (self.a[0], -(1.0 + self.a[0]));
        let (count, spread, shared) = (self.peak + j, jj - j * j, js - j * s);
        [
            self.top() + log(total * self.step),
            rise * count,
            fall * count,
            at_peak.0[0] + s,
            rise * rise * spread,
            rise * fall * spread,
            fall * fall * spread,
            rise * shared + self.a[1] * count,
            fall * shared - self.a[1] * count,
            ss - s * s + bend,
        ]
    }
}

/// What is finite; NaN for the rest: beyond all numbers, or a power that has no such density.
fn number(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

/// log W by the saddlepoint, in the order of [`Series::derivatives`]: with t = y^(2 - p) / (phi (p - 1) (2 - p)) it is
/// t + log y - (log 2 pi + log phi + p log y) / 2.
fn saddlepoint(log_y: f64, log_phi: f64, power: f64) -> [f64; 10] {
    let (one, two) = (power - 1.0, 2.0 - power);
    if one <= 0.0 || two <= 0.0 {
        return [f64::NAN; 10];
    }
    let t = exp(two * log_y - log_phi) / (one * two);
    let (slope, bend) = (1.0 / two - 1.0 / one - log_y, 1.0 / (one * one) + 1.0 / (two * two));
    [
        t + log_y - 0.5 * (log(std::f64::consts::TAU) + log_phi + power * log_y),
        two * t + 1.0 - 0.5 * power,
        -t - 0.5,
        t * slope - 0.5 * log_y,
        two * two * t,
        -two * t,
        t,
        two * t * slope - t - 0.5,
        -t * slope,
        t * (slope * slope + bend),
    ]
}

impl LogTweedieSeries {
    fn row(self, [log_phi, power]: [Lane; 2], i: usize) -> [f64; 3] {
        [self.log_y.0[i], log_phi.0[i], power.0[i]]
    }

    fn in_all(self, x: [Lane; 2]) -> [Lane; 10] {
        let all = |i: usize| {
            let [log_y, log_phi, power] = self.row(x, i);
            let series = Series::new(log_y, log_phi, power);
            if series.peak < LOST {
                series.derivatives()
            } else {
                saddlepoint(log_y, log_phi, power).map(number)
            }
        };
        let rows: [[f64; 10]; LANE] = std::array::from_fn(all);
        std::array::from_fn(|at| Lane(rows.map(|r| r[at])))
    }
}

impl Step<2> for LogTweedieSeries {
    #[inline(always)]
    fn value(self, x: [Lane; 2]) -> Lane {
        Lane(std::array::from_fn(|i| {
            let [log_y, log_phi, power] = self.row(x, i);
            let series = Series::new(log_y, log_phi, power);
            if series.peak < LOST { series.value() } else { number(saddlepoint(log_y, log_phi, power)[0]) }
        }))
    }
    #[inline(always)]
    fn expand(self, x: [Lane; 2]) -> Taylor<2> {
        let [v, _, phi, power, _, _, phi_phi, _, phi_power, power_power] = self.in_all(x);
        Taylor::two(v, [phi, power], [phi_phi, phi_power, power_power])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_asked_the_sum_ends_with_a_number_or_none() {
        let (mut numbers, mut none) = (0, 0);
        for log_y in [-700.0, -5.0, 0.0, 3.0, 700.0] {
            for log_phi in [-700.0, -60.0, -28.0, -5.0, 0.0, 40.0, 700.0] {
                for power in [0.5, 1.0, 1.0 + 1e-9, 1.2, 1.5, 1.9, 2.0 - 1e-9, 2.0, 3.0, f64::NAN] {
                    let of = log_tweedie_series(Lane::splat(log_y), Lane::splat(log_phi), Lane::splat(power));
                    let value = of[0].0[0];
                    assert!(value.is_nan() || value.is_finite(), "{log_y} {log_phi} {power}: {value}");
                    numbers += usize::from(value.is_finite());
                    none += usize::from(value.is_nan());
                }
            }
        }
        assert!(numbers > 80 && none > 100, "{numbers} {none}");
    }

    #[test]
    fn series_and_saddlepoint_meet() {
        // Peaks of 1e8: the saddlepoint is off by a share of 1e-8, and so are its derivatives.
        for (log_y, log_phi, power) in [(3.0, -17.5, 1.4), (-1.0, -18.5, 1.7), (8.0, -12.0, 1.2)] {
            let (series, saddle) =
                (Series::new(log_y, log_phi, power).derivatives(), saddlepoint(log_y, log_phi, power));
            for (at, (a, b)) in series.iter().zip(saddle).enumerate() {
                assert!((a - b).abs() <= 1e-7 * (1.0 + b.abs()), "{log_y} {log_phi} {power}, {at}: {a} {b}");
            }
        }
    }
}
