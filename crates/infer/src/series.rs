//! Moments of a column of numbers: its mean, its squares, and the products of neighbours.

use loglik_num::{Dd, Kernel, LANE, Lane, dispatch};

/// The mean, and the sums of squares and of products of neighbours about it: NaN where there is no number.
///
/// Large numbers that differ little lose nothing: sums are of what is left of a value near them.
pub fn moments(values: &[f64]) -> (Dd, [f64; 2]) {
    let near = values.first().copied().unwrap_or(f64::NAN);
    let [rest, _] = dispatch(Sums { values, centre: Dd::from(near), squares: false });
    let mean = Dd::sum(near, rest / values.len() as f64);
    (mean, dispatch(Sums { values, centre: mean, squares: true }))
}

/// Sums of deviations from a centre, or of their squares and of the products of neighbours.
struct Sums<'a> {
    values: &'a [f64],
    centre: Dd,
    squares: bool,
}

impl Kernel for Sums<'_> {
    type Output = [f64; 2];

    #[inline(always)]
    fn run(self) -> [f64; 2] {
        let (high, low) = (Lane::splat(self.centre.hi), Lane::splat(self.centre.lo));
        let mut sums = [Lane::ZERO; 2];
        // Each eight beside the eight that begin one later; the last values have no such eight.
        let whole = self.values.len().saturating_sub(1) / LANE * LANE;
        for at in (0..whole).step_by(LANE) {
            let x = (Lane::load(&self.values[at..at + LANE]) - high) - low;
            if self.squares {
                let next = (Lane::load(&self.values[at + 1..at + 1 + LANE]) - high) - low;
                sums = [x.mul_add(x, sums[0]), x.mul_add(next, sums[1])];
            } else {
                sums[0] = sums[0] + x;
            }
        }
        let mut sums = sums.map(Lane::sum);
        let deviation =
            |at: usize| self.values.get(at).map_or(0.0, |x| (x - self.centre.hi) - self.centre.lo);
        for at in whole..self.values.len() {
            let x = deviation(at);
            sums[0] += if self.squares { x * x } else { x };
            sums[1] += x * deviation(at + 1);
        }
        sums
    }
}
