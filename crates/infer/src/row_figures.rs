//! Figures of every row: residuals, leverage, what leaving the row out would do.
//!
//! Leverage is the main predictor's part of the row's hat matrix (see `leverage`); the distance is Cook's (1977),
//! Technometrics 19, 15-18, in its one-step form for any likelihood: d' A^-1 d / rank with d the change of the main
//! predictor's coefficients when the row is left out. For a generalised linear model both are the textbook's (Pregibon
//! 1981; McCullagh & Nelder 1989, ch. 12).

use crate::bread::Bread;
use crate::design_row::DesignRow;
use crate::expected::expected_model;
use crate::leverage::Leverage;
use crate::quantile_residual::{quantile_residuals, uniform};
use crate::sandwich::{ExpectedModel, active, row_info};
use loglik_design::{Chunk, Frame, PART_ROWS};
use loglik_fit::{Executor, Gather, Model, Pass, Point, Precision, Recession, RunError, Sweep};
use loglik_likelihood::{Order, ResponseKind, RowDerivs, UnitDeviance};
use loglik_num::{Cholesky, LANE, exp};
use std::sync::Arc;

/// What is asked of the rows.
pub struct RowAsk<'a> {
    /// The model.
    pub model: &'a Model,
    /// Where.
    pub at: &'a Point,
    /// Rows at infinity.
    pub limits: &'a [Recession],
    /// Inverse information, for leverage and distance; those are NaN without.
    pub bread: Option<&'a Bread>,
    /// Whether the row's own information is the expected one.
    pub expected: bool,
    /// Whether a weight says how many rows a row stands for.
    pub frequency: bool,
    /// Coefficients of the main predictor, ascending.
    pub main: &'a [usize],
    /// Levels of an ordered response.
    pub classes: usize,
    /// Seed of randomised quantile residuals.
    pub seed: u64,
}

/// Figures of one row; NaN where the likelihood does not have one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RowFigures {
    /// Number among the rows used, from 0.
    pub row: usize,
    /// Main linear predictor.
    pub eta: f64,
    /// Response on the scale of its mean.
    pub y: f64,
    /// Fitted mean.
    pub mean: f64,
    /// Signed root of the row's deviance, weight included, without dispersion.
    pub deviance: f64,
    /// y - mean over the root of its variance function, weight included, without dispersion; over its standard
    /// deviation where the likelihood is no exponential dispersion model.
    pub pearson: f64,
    /// (y - mean) over the slope of the mean in the linear predictor.
    pub working: f64,
    /// Normal quantile of the response's place in its distribution.
    pub quantile: f64,
    /// Leverage in the main predictor.
    pub leverage: f64,
    /// Cook's distance, in units of the information's own dispersion.
    pub distance: f64,
}

const FIELDS: usize = 10;

impl RowFigures {
    fn write(&self, out: &mut Vec<f64>) {
        let Self { row, eta, y, mean, deviance, pearson, working, quantile, leverage, distance } = *self;
        out.extend([row as f64, eta, y, mean, deviance, pearson, working, quantile, leverage, distance]);
    }

    fn read(v: &[f64]) -> Self {
        let [row, eta, y, mean, deviance, pearson, working, quantile, leverage, distance] =
            <[f64; FIELDS]>::try_from(v).expect("rows were written field by field");
        Self { row: row as usize, eta, y, mean, deviance, pearson, working, quantile, leverage, distance }
    }
}

/// Leverage and distance: what they are computed from.
#[derive(Debug)]
struct Influence {
    inverse: Vec<f64>,
    places: Vec<Option<usize>>,
    q: usize,
    /// Places of the main predictor's coefficients among the kept ones.
    main: Vec<usize>,
    /// Factor of their block of the inverse.
    factor: Cholesky,
    expected: Option<ExpectedModel>,
}

impl Influence {
    fn of(ask: &RowAsk<'_>) -> Option<Self> {
        let bread = ask.bread?;
        let places = bread.places(ask.model.p);
        let main: Vec<usize> = ask.main.iter().filter_map(|j| places[*j]).collect();
        let (inverse, q) = (bread.rounded(), bread.q());
        let m = main.len();
        let block: Vec<f64> = (0..m * m).map(|at| inverse[main[at / m] * q + main[at % m]]).collect();
        let factor = Cholesky::new(&block, m).ok()?;
        let expected = ask.expected.then(|| ExpectedModel(expected_model(ask.model)));
        Some(Self { inverse, places, q, main, factor, expected })
    }

    /// Leverage and distance of row `r`.
    fn of_row(&self, place: &RowPlace<'_>, scratch: &mut Scratch) -> (f64, f64) {
        let RowPlace { model, chunk, r, f, sweep, expected } = *place;
        let k = model.predictors.len();
        let shared = model.likelihood.spec().shared_predictor;
        let main: Vec<usize> = if shared { (0..k).collect() } else { vec![0] };
        scratch.row.read(model, &self.places, chunk, r);
        scratch.leverage.read(&scratch.row, k, &self.inverse, self.q);
        let derivs = if self.expected.is_some() { &expected.out } else { &sweep.out };
        row_info(derivs, r, f, &active(model, &self.places), &mut scratch.info);
        let g: Vec<f64> = (0..k).map(|i| sweep.out.g(i)[r] / f).collect();
        let mut w = vec![0.0; k];
        scratch.leverage.correct(&scratch.info, &g, 1.0, &mut w);
        let change = |at: usize| (0..k).map(|i| scratch.leverage.spread[i][at] * w[i]).sum::<f64>();
        let mut d: Vec<f64> = self.main.iter().map(|at| change(*at)).collect();
        self.factor.solve_lower(&mut d);
        let distance = d.iter().map(|v| v * v).sum::<f64>() / self.main.len() as f64;
        (scratch.leverage.share(&scratch.info, k, &main), distance)
    }
}

/// Where a row is and what was evaluated there.
#[derive(Clone, Copy)]
struct RowPlace<'a> {
    model: &'a Model,
    chunk: &'a Chunk,
    r: usize,
    f: f64,
    sweep: &'a Sweep,
    expected: &'a Sweep,
}

#[derive(Default)]
struct Scratch {
    row: DesignRow,
    leverage: Leverage,
    info: Vec<f64>,
}

#[derive(Debug)]
struct Rows {
    at: Point,
    limits: Vec<Recession>,
    influence: Option<Influence>,
    frequency: bool,
    classes: usize,
    seed: u64,
}

impl Gather for Rows {
    fn zero(&self, _: &Model, frame: &Frame) -> Vec<f64> {
        // Room for a part, so that none is left over where its rows are many.
        Vec::with_capacity(FIELDS * frame.rows.min(PART_ROWS))
    }

    fn add(&self, model: &Model, sweep: &mut Sweep, chunk: &Chunk, out: &mut Vec<f64>) {
        let mut expected = Sweep::default();
        if let Some(model) = self.influence.as_ref().and_then(|i| i.expected.as_ref()) {
            expected.eval(&model.0, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        }
        sweep.eval(model, &self.at, Precision::Plain, &self.limits, chunk, Order::Hessian);
        let us: Vec<&[f64]> = sweep.us.iter().map(Vec::as_slice).collect();
        let mut means = RowDerivs::default();
        let has_mean = model.likelihood.mean(&us, &mut means);
        let y: Vec<&[f64]> = chunk.y.iter().map(Vec::as_slice).collect();
        let mut units = Vec::new();
        let have_units = model.likelihood.dispersion_models(&y, &us, &mut units);
        let drawn = |r: usize| uniform(self.seed, (chunk.first_row + r) as u64);
        let quantiles = quantile_residuals(model.likelihood.as_ref(), &y, &us, self.classes, drawn);
        let mut scratch = Scratch::default();
        for r in (0..chunk.rows).filter(|r| chunk.weight[*r] != 0.0) {
            let mean = has_mean.then(|| (means.l[r], means.g(0)[r] * sweep.slope(model, 0, r)));
            let unit = have_units.then(|| units[r / LANE].row(r % LANE));
            let mut figures = residuals(model, chunk, r, sweep, (mean, unit));
            figures.quantile = quantiles[r];
            if let Some(influence) = &self.influence {
                let f = if self.frequency { chunk.weight[r] } else { 1.0 };
                let place = RowPlace { model, chunk, r, f, sweep, expected: &expected };
                (figures.leverage, figures.distance) = influence.of_row(&place, &mut scratch);
            }
            figures.write(out);
        }
    }

    fn merge(&self, out: &mut Vec<f64>, later: &[f64]) {
        out.extend_from_slice(later);
    }
}

/// Residuals of one row, given its mean and its slope in the main linear predictor, and what a dispersion model says of it
/// where one says it of all rows of the chunk.
fn residuals(
    model: &Model,
    chunk: &Chunk,
    r: usize,
    sweep: &Sweep,
    (mean, unit): (Option<(f64, f64)>, Option<UnitDeviance>),
) -> RowFigures {
    let likelihood = model.likelihood.as_ref();
    let y: Vec<f64> = chunk.y.iter().map(|c| c[r]).collect();
    let u: Vec<f64> = sweep.us.iter().map(|c| c[r]).collect();
    let unit = unit.or_else(|| likelihood.dispersion_model(&y, &u));
    let is_value = match likelihood.spec().response {
        ResponseKind::Number | ResponseKind::Truncated => true,
        ResponseKind::Interval => y[0] == y[1],
        ResponseKind::Trials => unit.is_some(),
        ResponseKind::Class | ResponseKind::ClassCounts => false,
    };
    let nan = f64::NAN;
    let mut out = RowFigures {
        row: chunk.first_row + r,
        eta: sweep.etas[0][r],
        y: nan,
        mean: mean.map_or(nan, |(m, _)| m),
        deviance: nan,
        pearson: nan,
        working: nan,
        quantile: nan,
        leverage: nan,
        distance: nan,
    };
    if !is_value {
        return out;
    }
    let weight = chunk.weight[r];
    out.y = unit.map_or(y[0], |unit| unit.y);
    if let Some(unit) = unit {
        let prior = chunk.log_precision.as_ref().map_or(1.0, |log| exp(log[r]));
        let w = weight * prior * unit.weight;
        let gap = unit.y - unit.mu;
        out.mean = unit.mu;
        out.deviance = (w * unit.deviance).max(0.0).sqrt().copysign(gap);
        out.pearson = if gap == 0.0 { 0.0 } else { gap * (w / unit.variance).sqrt() };
    } else {
        let gap = out.y - out.mean;
        out.pearson = likelihood.variance(&u).map_or(nan, |v| gap * (weight / v).sqrt());
        if let Some(most) = likelihood.saturated(&y, &u) {
            out.deviance = (2.0 * (weight * most - sweep.out.l[r])).max(0.0).sqrt().copysign(gap);
        }
    }
    out.working = mean.map_or(nan, |(_, slope)| (out.y - out.mean) / slope);
    out
}

/// Figures of rows, packed.
#[derive(Clone, Debug)]
pub struct PackedFigures(Vec<f64>);

impl PackedFigures {
    /// Those of every row.
    pub fn each(&self) -> impl Iterator<Item = RowFigures> + Clone + '_ {
        self.0.chunks_exact(FIELDS).map(RowFigures::read)
    }
}

/// Figures of all rows with weight, in their order, in one pass.
///
/// # Errors
/// When the data cannot be read again.
pub fn row_figures(ask: &RowAsk<'_>, run: &mut dyn Executor) -> Result<PackedFigures, RunError> {
    let rows = Rows {
        at: ask.at.clone(),
        limits: ask.limits.to_vec(),
        influence: Influence::of(ask),
        frequency: ask.frequency,
        classes: ask.classes,
        seed: ask.seed,
    };
    Ok(PackedFigures(run.run(ask.model, &Pass::Gather(Arc::new(rows)))?.into_gathered()))
}
