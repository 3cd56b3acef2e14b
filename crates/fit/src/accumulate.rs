//! From chunks to a tally: what each pass adds up.
//!
//! Chunks of a part come in row order and parts are merged in their order, so a sum depends on nothing but the data.

use crate::model::Model;
use crate::moments;
use crate::pass::{Pass, Point, Precision, Recession, Sums};
use crate::products::{Products, add_score};
use crate::sweep::Sweep;
use crate::tally::{Derivs, MomentSums, RecessionTally, Tally};
use loglik_design::{Chunk, Frame};
use loglik_likelihood::Order;
use loglik_num::{Dd, Kernel, dispatch};

/// A slope this little below zero is rounding: the row allows the direction.
const ALLOWED_SLOPE: f64 = -1e-9;

/// How far along a direction a row is asked, in units of its own linear predictor (or of its standard deviation
/// where that is longer).
const FAR: f64 = 40.0;

/// Values of a response that starts may look at, at most.
const SAMPLE: usize = 4_096;

/// Carries one pass over the chunks of one part.
pub struct Accumulator<'a> {
    model: &'a Model,
    pass: &'a Pass,
    sweep: Sweep,
    products: Products,
    steps: Vec<Vec<f64>>,
    stride: usize,
}

impl<'a> Accumulator<'a> {
    /// Scratch for a pass over data like `frame`.
    #[must_use]
    pub fn new(model: &'a Model, pass: &'a Pass, frame: &Frame) -> Self {
        let stride = frame.rows.div_ceil(SAMPLE).max(1);
        Self {
            model,
            pass,
            sweep: Sweep::default(),
            products: Products::default(),
            steps: Vec::new(),
            stride,
        }
    }

    /// The tally of no rows.
    #[must_use]
    pub fn zero(&self, frame: &Frame) -> Tally {
        self.zero_of(self.pass, frame)
    }

    /// The tally of no rows, in the memory of one that is done with.
    #[must_use]
    pub fn zero_again(&self, done: Tally, frame: &Frame) -> Tally {
        match (done, self.pass) {
            (Tally::Derivs(mut derivs), Pass::Derivs { .. }) => {
                derivs.iter_mut().for_each(Derivs::clear);
                Tally::Derivs(derivs)
            }
            (Tally::Beside(inner, _), Pass::Beside(_, gather)) => match *inner {
                Tally::Derivs(mut derivs) => {
                    derivs.iter_mut().for_each(Derivs::clear);
                    Tally::Beside(Box::new(Tally::Derivs(derivs)), gather.zero(self.model, frame))
                }
                _ => self.zero(frame),
            },
            _ => self.zero(frame),
        }
    }

    fn zero_of(&self, pass: &Pass, frame: &Frame) -> Tally {
        let p = self.model.p;
        match pass {
            Pass::Derivs { points, sums, precision, .. } => {
                let info = if *sums == Sums::Info { p * p } else { 0 };
                let low = if *precision == Precision::Double { info } else { 0 };
                let score = if *sums >= Sums::Score { p } else { 0 };
                let one = || Derivs {
                    score: vec![Dd::ZERO; score],
                    info: vec![0.0; info],
                    info_low: vec![0.0; low],
                    ..Derivs::none()
                };
                Tally::Derivs(points.iter().map(|_| one()).collect())
            }
            Pass::Recession { .. } => Tally::Recession(RecessionTally::default()),
            Pass::Moments => Tally::Moments(MomentSums::default()),
            Pass::Gather(gather) => Tally::Gathered(gather.zero(self.model, frame)),
            Pass::Beside(pass, gather) => {
                Tally::Beside(Box::new(self.zero_of(pass, frame)), gather.zero(self.model, frame))
            }
        }
    }

    /// Adds one chunk.
    pub fn add(&mut self, chunk: &Chunk, tally: &mut Tally) {
        self.add_to(self.pass, chunk, tally);
    }

    fn add_to(&mut self, pass: &Pass, chunk: &Chunk, tally: &mut Tally) {
        match (pass, tally) {
            (Pass::Derivs { points, sums, precision, limits }, Tally::Derivs(derivs)) => {
                for (point, out) in points.iter().zip(derivs) {
                    self.derivs(point, *sums, *precision, limits, chunk, out);
                }
            }
            (Pass::Recession { at, direction, limits }, Tally::Recession(out)) => {
                self.recession(at, direction, limits, chunk, out);
            }
            (Pass::Moments, Tally::Moments(out)) => {
                moments::add(self.model.likelihood.spec().response, chunk, self.stride, out);
            }
            (Pass::Gather(gather), Tally::Gathered(out)) => {
                gather.add(self.model, &mut self.sweep, chunk, out);
            }
            (Pass::Beside(pass, gather), Tally::Beside(inner, out)) => {
                self.add_to(pass, chunk, inner);
                gather.add_beside(self.model, &mut self.sweep, chunk, out);
            }
            _ => unreachable!("`zero` made the tally of this pass"),
        }
    }

    fn derivs(
        &mut self,
        point: &Point,
        sums: Sums,
        precision: Precision,
        limits: &[Recession],
        chunk: &Chunk,
        out: &mut Derivs,
    ) {
        self.sweep.eval(self.model, point, precision, limits, chunk, sums.order());
        let sweep = &self.sweep;
        out.rows += chunk.weight[..chunk.rows].iter().filter(|w| **w != 0.0).count();
        out.weight += lane_sum(&chunk.weight);
        out.outside += sweep.outside;
        if !limits.is_empty() {
            let rows = sweep.moved[..chunk.rows].iter().zip(&chunk.weight);
            out.at_infinity += rows.filter(|(moved, w)| **moved != 0.0 && **w != 0.0).count();
        }
        if sweep.outside > 0 {
            out.loglik = Dd::sum(f64::NEG_INFINITY, 0.0);
        } else {
            let l = &sweep.out.l;
            let sum = match precision {
                Precision::Plain => Dd::sum(lane_sum(l), 0.0),
                Precision::Double => l.iter().fold(Dd::ZERO, |sum, l| sum + *l),
            };
            out.loglik += sum;
        }
        out.peak = out.peak.max(self.peak(chunk));
        let sweep = &self.sweep;
        out.magnitude += lane_sum_of(&sweep.out.l, f64::abs);
        match precision {
            Precision::Plain => {
                if sums >= Sums::Score {
                    let mut part = vec![0.0; self.model.p];
                    add_score(self.model, chunk, &sweep.out, &mut part);
                    out.score.iter_mut().zip(&part).for_each(|(s, v)| *s = *s + *v);
                }
                if sums == Sums::Info {
                    self.products.add_info(self.model, chunk, &sweep.out, &mut out.info);
                }
            }
            Precision::Double => self.precise(sums, chunk, out),
        }
    }

    /// See [`Derivs::peak`]; only densities above 1e8 are looked at.
    fn peak(&self, chunk: &Chunk) -> f64 {
        let l = &self.sweep.out.l;
        let high = || l.chunks_exact(8).any(|eight| eight.iter().fold(false, |any, l| any | (*l >= 18.0)));
        if self.model.likelihood.spec().discrete || !high() {
            return f64::NEG_INFINITY;
        }
        (0..chunk.rows)
            .filter(|r| chunk.weight[*r] != 0.0 && chunk.y[0][*r] != 0.0)
            .map(|r| l[r] / chunk.weight[r] + loglik_num::log(f64::EPSILON * chunk.y[0][r].abs()))
            .fold(f64::NEG_INFINITY, f64::max)
    }

    /// Score and information with every product and sum in double-double.
    fn precise(&mut self, sums: Sums, chunk: &Chunk, out: &mut Derivs) {
        let p = self.model.p;
        let k = self.model.predictors.len();
        let mut entries: Vec<Vec<(usize, f64)>> = vec![Vec::new(); k];
        let mut values: Vec<Vec<f64>> = vec![Vec::new(); k];
        for r in 0..chunk.rows {
            for (list, predictor) in entries.iter_mut().zip(&self.model.predictors) {
                list.clear();
                for piece in &predictor.pieces {
                    chunk.blocks[piece.block].each_entry(r, |j, x| list.push((piece.first + j, x)));
                }
            }
            if sums >= Sums::Score {
                for (i, list) in entries.iter().enumerate() {
                    let g = self.sweep.out.g(i)[r];
                    list.iter().for_each(|(j, x)| out.score[*j] += Dd::product(*x, g));
                }
            }
            if sums == Sums::Info {
                for (values, list) in values.iter_mut().zip(&entries) {
                    values.clear();
                    values.extend(list.iter().map(|(_, x)| x));
                }
                for i in 0..k {
                    for j in 0..k {
                        let h = -self.sweep.out.h(i, j)[r];
                        let (high, low) = (&mut out.info, &mut out.info_low);
                        dispatch(Squares {
                            h,
                            left: &entries[i],
                            right: &entries[j],
                            y: &values[j],
                            p,
                            high,
                            low,
                        });
                    }
                }
            }
        }
    }

    fn recession(
        &mut self,
        at: &Point,
        direction: &[f64],
        limits: &[Recession],
        chunk: &Chunk,
        out: &mut RecessionTally,
    ) {
        let mut steps = std::mem::take(&mut self.steps);
        Sweep::direction(self.model, direction, chunk, &mut steps);
        self.sweep.predict(self.model, at, Precision::Plain, limits, chunk);
        self.sweep.rows(self.model, chunk, Order::Hessian);
        let k = steps.len();
        let size: Vec<f64> =
            (0..chunk.n).map(|r| steps.iter().map(|d| d[r] * d[r]).sum::<f64>().sqrt()).collect();
        let far: Vec<f64> = (0..chunk.n).map(|r| self.far(&steps, size[r], r)).collect();
        let along = |sweep: &Sweep, r: usize| -> f64 {
            (0..k).map(|i| sweep.out.g(i)[r] * steps[i][r] / size[r]).sum()
        };
        // Where a link makes the log density not concave a slope may vanish far out though it was negative before.
        let near: Vec<f64> = (0..chunk.n).map(|r| along(&self.sweep, r)).collect();
        for (eta, d) in self.sweep.etas.iter_mut().zip(&steps) {
            for r in 0..chunk.n {
                if size[r] > 0.0 {
                    eta[r] += far[r] * d[r] / size[r];
                }
            }
        }
        self.sweep.rows(self.model, chunk, Order::Hessian);
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            out.largest = out.largest.max(size[r]);
            let least = along(&self.sweep, r).min(near[r]) * far[r];
            let settled = k == 1 && self.sweep.moved[r] != 0.0;
            // NaN: outside a link's domain a row objects.
            if size[r] > 0.0 && !settled && (least < ALLOWED_SLOPE || least.is_nan()) {
                // A row of several predictors objects with the part of its move that it resists: what rounding leaves
                // of a finite coefficient in the step has a slope as small as itself.
                // In its own units: those of an identity link are the response's.
                let slope = -least / FAR;
                let resisted = if slope < 1.0 { slope * size[r] } else { size[r] };
                out.objecting += 1;
                out.largest_objecting = out.largest_objecting.max(resisted);
            }
        }
        self.steps = steps;
    }

    /// How far row `r` is asked along its direction: 40 units past the other side of 0, however far out it is now, or
    /// 40 of its own standard deviations where the row's curvature says that these are longer (an identity link has no
    /// unit of its own).
    fn far(&self, steps: &[Vec<f64>], size: f64, r: usize) -> f64 {
        let out = self.sweep.etas.iter().map(|eta| eta[r] * eta[r]).sum::<f64>().sqrt();
        let unit = if self.sweep.moved[r] != 0.0 { FAR } else { FAR + 2.0 * out };
        if size == 0.0 || self.sweep.moved[r] != 0.0 {
            return unit;
        }
        let mut curvature = 0.0;
        for i in 0..steps.len() {
            for j in 0..steps.len() {
                curvature -= self.sweep.out.h(i, j)[r] * steps[i][r] * steps[j][r] / (size * size);
            }
        }
        if curvature > 0.0 { unit.max(FAR / curvature.sqrt()) } else { unit }
    }
}

/// What one row adds to the information of two predictors in double-double, lower triangle: entries (a, b) with b <= a.
struct Squares<'a> {
    h: f64,
    left: &'a [(usize, f64)],
    right: &'a [(usize, f64)],
    /// The numbers of `right`.
    y: &'a [f64],
    p: usize,
    high: &'a mut [f64],
    low: &'a mut [f64],
}

impl Kernel for Squares<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Squares { h, left, right, y, p, high, low } = self;
        let Some(first) = right.first().map(|(b, _)| *b) else { return };
        // Columns side by side, as those of a dense block are, go by lanes.
        let side_by_side = right.iter().enumerate().all(|(i, (b, _))| *b == first + i);
        for (a, x) in left {
            let wx = Dd::product(*x, h);
            if side_by_side {
                let many = (a + 1).saturating_sub(first).min(y.len());
                let at = a * p + first..a * p + first + many;
                add_multiples(wx, &y[..many], &mut high[at.clone()], &mut low[at]);
            } else {
                for (b, y) in right.iter().filter(|(b, _)| b <= a) {
                    let at = a * p + b..=a * p + b;
                    add_multiples(wx, &[*y], &mut high[at.clone()], &mut low[at]);
                }
            }
        }
    }
}

/// Adds `wx y` to sums of two doubles.
#[inline(always)]
fn add_multiples(wx: Dd, y: &[f64], high: &mut [f64], low: &mut [f64]) {
    for ((high, low), y) in high.iter_mut().zip(low).zip(y) {
        let sum = Dd::sum(*high, *low) + wx * *y;
        (*high, *low) = (sum.hi, sum.lo);
    }
}

fn lane_sum(column: &[f64]) -> f64 {
    lane_sum_of(column, |v| v)
}

/// Sum of `of` each number, in eight fixed strands.
fn lane_sum_of(column: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    let mut lanes = [0.0; 8];
    for eight in column.chunks_exact(8) {
        lanes.iter_mut().zip(eight).for_each(|(sum, v)| *sum += of(*v));
    }
    ((lanes[0] + lanes[1]) + (lanes[2] + lanes[3])) + ((lanes[4] + lanes[5]) + (lanes[6] + lanes[7]))
}
