//! Coefficients that satisfy equations `g(beta) = 0`: a surface, on which as many coefficients follow as there are
//! equations and the others move freely.
//!
//! Near a point where the equations hold, the pivots are a function of the others (implicit function theorem), chosen by
//! elimination with complete pivoting so that they follow gently. With G = dg/dbeta, T = (I, -G_B^-1 G_F) the slopes of all
//! coefficients in the free ones and lambda = G_B^-T s_B, the log-likelihood on the surface has the score T's and the
//! information T'(I + sum lambda_i H_i) T, H_i the second derivatives of g_i: both exact. Where all equations are
//! straight lines this is an affine change of variables.
//!
//! Equations are of few quantities, each a linear combination of the coefficients. Source: Aitchison & Silvey (1958),
//! Annals of Mathematical Statistics 29, 813-828; Nocedal & Wright (2006), Numerical Optimization, sec. 15.3.

use crate::subspace::Subspace;
use crate::tally::Derivs;
use loglik_num::Cholesky;
use loglik_optim::Eval;

/// A step of the pivots, in their standard deviations, behind which they have their values: the error is of its square.
const SETTLED: f64 = 1e-9;

/// Steps to the values of the pivots; each doubles the digits once it is near.
const STEPS: usize = 50;

/// Steps on the way to a point where the equations hold, from one where they do not.
const WAY: usize = 200;

/// What other equations leave of the slope of one that says something of its own, as a share of it.
const DEPENDENT: f64 = 1e-10;

/// How much faster than a free coefficient a pivot may move, both in standard deviations, before others are asked.
const STEEP: f64 = 32.0;

/// The ratio of two last steps above which convergence is that of a slope that vanishes: half, where Newton's falls to 0.
const LINEAR: f64 = 0.25;

/// One equation at a point.
#[derive(Clone, Debug, PartialEq)]
pub struct Curved {
    /// What is zero where it holds.
    pub value: f64,
    /// Its first derivatives, each with its quantity; several of one add up.
    pub slope: Vec<(usize, f64)>,
    /// Its second derivatives, each with its quantities, both halves; several of one pair add up.
    pub bend: Vec<(usize, usize, f64)>,
}

/// Equations between coefficients, and the coefficients that may move to satisfy them.
pub struct Surface<'a> {
    /// The quantities of the equations as combinations of the coefficients   `[k][p]`
    rows: Vec<Vec<f64>>,
    /// The equations where the quantities have given values.
    equations: &'a dyn Fn(&[f64]) -> Vec<Curved>,
    active: Vec<usize>,
    /// A standard deviation of each coefficient, to choose pivots and to tell far from near `[p]`
    spread: Vec<f64>,
}

/// Where a way to the surface ended.
pub(crate) enum Reached {
    At(Vec<f64>),
    /// No coefficients were found at which all equations hold.
    Unmet,
    /// Equations repeat or contradict each other.
    Dependent,
    /// They hold here, but have no slope of their own here.
    Flat(Vec<f64>),
}

/// The surface near one of its points.
pub(crate) struct Tangent {
    pub(crate) space: Subspace,
    pub(crate) pivots: Vec<usize>,
    /// The inverse of the equations' slopes in the pivots                     `[m][m]`
    solve: Vec<Vec<f64>>,
    curves: Vec<Curved>,
}

/// Slopes of equations, solved for one coefficient each.
struct Eliminated {
    pivots: Vec<usize>,
    rows: Vec<Vec<f64>>,
    solve: Vec<Vec<f64>>,
}

impl<'a> Surface<'a> {
    /// * `rows`      the quantities of the equations as combinations of the coefficients `[k][p]`
    /// * `equations` the equations where the quantities have given values `[k]`
    /// * `active`    the coefficients that may move
    /// * `spread`    a standard deviation of each, about                      `[p]`
    #[must_use]
    pub fn new(
        rows: Vec<Vec<f64>>,
        equations: &'a dyn Fn(&[f64]) -> Vec<Curved>,
        active: Vec<usize>,
        spread: Vec<f64>,
    ) -> Self {
        Self { rows, equations, active, spread }
    }

    /// The coefficients that may move.
    #[must_use]
    pub fn active(&self) -> &[usize] {
        &self.active
    }

    /// The quantities of the equations as combinations of the coefficients   `[k][p]`
    pub(crate) fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The same equations between quantities that move by themselves.
    ///
    /// * `rows`   the unit matrix                                             `[k][k]`
    /// * `spread` standard deviations of the quantities                       `[k]`
    pub(crate) fn of_quantities(&self, rows: Vec<Vec<f64>>, spread: Vec<f64>) -> Surface<'a> {
        Surface { active: (0..rows.len()).collect(), equations: self.equations, rows, spread }
    }

    fn curves(&self, beta: &[f64]) -> Option<Vec<Curved>> {
        let quantities: Vec<f64> = self.rows.iter().map(|row| dot(row, beta)).collect();
        let curves = (self.equations)(&quantities);
        let is_finite = |c: &Curved| c.value.is_finite() && c.slope.iter().all(|(_, s)| s.is_finite());
        curves.iter().all(is_finite).then_some(curves)
    }

    /// Slopes of the equations in the coefficients                            `[m][p]`
    fn slopes(&self, curves: &[Curved]) -> Vec<Vec<f64>> {
        let of = |curve: &Curved| {
            let mut out = vec![0.0; self.spread.len()];
            for (i, slope) in curve.slope.iter().filter(|(_, slope)| *slope != 0.0) {
                self.active.iter().for_each(|j| out[*j] += slope * self.rows[*i][*j]);
            }
            out
        };
        curves.iter().map(of).collect()
    }

    /// The surface near a point of it, other pivots chosen unless some are given; `None` where equations depend on each
    /// other there.
    pub(crate) fn tangent(&self, beta: &[f64], pivots: Option<&[usize]>) -> Option<Tangent> {
        let curves = self.curves(beta)?;
        let slopes = self.slopes(&curves);
        let found = eliminate(slopes, pivots.unwrap_or(&self.active), &self.active, &self.spread)?;
        let space = Subspace::tied(&self.active, &found.pivots, &found.rows, self.spread.len());
        Some(Tangent { space, pivots: found.pivots, solve: found.solve, curves })
    }

    /// Whether other pivots would follow more gently than those of a tangent do.
    pub(crate) fn is_steep(&self, tangent: &Tangent) -> bool {
        let steep = |pivot: usize, ratios: &[f64]| {
            let free = tangent.space.free().iter().zip(ratios);
            free.map(|(j, r)| r.abs() * self.spread[*j]).fold(0.0, f64::max) > STEEP * self.spread[pivot]
        };
        tangent.space.ratios().any(|(pivot, ratios)| steep(pivot, ratios))
    }

    /// The point of the surface with these free coefficients, from a point near it; `None` where the pivots find no value.
    ///
    /// * `free` values of the free coefficients                               `[q]`
    pub(crate) fn lift(&self, tangent: &Tangent, base: &[f64], free: &[f64]) -> Option<Vec<f64>> {
        let step: Vec<f64> = tangent.space.free().iter().zip(free).map(|(j, x)| x - base[*j]).collect();
        let mut beta = base.to_vec();
        if step.iter().all(|s| *s == 0.0) {
            return Some(beta);
        }
        tangent.space.advance(&mut beta, &step, 0.0);
        tangent.space.free().iter().zip(free).for_each(|(j, x)| beta[*j] = *x);
        for _ in 0..STEPS {
            let curves = self.curves(&beta)?;
            let slopes = self.slopes(&curves);
            let found = eliminate(slopes, &tangent.pivots, &self.active, &self.spread)?;
            let mut settled = true;
            for (pivot, row) in found.pivots.iter().zip(&found.solve) {
                let by: f64 = row.iter().zip(&curves).map(|(e, curve)| e * curve.value).sum();
                settled &= self.is_small(by, *pivot, beta[*pivot]);
                beta[*pivot] -= by;
            }
            if settled {
                return beta.iter().all(|b| b.is_finite()).then_some(beta);
            }
        }
        None
    }

    fn is_small(&self, step: f64, j: usize, value: f64) -> bool {
        step.abs() <= (SETTLED * self.spread[j]).max(4.0 * f64::EPSILON * value.abs())
    }

    /// A point where the equations hold, near one where they need not: steps of least length in standard deviations,
    /// shortened until the equations' sum of squares falls.
    pub(crate) fn reach(&self, from: &[f64]) -> Reached {
        let mut beta = from.to_vec();
        let Some(mut curves) = self.curves(&beta) else { return Reached::Unmet };
        let mut before = f64::INFINITY;
        for _ in 0..WAY {
            let slopes = self.slopes(&curves);
            let Some(step) = self.least_step(&slopes, &curves) else {
                // Far out an equation that is not to be met has no slope any more, as exp(x) = -1.
                let flat =
                    slopes.iter().zip(&curves).any(|(row, c)| self.length(row) == 0.0 && c.value != 0.0);
                return if flat { Reached::Unmet } else { Reached::Dependent };
            };
            let size = step.iter().zip(&self.spread).fold(0.0_f64, |m, (s, d)| m.max((s / d).abs()));
            let settled = self.active.iter().all(|j| self.is_small(step[*j], *j, beta[*j]));
            if settled {
                self.active.iter().for_each(|j| beta[*j] += step[*j]);
                // A step of rounding says nothing of how fast the others fell.
                let slow = size > 1e-3 * SETTLED && size > LINEAR * before;
                return if slow { Reached::Flat(beta) } else { Reached::At(beta) };
            }
            let scale: Vec<f64> = slopes.iter().map(|row| self.length(row).max(f64::MIN_POSITIVE)).collect();
            let distance = |curves: &[Curved]| {
                curves.iter().zip(&scale).map(|(c, s)| (c.value / s) * (c.value / s)).sum::<f64>()
            };
            let here = distance(&curves);
            let shorter = (0..40).map(|i| 0.5_f64.powi(i)).find_map(|length| {
                let mut next = beta.clone();
                self.active.iter().for_each(|j| next[*j] += length * step[*j]);
                let there = self.curves(&next)?;
                (distance(&there) <= (1.0 - 1e-4 * length) * here).then_some((next, there))
            });
            let Some((next, there)) = shorter else { return Reached::Unmet };
            (beta, curves, before) = (next, there, size);
        }
        Reached::Unmet
    }

    /// The length of a slope, coefficients in standard deviations.
    fn length(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.spread).map(|(g, d)| (g * d) * (g * d)).sum::<f64>().sqrt()
    }

    /// `-W G' (G W G')^-1 g`, W the variances; `None` where equations depend on each other `[p]`
    fn least_step(&self, slopes: &[Vec<f64>], curves: &[Curved]) -> Option<Vec<f64>> {
        let m = slopes.len();
        let scale: Vec<f64> = slopes.iter().map(|row| self.length(row)).collect();
        if scale.iter().any(|s| *s == 0.0 || !s.is_finite()) {
            return None;
        }
        let entry = |a: usize, b: usize| {
            let products = slopes[a].iter().zip(&slopes[b]).zip(&self.spread);
            products.map(|((x, y), d)| (x * d / scale[a]) * (y * d / scale[b])).sum::<f64>()
        };
        let gram: Vec<f64> = (0..m * m).map(|i| entry(i / m, i % m)).collect();
        let factor = Cholesky::above(&gram, m, DEPENDENT).ok()?;
        let mut by: Vec<f64> = curves.iter().zip(&scale).map(|(c, s)| -c.value / s).collect();
        factor.solve(&mut by);
        let step = |j: usize| {
            let sum: f64 = slopes.iter().zip(&by).zip(&scale).map(|((row, b), s)| row[j] / s * b).sum();
            sum * self.spread[j] * self.spread[j]
        };
        Some((0..self.spread.len()).map(step).collect())
    }

    /// What an optimiser minimises in the free coefficients at a point of the surface.
    pub(crate) fn minimised(&self, tangent: &Tangent, derivs: &Derivs) -> Eval {
        let mut out = tangent.space.minimised(derivs);
        if out.hessian.is_empty() {
            return out;
        }
        let score = derivs.score();
        let (k, q) = (self.rows.len(), tangent.space.q());
        // Sum of the equations' second derivatives, each times its multiplier.
        let mut bend = vec![0.0; k * k];
        for (i, curve) in tangent.curves.iter().enumerate() {
            let pivots = tangent.pivots.iter().zip(&tangent.solve);
            let multiplier: f64 = pivots.map(|(pivot, row)| score[*pivot] * row[i]).sum();
            curve.bend.iter().for_each(|(a, b, h)| bend[a * k + b] += multiplier * h);
        }
        if bend.iter().all(|b| *b == 0.0) {
            return out;
        }
        let along: Vec<Vec<f64>> = self.rows.iter().map(|row| tangent.space.score(row)).collect();
        for (i, row) in bend.chunks_exact(k).enumerate() {
            let bent = |j: usize| row.iter().zip(&along).map(|(b, along)| b * along[j]).sum::<f64>();
            let bent: Vec<f64> = (0..q).map(bent).collect();
            for (a, line) in out.hessian.chunks_exact_mut(q).enumerate() {
                line.iter_mut().zip(&bent).for_each(|(h, b)| *h += along[i][a] * b);
            }
        }
        out
    }
}

/// Sum of products.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Solves each row for one of the candidates, the largest slope first, every coefficient in its standard deviations; `None`
/// where a row is a combination of others.
fn eliminate(
    mut rows: Vec<Vec<f64>>,
    candidates: &[usize],
    active: &[usize],
    spread: &[f64],
) -> Option<Eliminated> {
    let m = rows.len();
    let size = |row: &[f64], of: &[usize]| of.iter().map(|j| row[*j].abs() * spread[*j]).fold(0.0, f64::max);
    let scale: Vec<f64> = rows.iter().map(|row| size(row, active)).collect();
    if scale.iter().any(|s| *s == 0.0 || !s.is_finite()) {
        return None;
    }
    let mut solve: Vec<Vec<f64>> = (0..m).map(|i| (0..m).map(|j| f64::from(i == j)).collect()).collect();
    let mut pivots: Vec<Option<usize>> = vec![None; m];
    for _ in 0..m {
        let mut best = (0.0, 0, 0);
        for i in (0..m).filter(|i| pivots[*i].is_none()) {
            for j in candidates {
                let share = rows[i][*j].abs() * spread[*j] / scale[i];
                if share > best.0 {
                    best = (share, i, *j);
                }
            }
        }
        let (share, i, j) = best;
        if share < DEPENDENT {
            return None;
        }
        pivots[i] = Some(j);
        let by = rows[i][j];
        rows[i].iter_mut().for_each(|v| *v /= by);
        solve[i].iter_mut().for_each(|v| *v /= by);
        let (row, inverse) = (rows[i].clone(), solve[i].clone());
        for other in (0..m).filter(|other| *other != i) {
            let by = rows[other][j];
            if by != 0.0 {
                rows[other].iter_mut().zip(&row).for_each(|(v, r)| *v -= by * r);
                solve[other].iter_mut().zip(&inverse).for_each(|(v, r)| *v -= by * r);
            }
        }
    }
    Some(Eliminated { pivots: pivots.into_iter().flatten().collect(), rows, solve })
}
