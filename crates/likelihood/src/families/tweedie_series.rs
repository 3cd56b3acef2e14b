//! The series of the Tweedie density, over the number j of amounts in the sum.
//!
//! W = sum_j exp(w_j), w_j = j c - log j! - log Gamma(j a), a = (2 - p) / (p - 1) > 0 and
//! c = a log y - a log(p - 1) - log(2 - p) - (1 + a) log phi. The derivatives of log W are means and covariances of those
//! of w_j under the weights exp(w_j) / W. Terms are taken outwards from the greatest until they no longer count.

use loglik_num::{Lane, Step, Taylor, digamma, exp, lgamma, log, trigamma};

/// Terms below e^-SMALL of the greatest are left out.
const SMALL: f64 = 40.0;

/// log W as a function of (log phi, power) at the given log y.
#[derive(Clone, Copy)]
pub(super) struct LogSeries {
    /// log y of eight rows; any finite number where y = 0.
    pub(super) log_y: Lane,
}

/// A point of the series.
struct Point {
    log_y: f64,
    log_phi: f64,
    power: f64,
}

/// c and a with their derivatives in the power.
struct Shape {
    a: [f64; 3],
    c: [f64; 3],
}

impl Point {
    fn shape(&self) -> Shape {
        let (one, two) = (self.power - 1.0, 2.0 - self.power);
        // a = 1 / (p - 1) - 1
        let a = [two / one, -1.0 / (one * one), 2.0 / (one * one * one)];
        let level = self.log_y - self.log_phi - log(one);
        let c0 = a[0] * level - log(two) - self.log_phi;
        let c1 = a[1] * level - a[0] / one + 1.0 / two;
        let c2 = a[2] * level - 2.0 * a[1] / one + a[0] / (one * one) + 1.0 / (two * two);
        Shape { a, c: [c0, c1, c2] }
    }

    /// The j of the greatest term: y^(2 - p) / (phi (2 - p)), at least 1.
    fn peak(&self) -> f64 {
        let two = 2.0 - self.power;
        exp(two * self.log_y - self.log_phi - log(two)).round().clamp(1.0, 1e15)
    }
}

impl Shape {
    fn term(&self, j: f64) -> f64 {
        j * self.c[0] - lgamma(j + 1.0) - lgamma(j * self.a[0])
    }

    /// First and second derivatives of a term: in log phi, in the power, and the second in the power.
    fn slopes(&self, j: f64) -> [f64; 3] {
        let ja = j * self.a[0];
        let psi = digamma(ja);
        let in_power = j * self.c[1] - psi * j * self.a[1];
        let bend = j * self.c[2] - trigamma(ja) * (j * self.a[1]) * (j * self.a[1]) - psi * j * self.a[2];
        [-j * (1.0 + self.a[0]), in_power, bend]
    }
}

/// Calls `each(j, term less the greatest)` for every term that counts; answers the greatest.
fn over_terms(point: &Point, shape: &Shape, mut each: impl FnMut(f64, f64)) -> f64 {
    let peak = point.peak();
    let top = shape.term(peak);
    let mut j = peak;
    loop {
        let w = shape.term(j) - top;
        if w < -SMALL || w.is_nan() {
            break;
        }
        each(j, w);
        j += 1.0;
    }
    j = peak - 1.0;
    while j >= 1.0 {
        let w = shape.term(j) - top;
        if w < -SMALL || w.is_nan() {
            break;
        }
        each(j, w);
        j -= 1.0;
    }
    top
}

fn value(point: &Point) -> f64 {
    let mut sum = 0.0;
    let top = over_terms(point, &point.shape(), |_, w| sum += exp(w));
    top + log(sum)
}

/// log W, its first derivatives in (log phi, power) and second ones (aa, ab, bb).
fn derivatives(point: &Point) -> [f64; 6] {
    let shape = point.shape();
    let at_peak = shape.slopes(point.peak());
    let (mut sum, mut m) = (0.0, [0.0; 6]);
    // Moments about the slopes at the peak, so that their spread keeps its digits.
    let top = over_terms(point, &shape, |j, w| {
        let weight = exp(w);
        let s = shape.slopes(j);
        let (d0, d1) = (s[0] - at_peak[0], s[1] - at_peak[1]);
        sum += weight;
        for (m, x) in m.iter_mut().zip([d0, d1, d0 * d0, d0 * d1, d1 * d1, s[2]]) {
            *m += weight * x;
        }
    });
    let mean = m.map(|x| x / sum);
    // d/d power of the slope in log phi is -j a'.
    let count = (at_peak[0] + mean[0]) / -(1.0 + shape.a[0]);
    [
        top + log(sum),
        at_peak[0] + mean[0],
        at_peak[1] + mean[1],
        mean[2] - mean[0] * mean[0],
        mean[3] - mean[0] * mean[1] - count * shape.a[1],
        mean[4] - mean[1] * mean[1] + mean[5],
    ]
}

impl LogSeries {
    fn point(self, [log_phi, power]: [Lane; 2], i: usize) -> Point {
        Point { log_y: self.log_y.0[i], log_phi: log_phi.0[i], power: power.0[i] }
    }
}

impl Step<2> for LogSeries {
    #[inline(always)]
    fn value(self, x: [Lane; 2]) -> Lane {
        Lane(std::array::from_fn(|i| value(&self.point(x, i))))
    }
    #[inline(always)]
    fn expand(self, x: [Lane; 2]) -> Taylor<2> {
        let rows: [[f64; 6]; 8] = std::array::from_fn(|i| derivatives(&self.point(x, i)));
        let part = |at: usize| Lane(rows.map(|r| r[at]));
        Taylor::two(part(0), [part(1), part(2)], [part(3), part(4), part(5)])
    }
}
