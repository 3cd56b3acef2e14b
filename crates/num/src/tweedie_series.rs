//! The series of the Tweedie density, over the number j of amounts in the sum.
//!
//! W = sum_j exp(w_j), w_j = j c - log j! - log Gamma(j a), a = (2 - p) / (p - 1) > 0 and
//! c = a log y - a log(p - 1) - log(2 - p) - (1 + a) log phi. The derivatives of log W are means and covariances of those
//! of w_j under the weights exp(w_j) / W. Terms are taken outwards from the greatest, a lane at a time, until they no
//! longer count; where j is small they come from a table that rows of one power share.

use crate::dispatch::{Kernel, dispatch};
use crate::elementary::{exp, exp_lane, log, log_lane};
use crate::gamma::lgamma;
use crate::gamma_lanes::digamma_slopes;
use crate::lane::{LANE, Lane};
use crate::real::Real;
use crate::step::{Step, Taylor};
use crate::tweedie_terms::Terms;
use std::cell::RefCell;

/// Terms below e^-SMALL of the greatest are left out.
const SMALL: f64 = 40.0;

/// Terms to either side of the greatest, at most. A wide bell is over within thirty steps of a third of a deviation, a narrow
/// one, of less than six terms a deviation, within sixty and its skew.
const MOST_TERMS: f64 = 256.0;

/// Peaks up to here have their terms in a table. It begins at the first term, and where every row has a power of its own it
/// is filled anew for each: up to here that costs no more than the terms themselves.
const TABLED: f64 = 512.0;

thread_local! {
    static TABLE: RefCell<Terms> = const { RefCell::new(Terms::none()) };
}

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
    rows(log_y, log_phi, power, true)
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

impl Series {
    /// Near the greatest the terms follow a bell of standard deviation sqrt(j / (1 + a)). Of a wide bell not every term
    /// is needed: by Poisson's summation formula a step of a third of a deviation leaves out less than e^-170.
    #[inline(always)]
    fn eight(log_y: Lane, log_phi: Lane, power: Lane) -> [Self; LANE] {
        let (one, two) = (power - Lane::ONE, Lane::splat(2.0) - power);
        let (by_one, by_two) = (Lane::ONE / one, Lane::ONE / two);
        let a = [two * by_one, -by_one * by_one, Lane::splat(2.0) * by_one * by_one * by_one];
        let (log_two, level) = (log_lane(two), log_y - log_phi - log_lane(one));
        let c = [
            a[0] * level - log_two - log_phi,
            a[1] * level - a[0] * by_one + by_two,
            a[2] * level - Lane::splat(2.0) * a[1] * by_one + a[0] * by_one * by_one + by_two * by_two,
        ];
        let peak = exp_lane(two * log_y - log_phi - log_two).map(f64::round).max(Lane::ONE);
        let step = ((peak / (Lane::ONE + a[0])).sqrt() / Lane::splat(3.0)).floor().max(Lane::ONE);
        std::array::from_fn(|i| {
            let peak = if peak.0[i].is_finite() { peak.0[i] } else { f64::NAN };
            Self { peak, step: step.0[i], a: a.map(|a| a.0[i]), c: c.map(|c| c.0[i]) }
        })
    }

    /// Whether the terms are taken from a table.
    #[inline(always)]
    fn is_tabled(&self) -> bool {
        self.peak <= TABLED && self.a[0] > 0.0 && self.c[0].is_finite()
    }

    /// The sums over the terms, upwards from the greatest and then downwards, until one counts no more; those of slopes only
    /// where asked for.
    ///
    /// * `table` of this a, if terms are taken from one
    #[inline(always)]
    fn sums(&self, mut table: Option<&mut Terms>, slopes: bool) -> Sums {
        let peak = Lane::splat(self.peak);
        let greatest = match &mut table {
            Some(table) => table.at(peak),
            None => [lgamma(self.peak + 1.0) + lgamma(self.peak * self.a[0]), 0.0].map(Lane::splat),
        };
        let mut sums = Sums {
            at_peak: 0.0,
            top: self.peak * self.c[0] - (greatest[0] + greatest[1]).0[0],
            sums: [Lane::ZERO; 7],
        };
        if slopes {
            sums.at_peak = self.slopes(&mut table, peak)[0].0[0];
        }
        for (first, direction) in [(0.0, 1.0), (1.0, -1.0)] {
            let mut away = first;
            while direction * self.step * away > -self.peak {
                let steps = Lane::splat(away) + Lane([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]);
                let j = Lane::splat(direction * self.step).mul_add(steps, peak);
                let w = match &mut table {
                    Some(table) => self.looked_up(table, greatest, j),
                    None => self.worked_out(j),
                };
                let counts = j.ge(Lane::ONE) & w.ge(Lane::splat(-SMALL));
                let weight = Lane::select(counts, exp_lane(Lane::select(counts, w, Lane::ZERO)), Lane::ZERO);
                let bends = if slopes { self.slopes(&mut table, j) } else { [Lane::ZERO; 2] };
                sums.add(j - peak, weight, bends);
                away += LANE as f64;
                if weight.0[LANE - 1] == 0.0 || away >= MOST_TERMS {
                    break;
                }
            }
        }
        sums
    }

    /// w_j less the greatest, by a table.
    #[inline(always)]
    fn looked_up(&self, table: &mut Terms, greatest: [Lane; 2], j: Lane) -> Lane {
        let [high, low] = table.at(j);
        let fall = (high - greatest[0]) + (low - greatest[1]);
        (j - Lane::splat(self.peak)) * Lane::splat(self.c[0]) - fall
    }

    /// w_j less the greatest; any number where j is below 1.
    #[inline(always)]
    fn worked_out(&self, j: Lane) -> Lane {
        let (peak, a) = (Lane::splat(self.peak), Lane::splat(self.a[0]));
        let away = j - peak;
        let up = away.ge(Lane::ZERO);
        let (low, size) = (Lane::select(j.ge(Lane::ONE) & !up, j, peak), away.abs());
        let fall = (low + Lane::ONE).log_rising(size) + (low * a).log_rising(size * a);
        away * Lane::splat(self.c[0]) - Lane::select(up, fall, -fall)
    }

    /// Derivatives of the terms: the first in the power and the second one there; any numbers where j is below 1.
    #[inline(always)]
    fn slopes(&self, table: &mut Option<&mut Terms>, j: Lane) -> [Lane; 2] {
        let by = |c: f64| j * Lane::splat(c);
        let [psi, psi_1] = match table {
            Some(table) => table.slopes_at(j),
            None => digamma_slopes(Lane::select(j.ge(Lane::ONE), by(self.a[0]), Lane::ONE)),
        };
        let bend = by(self.a[1]);
        [by(self.c[1]) - psi * bend, by(self.c[2]) - psi_1 * bend * bend - psi * by(self.a[2])]
    }

    /// log W, its first derivatives in (log y, log phi, power), and second ones, the lower triangle by rows.
    #[inline(always)]
    fn derivatives(&self, sums: &Sums) -> [f64; 10] {
        let [total, rest @ ..] = sums.sums.map(Lane::sum);
        let over = 1.0 / total;
        let [j, s, jj, js, ss, bend] = rest.map(|x| x * over);
        // The slope of a term in log y is a j and that in log phi is -(1 + a) j; theirs in the power are a' j and -a' j.
        let (rise, fall) = (self.a[0], -(1.0 + self.a[0]));
        let (count, spread, shared) = (self.peak + j, jj - j * j, js - j * s);
        [
            sums.top + log(total * self.step),
            rise * count,
            fall * count,
            sums.at_peak + s,
            rise * rise * spread,
            rise * fall * spread,
            fall * fall * spread,
            rise * shared + self.a[1] * count,
            fall * shared - self.a[1] * count,
            ss - s * s + bend,
        ]
    }
}

/// Sums over the terms of one row.
struct Sums {
    /// The greatest term.
    top: f64,
    /// Its slope in the power.
    at_peak: f64,
    /// Of the weights, and of moments about the greatest term, so that their spread keeps its digits: of j and the slope
    /// in the power, their squares and product, and the curvature in the power.
    sums: [Lane; 7],
}

impl Sums {
    /// Adds eight terms at `away` from the greatest, with their slopes and curvatures in the power.
    #[inline(always)]
    fn add(&mut self, away: Lane, weight: Lane, [first, second]: [Lane; 2]) {
        let (d0, d1) = (away, first - Lane::splat(self.at_peak));
        for (sum, x) in self.sums.iter_mut().zip([Lane::ONE, d0, d1, d0 * d0, d0 * d1, d1 * d1, second]) {
            *sum = weight.mul_add(x, *sum);
        }
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

/// Eight rows: log W as [`log_tweedie_series`] has it, its derivatives only where asked for.
struct Rows<'a> {
    log_y: Lane,
    log_phi: Lane,
    power: Lane,
    slopes: bool,
    table: &'a mut Terms,
}

/// [`Rows`] with this thread's table.
fn rows(log_y: Lane, log_phi: Lane, power: Lane, slopes: bool) -> [Lane; 10] {
    TABLE.with_borrow_mut(|table| dispatch(Rows { log_y, log_phi, power, slopes, table }))
}

impl Kernel for Rows<'_> {
    type Output = [Lane; 10];

    #[inline(always)]
    fn run(self) -> [Lane; 10] {
        let Self { log_y, log_phi, power, slopes, table } = self;
        let mut out = [Lane::ZERO; 10];
        for (i, series) in Series::eight(log_y, log_phi, power).iter().enumerate() {
            let row = if series.peak < LOST {
                let table = if series.is_tabled() { Some(table.of(series.a[0])) } else { None };
                series.derivatives(&series.sums(table, slopes))
            } else {
                saddlepoint(log_y.0[i], log_phi.0[i], power.0[i]).map(number)
            };
            out.iter_mut().zip(row).for_each(|(out, value)| out.0[i] = value);
        }
        out
    }
}

impl Step<2> for LogTweedieSeries {
    #[inline(always)]
    fn value(self, [log_phi, power]: [Lane; 2]) -> Lane {
        rows(self.log_y, log_phi, power, false)[0]
    }
    #[inline(always)]
    fn expand(self, [log_phi, power]: [Lane; 2]) -> Taylor<2> {
        let [v, _, phi, power, _, _, phi_phi, _, phi_power, power_power] =
            log_tweedie_series(self.log_y, log_phi, power);
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
    fn terms_of_a_table_are_those_worked_out() {
        let mut tabled = 0;
        for log_y in [-4.0, -0.5, 1.0, 3.0] {
            for log_phi in [-1.0, 0.0, 2.0] {
                for power in [1.02, 1.2, 1.5, 1.8] {
                    let [series, ..] =
                        Series::eight(Lane::splat(log_y), Lane::splat(log_phi), Lane::splat(power));
                    if !series.is_tabled() {
                        continue;
                    }
                    tabled += 1;
                    let mut table = Terms::none();
                    let table = table.of(series.a[0]);
                    let (one, other) = (series.sums(Some(table), true), series.sums(None, true));
                    let pairs = series.derivatives(&one).into_iter().zip(series.derivatives(&other));
                    for (at, (a, b)) in pairs.enumerate() {
                        // Terms up to j = 256 of some hundreds each, exact to a few units of the last place.
                        assert!(
                            (a - b).abs() <= 1e-12 * (1.0 + b.abs()),
                            "{log_y} {log_phi} {power}, {at}: {a} {b}"
                        );
                    }
                    assert_eq!(
                        series.derivatives(&series.sums(Some(table), false))[0],
                        series.derivatives(&one)[0]
                    );
                }
            }
        }
        assert!(tabled > 30, "{tabled}");
    }

    #[test]
    fn series_and_saddlepoint_meet() {
        // Peaks of 1e8: the saddlepoint is off by a share of 1e-8, and so are its derivatives.
        for (log_y, log_phi, power) in [(3.0, -17.5, 1.4), (-1.0, -18.5, 1.7), (8.0, -12.0, 1.2)] {
            let [series, ..] = Series::eight(Lane::splat(log_y), Lane::splat(log_phi), Lane::splat(power));
            let (series, saddle) =
                (series.derivatives(&series.sums(None, true)), saddlepoint(log_y, log_phi, power));
            for (at, (a, b)) in series.iter().zip(saddle).enumerate() {
                assert!((a - b).abs() <= 1e-7 * (1.0 + b.abs()), "{log_y} {log_phi} {power}, {at}: {a} {b}");
            }
        }
    }
}
