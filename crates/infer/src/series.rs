//! Moments of a column of numbers: its mean, its squares, and the products of neighbours.

use loglik_design::{PART_ROWS, in_order};
use loglik_num::{Dd, Kernel, LANE, Lane, dispatch};
use std::convert::Infallible;

/// Values whose mean is where deviations are taken from: as near the mean of all as a thousand values are.
const NEAR: usize = 1_000;

/// The share of the squares that the centre's distance from the mean may make up: a tenth of a digit is lost by it.
const OFF: f64 = 0.25;

/// The mean, and the sums of squares and of products of neighbours about it: NaN where there is no number.
///
/// Large numbers that differ little lose nothing: sums are of what is left of a value near them. One read does, unless the
/// values near which they are taken are unlike the others. Sums are taken by parts, and are the same on any number of threads.
pub fn moments(values: &[f64], threads: usize) -> (Dd, [f64; 2]) {
    let n = values.len() as f64;
    let sums = |centre: Dd| {
        let part = |part: usize| {
            let first = part * PART_ROWS;
            let own = PART_ROWS.min(values.len() - first);
            Ok::<_, Infallible>(dispatch(Sums { values: &values[first..], own, centre }))
        };
        let Ok(parts) = in_order(values.len().div_ceil(PART_ROWS), threads, &part);
        parts.iter().fold([0.0; 3], |[a, b, c], [x, y, z]| [a + x, b + y, c + z])
    };
    let first = values.first().copied().unwrap_or(f64::NAN);
    let some = values.iter().step_by((values.len() / NEAR).max(1)).map(|x| x - first);
    let (sum, count) = some.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    let mut centre = Dd::sum(first, sum / count);
    let [mut sum, mut squares, mut products] = sums(centre);
    if sum * sum > OFF * squares * n {
        centre = centre + sum / n;
        [sum, squares, products] = sums(centre);
    }
    // About the mean, which lies `off` beyond the centre; the products lack the last value's and the first's share.
    let off = sum / n;
    let deviation = |x: f64| (x - centre.hi) - centre.lo;
    let ends = values.first().map_or(0.0, |x| deviation(*x)) + values.last().map_or(0.0, |x| deviation(*x));
    (centre + off, [squares - sum * off, products - off * (2.0 * sum - ends) + (n - 1.0) * off * off])
}

/// Sums of deviations from a centre, of their squares and of the products of neighbours.
struct Sums<'a> {
    /// A part of the values, and all that come after it.
    values: &'a [f64],
    /// Those of the part.
    own: usize,
    centre: Dd,
}

impl Kernel for Sums<'_> {
    type Output = [f64; 3];

    #[inline(always)]
    fn run(self) -> [f64; 3] {
        let (high, low) = (Lane::splat(self.centre.hi), Lane::splat(self.centre.lo));
        let mut sums = [Lane::ZERO; 3];
        // Each eight beside the eight that begin one later; the last values have no such eight.
        let whole = self.own.min(self.values.len() - 1) / LANE * LANE;
        for at in (0..whole).step_by(LANE) {
            let x = (Lane::load(&self.values[at..at + LANE]) - high) - low;
            let next = (Lane::load(&self.values[at + 1..at + 1 + LANE]) - high) - low;
            sums = [sums[0] + x, x.mul_add(x, sums[1]), x.mul_add(next, sums[2])];
        }
        let mut sums = sums.map(Lane::sum);
        let deviation =
            |at: usize| self.values.get(at).map_or(0.0, |x| (x - self.centre.hi) - self.centre.lo);
        for at in whole..self.own {
            let x = deviation(at);
            sums = [sums[0] + x, sums[1] + x * x, sums[2] + x * deviation(at + 1)];
        }
        sums
    }
}
