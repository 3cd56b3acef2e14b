//! Near the optimum by an interior point method: Frisch's barrier, Newton's steps, Mehrotra's predictor and corrector.
//!
//! The dual of the programme is: most `y'a` with `X'a = (1 - tau) X'w` and `0 <= a <= w`. With slack `s = w - a` and
//! multipliers `z` (of `a >= 0`) and `v` (of `a <= w`) the residuals are `v - z`. Each step costs one weighted Gram and
//! its factor. Portnoy & Koenker (1997), sec. 5.

use super::programme::Programme;
use loglik_num::Cholesky;

/// Steps at most; ten to thirty are usual.
const MOST: usize = 100;

/// Share of the way to the nearest bound that a step goes.
const SHORT: f64 = 0.999_95;

/// Gap, as a share of the objective, at which the rows that are met show.
const GAP: f64 = 1e-11;

/// Where the method stands.
pub(super) struct Inside {
    /// Coefficients                                                         `[p]`
    pub(super) beta: Vec<f64>,
    /// Dual variables, between 0 and the weight                              `[stride]`
    pub(super) a: Vec<f64>,
    /// Steps taken.
    pub(super) steps: usize,
    s: Vec<f64>,
    z: Vec<f64>,
    v: Vec<f64>,
}

/// A step in all variables.
struct Change {
    beta: Vec<f64>,
    a: Vec<f64>,
    z: Vec<f64>,
    v: Vec<f64>,
}

/// Weighted least squares, the start; zeros where the columns are dependent to rounding.
fn least_squares(programme: &Programme) -> Vec<f64> {
    let wy: Vec<f64> = programme.w.iter().zip(&programme.y).map(|(w, y)| w * y).collect();
    let mut beta = programme.transposed(&wy);
    match Cholesky::new(&programme.gram(&programme.w), programme.p) {
        Ok(factor) => factor.solve(&mut beta),
        Err(_) => beta.fill(0.0),
    }
    beta
}

/// Steps until the gap is small, or as far as rounding lets them.
pub(super) fn approach(programme: &Programme) -> Inside {
    let mut at = Inside::start(programme);
    let size =
        loglik_num::sum(&programme.w.iter().zip(&programme.y).map(|(w, y)| w * y.abs()).collect::<Vec<_>>());
    while at.steps < MOST {
        let residuals = programme.residuals(&at.beta);
        let objective: f64 = residuals.iter().zip(&programme.w).map(|(r, w)| w * programme.loss.of(*r)).sum();
        let gap = at.gap() * (programme.loss.above + programme.loss.below);
        if gap.is_nan() || gap <= GAP * objective.max(1e-6 * size) {
            break;
        }
        if !at.step(programme, &residuals) {
            break;
        }
        at.steps += 1;
    }
    at
}

impl Inside {
    /// A place that is known without steps of its own.
    pub(super) fn at(beta: Vec<f64>, a: Vec<f64>, steps: usize) -> Self {
        Self { beta, a, steps, s: Vec::new(), z: Vec::new(), v: Vec::new() }
    }

    fn start(programme: &Programme) -> Self {
        let tau = programme.loss.tau();
        let beta = least_squares(programme);
        let residuals = programme.residuals(&beta);
        let mean = residuals.iter().map(|r| r.abs()).sum::<f64>() / programme.n.max(1) as f64;
        let away = 1e-3 * mean;
        let a = programme.w.iter().map(|w| (1.0 - tau) * w).collect();
        let s = programme.w.iter().map(|w| tau * w).collect();
        let z = residuals.iter().map(|r| (-r).max(0.0) + away).collect();
        let v = residuals.iter().map(|r| r.max(0.0) + away).collect();
        Self { beta, a, steps: 0, s, z, v }
    }

    /// The duality gap.
    fn gap(&self) -> f64 {
        dot(&self.a, &self.z) + dot(&self.s, &self.v)
    }

    /// One predictor and corrector step; false where the Gram has no factor any more.
    fn step(&mut self, programme: &Programme, residuals: &[f64]) -> bool {
        let n = programme.n;
        let mut q = vec![0.0; programme.stride];
        (0..n).for_each(|r| q[r] = 1.0 / (self.z[r] / self.a[r] + self.v[r] / self.s[r]));
        let Ok(factor) = Cholesky::new(&programme.gram(&q), programme.p) else { return false };
        let drift = self.drift(programme);
        let zeros = vec![0.0; programme.stride];
        let predicted = self.direction(programme, &factor, &q, residuals, &drift, 0.0, &zeros, &zeros);
        let (up, down) = self.lengths(&predicted, n);
        let gap = self.gap();
        let mut after = 0.0;
        for r in 0..n {
            let (a, s) = (self.a[r] + up * predicted.a[r], self.s[r] - up * predicted.a[r]);
            after += a * (self.z[r] + down * predicted.z[r]) + s * (self.v[r] + down * predicted.v[r]);
        }
        let mu = gap * (after / gap).powi(3) / (2 * n) as f64;
        let bend = |side: &[f64], sign: f64| -> Vec<f64> {
            predicted.a.iter().zip(side).map(|(a, m)| sign * a * m).collect()
        };
        let (az, sv) = (bend(&predicted.z, 1.0), bend(&predicted.v, -1.0));
        let change = self.direction(programme, &factor, &q, residuals, &drift, mu, &az, &sv);
        let (up, down) = self.lengths(&change, n);
        if !(up > 1e-10 || down > 1e-10) {
            return false;
        }
        for r in 0..n {
            self.a[r] += up * change.a[r];
            self.s[r] -= up * change.a[r];
            self.z[r] += down * change.z[r];
            self.v[r] += down * change.v[r];
        }
        self.beta.iter_mut().zip(&change.beta).for_each(|(b, d)| *b += down * d);
        true
    }

    /// What rounding has made of `X'a = (1 - tau) X'w`                        `[p]`
    fn drift(&self, programme: &Programme) -> Vec<f64> {
        let tau = programme.loss.tau();
        let off: Vec<f64> = programme.w.iter().zip(&self.a).map(|(w, a)| (1.0 - tau) * w - a).collect();
        programme.transposed(&off)
    }

    /// The Newton step toward complementarity `mu`, with second-order terms `az` and `sv` of the predictor.
    #[allow(
        clippy::too_many_arguments,
        reason = "one linear system, its factor and its right side, all borrowed"
    )]
    fn direction(
        &self,
        programme: &Programme,
        factor: &Cholesky,
        q: &[f64],
        residuals: &[f64],
        drift: &[f64],
        mu: f64,
        az: &[f64],
        sv: &[f64],
    ) -> Change {
        let n = programme.n;
        let mut right = vec![0.0; programme.stride];
        for r in 0..n {
            let centre = (mu - sv[r]) / self.s[r] - (mu - az[r]) / self.a[r];
            right[r] = q[r] * (residuals[r] - centre);
        }
        let mut beta = programme.transposed(&right);
        beta.iter_mut().zip(drift).for_each(|(b, d)| *b -= d);
        factor.solve(&mut beta);
        let moved = programme.times(&beta);
        let mut change = Change {
            beta,
            a: vec![0.0; programme.stride],
            z: vec![0.0; programme.stride],
            v: vec![0.0; programme.stride],
        };
        for r in 0..n {
            let da = right[r] - q[r] * moved[r];
            change.a[r] = da;
            change.z[r] = (mu - az[r] - self.z[r] * da) / self.a[r] - self.z[r];
            change.v[r] = (mu - sv[r] + self.v[r] * da) / self.s[r] - self.v[r];
        }
        change
    }

    /// Lengths of the step in `a` and in the multipliers that keep all of them above 0.
    fn lengths(&self, change: &Change, n: usize) -> (f64, f64) {
        let (mut up, mut down) = (1.0_f64 / SHORT, 1.0_f64 / SHORT);
        let shorten = |length: &mut f64, value: f64, step: f64| {
            if step < 0.0 {
                *length = length.min(-value / step);
            }
        };
        for r in 0..n {
            shorten(&mut up, self.a[r], change.a[r]);
            shorten(&mut up, self.s[r], -change.a[r]);
            shorten(&mut down, self.z[r], change.z[r]);
            shorten(&mut down, self.v[r], change.v[r]);
        }
        (SHORT * up, SHORT * down)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
