//! One chunk at one point: linear predictors, coordinates, row derivatives, and the chain rule back to `eta`.
//!
//! This is the only place where a likelihood meets a design. Buffers live as long as the sweep and are reused from
//! chunk to chunk; after [`Sweep::eval`] the derivatives are with respect to `eta`, weights are multiplied in and
//! padding is zero.
//!
//! In double-double a likelihood of the difference `y - u[0]` is given that difference, formed before it is rounded and
//! from the decimal that the response stands for: a million about which tenths vary costs no digit.

use crate::model::Model;
use crate::pass::{Point, Precision, Recession};
use loglik_design::Chunk;
use loglik_likelihood::{Link, Order, RowDerivs, Support, Tail};
use loglik_num::{Dd, Jet, Kernel, LANE, Lane, decimal_rest, dispatch};

/// A response nearer to its location than this part of itself is taken for the decimal that it stands for; elsewhere the
/// rest of that is below 1e-14 of their difference, and dear to find.
const NEAR: f64 = 1.0 / 64.0;

/// Scratch for evaluating chunks.
#[derive(Debug, Default)]
pub struct Sweep {
    /// Linear predictors                                                    `[k][n]`
    pub etas: Vec<Vec<f64>>,
    /// What double precision lost of them; used in double-double only        `[k][n]`
    pub lows: Vec<Vec<f64>>,
    /// Coordinates                                                          `[k][n]`
    pub us: Vec<Vec<f64>>,
    /// Log density and derivatives in `eta`, weighted                        `[n]`
    pub out: RowDerivs,
    /// Rows that the limits moved (1) or not (0)                             `[n]`
    pub moved: Vec<f64>,
    /// Rows outside the domain of a link in this chunk.
    pub outside: usize,
    /// Responses less their locations, where these stand in for the two     `[n]`
    gaps: Option<Vec<f64>>,
    slopes: Vec<Vec<f64>>,
    curves: Vec<Vec<f64>>,
    steps: Vec<Vec<f64>>,
}

/// `u`, `du/deta`, `d2u/deta2` of one predictor over a chunk.
struct LinkKernel<'a> {
    link: Link,
    support: Support,
    eta: &'a [f64],
    u: &'a mut [f64],
    slope: &'a mut [f64],
    curve: &'a mut [f64],
}

impl Kernel for LinkKernel<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for at in (0..self.eta.len()).step_by(LANE) {
            let eta: Jet<1> = Jet::variable(Lane::load(&self.eta[at..at + LANE]), 0);
            let u = self.link.to_u(self.support, eta);
            u.v.store(&mut self.u[at..at + LANE]);
            u.g[0].store(&mut self.slope[at..at + LANE]);
            u.h[0][0].store(&mut self.curve[at..at + LANE]);
        }
    }
}

fn resize(columns: &mut Vec<Vec<f64>>, k: usize, n: usize) {
    columns.resize_with(k, Vec::new);
    for column in columns.iter_mut() {
        column.clear();
        column.resize(n, 0.0);
    }
}

impl Sweep {
    /// Linear predictors of a direction: no offsets, no constants            `[k][n]`
    pub fn direction<'a>(
        model: &Model,
        beta: &[f64],
        chunk: &Chunk,
        into: &'a mut Vec<Vec<f64>>,
    ) -> &'a [Vec<f64>] {
        resize(into, model.predictors.len(), chunk.n);
        for (eta, predictor) in into.iter_mut().zip(&model.predictors) {
            for piece in &predictor.pieces {
                chunk.blocks[piece.block].add_eta(&beta[piece.first..piece.first + piece.coefs], eta);
            }
        }
        into
    }

    /// Linear predictors at a point, offsets and constants included; rows at infinity are moved there.
    pub fn predict(
        &mut self,
        model: &Model,
        point: &Point,
        precision: Precision,
        limits: &[Recession],
        chunk: &Chunk,
    ) {
        let k = model.predictors.len();
        resize(&mut self.etas, k, chunk.n);
        self.gaps = None;
        match precision {
            Precision::Plain => {
                for (eta, predictor) in self.etas.iter_mut().zip(&model.predictors) {
                    match predictor.offset {
                        Some(o) => {
                            eta.iter_mut()
                                .zip(&chunk.offsets[o])
                                .for_each(|(e, o)| *e = predictor.constant + o);
                        }
                        None => eta.fill(predictor.constant),
                    }
                    for piece in &predictor.pieces {
                        let beta = &point.beta[piece.first..piece.first + piece.coefs];
                        chunk.blocks[piece.block].add_eta(beta, eta);
                    }
                }
            }
            Precision::Double => {
                resize(&mut self.lows, k, chunk.n);
                for i in 0..k {
                    precise_eta(model, i, point, chunk, &mut self.etas[i], &mut self.lows[i]);
                }
            }
        }
        self.move_to_limits(model, limits, chunk);
        if precision == Precision::Double && model.likelihood.spec().by_difference && model.is_direct(0) {
            self.part_from_location(&chunk.y[0]);
        }
    }

    /// Takes the location out of the responses, with what double precision lost of both.
    fn part_from_location(&mut self, y: &[f64]) {
        let (eta, low) = (&self.etas[0], &self.lows[0]);
        let gap = |((y, eta), low): ((&f64, &f64), &f64)| {
            let gap = Dd::sum(*y, -eta);
            let rest = if gap.hi.abs() < NEAR * y.abs() { decimal_rest(*y) } else { 0.0 };
            (gap + Dd::sum(rest, -low)).value()
        };
        self.gaps = Some(y.iter().zip(eta).zip(low).map(gap).collect());
    }

    /// The response columns that belong to the coordinates: those of the chunk, or what is left of them beyond a location
    /// that was taken out                                                    `[columns][n]`
    #[must_use]
    pub fn response<'a>(&'a self, chunk: &'a Chunk) -> Vec<&'a [f64]> {
        match &self.gaps {
            Some(gaps) => vec![gaps],
            None => chunk.y.iter().map(Vec::as_slice).collect(),
        }
    }

    fn move_to_limits(&mut self, model: &Model, limits: &[Recession], chunk: &Chunk) {
        self.moved.clear();
        self.moved.resize(chunk.n, 0.0);
        let mut steps = std::mem::take(&mut self.steps);
        for limit in limits {
            Self::direction(model, &limit.direction, chunk, &mut steps);
            for r in 0..chunk.n {
                let size = steps.iter().map(|d| d[r] * d[r]).sum::<f64>().sqrt();
                if size > limit.cut {
                    self.moved[r] = 1.0;
                    for (eta, d) in self.etas.iter_mut().zip(&steps) {
                        eta[r] += limit.shift * d[r] / size;
                    }
                }
            }
        }
        self.steps = steps;
    }

    /// Coordinates and their derivatives from the linear predictors in place.
    pub fn coordinates(&mut self, model: &Model, chunk: &Chunk) {
        let k = model.predictors.len();
        resize(&mut self.us, k, chunk.n);
        resize(&mut self.slopes, k, chunk.n);
        resize(&mut self.curves, k, chunk.n);
        for i in 0..k {
            let (eta, u) = (&self.etas[i], &mut self.us[i]);
            if i == 0 && self.gaps.is_some() {
                u.fill(0.0);
            } else if model.is_direct(i) {
                u.copy_from_slice(eta);
            } else {
                let (slope, curve) = (&mut self.slopes[i], &mut self.curves[i]);
                let (link, support) = (model.predictors[i].link, model.support(i));
                dispatch(LinkKernel { link, support, eta, u, slope, curve });
            }
        }
        if let (Some(precision), Some(log_weight)) = (model.likelihood.spec().precision, &chunk.log_precision)
        {
            let u = &mut self.us[precision.param];
            u.iter_mut().zip(log_weight).for_each(|(u, w)| *u += precision.power * w);
        }
    }

    /// `du/deta` of parameter `i` in row `r`, after [`Sweep::coordinates`].
    #[must_use]
    pub fn slope(&self, model: &Model, i: usize, r: usize) -> f64 {
        if model.is_direct(i) { 1.0 } else { self.slopes[i][r] }
    }

    /// Log density and derivatives in `eta` at the linear predictors in place, without weights.
    pub fn rows(&mut self, model: &Model, chunk: &Chunk, order: Order) {
        self.coordinates(model, chunk);
        let mut out = std::mem::take(&mut self.out);
        let u: Vec<&[f64]> = self.us.iter().map(Vec::as_slice).collect();
        model.likelihood.eval(Tail::Pdf, &self.response(chunk), &u, order, &mut out);
        self.out = out;
        if order == Order::Hessian {
            self.chain(model);
        }
        let rows = self.out.l.iter().zip(&chunk.weight);
        self.outside = rows.filter(|(l, w)| !l.is_finite() & (**w != 0.0)).count();
    }

    /// Mean of the response and its derivatives in `eta` at the linear predictors in place, without weights; false where
    /// the likelihood knows no mean.
    pub fn means(&mut self, model: &Model, chunk: &Chunk) -> bool {
        self.coordinates(model, chunk);
        let u: Vec<&[f64]> = self.us.iter().map(Vec::as_slice).collect();
        if !model.likelihood.mean(&u, &mut self.out) {
            return false;
        }
        self.chain(model);
        true
    }

    /// From derivatives in `u` to derivatives in `eta`: h_ij u'_i u'_j, and g_i u''_i on the diagonal.
    fn chain(&mut self, model: &Model) {
        let k = model.predictors.len();
        for i in 0..k {
            for j in 0..=i {
                for side in [i, j] {
                    if !model.is_direct(side) {
                        let slope = &self.slopes[side];
                        self.out.h_mut(i, j).iter_mut().zip(slope).for_each(|(h, s)| *h *= s);
                    }
                }
            }
            if !model.is_direct(i) {
                let g: Vec<f64> = self.out.g(i).to_vec();
                let curve = &self.curves[i];
                let h = self.out.h_mut(i, i).iter_mut();
                h.zip(&g).zip(curve).for_each(|((h, g), c)| *h += g * c);
                let slope = &self.slopes[i];
                self.out.g_mut(i).iter_mut().zip(slope).for_each(|(g, s)| *g *= s);
            }
        }
    }

    /// Everything at a point, weights multiplied in; rows outside a domain and padding contribute nothing to the
    /// derivatives.
    pub fn eval(
        &mut self,
        model: &Model,
        point: &Point,
        precision: Precision,
        limits: &[Recession],
        chunk: &Chunk,
        order: Order,
    ) {
        self.predict(model, point, precision, limits, chunk);
        self.rows(model, chunk, order);
        if precision == Precision::Double && order == Order::Hessian {
            self.correct_gradient(model.predictors.len());
        }
        self.weigh(chunk, order);
    }

    /// First-order effect of the low parts of `eta` on the gradient; a location taken out of the response has none left.
    fn correct_gradient(&mut self, k: usize) {
        for i in 0..k {
            for j in usize::from(self.gaps.is_some())..k {
                let h: Vec<f64> = self.out.h(i, j).to_vec();
                let low = &self.lows[j];
                let g = self.out.g_mut(i).iter_mut();
                g.zip(&h).zip(low).for_each(|((g, h), low)| *g += h * low);
            }
        }
    }

    fn weigh(&mut self, chunk: &Chunk, order: Order) {
        let n = chunk.n;
        let odd = chunk.weight.iter().filter(|w| **w != 1.0).count();
        if odd == 0 && self.outside == 0 {
            return;
        }
        let live: Vec<bool> =
            (0..n).map(|r| r < chunk.rows && chunk.weight[r] != 0.0 && self.out.l[r].is_finite()).collect();
        let scale = |column: &mut [f64]| {
            for r in 0..n {
                column[r] = if live[r] { column[r] * chunk.weight[r] } else { 0.0 };
            }
        };
        scale(&mut self.out.l);
        if order == Order::Hessian {
            self.out.g.chunks_exact_mut(n).for_each(scale);
            self.out.h.chunks_exact_mut(n).for_each(scale);
        }
    }
}

/// One linear predictor in double-double.
fn precise_eta(model: &Model, i: usize, point: &Point, chunk: &Chunk, eta: &mut [f64], low: &mut [f64]) {
    let predictor = &model.predictors[i];
    for r in 0..chunk.n {
        let mut sum = Dd::sum(predictor.constant, 0.0);
        if let Some(o) = predictor.offset {
            sum = sum + chunk.offsets[o][r];
        }
        for piece in &predictor.pieces {
            chunk.blocks[piece.block].each_entry(r, |j, x| {
                let at = piece.first + j;
                let lo = point.low.get(at).copied().unwrap_or(0.0);
                sum += Dd::sum(point.beta[at], lo) * x;
            });
        }
        (eta[r], low[r]) = (sum.hi, sum.lo);
    }
}
