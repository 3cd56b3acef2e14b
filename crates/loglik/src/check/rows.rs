//! What single rows show: leverage, influence, outliers, and the shape of the quantile residuals.
//!
//! Influential is a row whose leaving moves the main coefficients by their own joint standard error or more: Cook's
//! distance above 1 (Cook & Weisberg 1982, ch. 3). A leverage above 0.5 leaves a row less than half of its own residual
//! (Huber 1981, ch. 7). The shape of the quantile residuals is tested by Anderson-Darling with mean and variance estimated, p
//! by D'Agostino & Stephens (1986), table 4.9. Rows are looked at part by part: what is kept of them all is the few that
//! stand out, sums, and the residuals in rising order, those of a stream on disk.

use super::calibration::{Forecasts, Probabilities};
use super::{Diagnosis, LOOK, Mend, Standing, WARN};
use crate::diagnostics::Asked;
use crate::{Error, Fitted, rows};
use loglik_data::{Rising, RisingRuns};
use loglik_design::{OnePart, Source, each_in_order};
use loglik_fit::Local;
use loglik_infer::PackedFigures;
use loglik_num::{erfc, exp, log, normal_two_sided};

/// Rows named in a finding.
const NAMED: usize = 5;

/// Leverage and distance that are called high.
const HIGH_LEVERAGE: f64 = 0.5;
const HIGH_DISTANCE: f64 = 1.0;

/// Rows below which the shape of residuals says nothing.
const FEW: usize = 8;

/// What the rows used come to.
pub(super) struct Rows {
    seen: Seen,
    /// Quantile residuals that there are.
    residuals: Rising,
    /// Of a response of one trial a row.
    pub(super) forecasts: Forecasts,
}

/// What some rows come to.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    /// Rows with weight.
    rows: usize,
    /// Those with the largest leverage, distance and quantile residual.
    leverage: Top,
    distance: Top,
    residual: Top,
    leverage_sum: f64,
    /// Quantile residuals that there are, and whether one is infinite.
    residuals: Moments,
    infinite: bool,
    /// Linear predictors of the main parameter.
    pub(super) etas: Moments,
    /// Rows whose response is 0.
    pub(super) zeros: usize,
}

/// Rows with the largest values of a figure, largest first.
#[derive(Clone, Debug, Default)]
struct Top(Vec<(usize, f64)>);

impl Top {
    fn of(values: impl Iterator<Item = (usize, f64)>) -> Self {
        Self(Vec::new()).with(values.filter(|(_, value)| !value.is_nan()))
    }

    fn with(self, more: impl Iterator<Item = (usize, f64)>) -> Self {
        let mut all: Vec<(usize, f64)> = self.0.into_iter().chain(more).collect();
        all.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        all.truncate(NAMED);
        Self(all)
    }
}

/// Number, mean and squares about it (Chan, Golub & LeVeque 1983, The American Statistician 37, 242-247).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Moments {
    pub(super) n: usize,
    pub(super) mean: f64,
    squares: f64,
}

impl Moments {
    fn of(values: impl Iterator<Item = f64> + Clone) -> Self {
        let n = values.clone().count();
        let mean = if n == 0 { 0.0 } else { values.clone().sum::<f64>() / n as f64 };
        Self { n, mean, squares: values.map(|v| (v - mean) * (v - mean)).sum() }
    }

    fn and(self, later: Self) -> Self {
        if self.n == 0 || later.n == 0 {
            return if self.n == 0 { later } else { self };
        }
        let (a, b) = (self.n as f64, later.n as f64);
        let (n, gap) = (a + b, later.mean - self.mean);
        Self {
            n: self.n + later.n,
            mean: self.mean + gap * b / n,
            squares: self.squares + later.squares + gap * gap * a * b / n,
        }
    }

    /// Mean square about a value.
    pub(super) fn about(&self, center: f64) -> f64 {
        let gap = self.mean - center;
        self.squares / self.n as f64 + gap * gap
    }
}

impl Rows {
    pub(super) fn of(fitted: &Fitted) -> Result<Self, Error> {
        let asked = Asked::of(fitted)?;
        let source = &fitted.prepared.source;
        let part = |part: usize| {
            let rows = OnePart::new(source, part);
            let figures = asked.figures(&mut Local::new(&rows, 1))?;
            let residuals = figures.each().map(|f| f.quantile).filter(|r| !r.is_nan()).collect();
            let probabilities = Probabilities::of(fitted, part, &figures)?;
            Ok::<_, Error>((Seen::of(&asked, &figures), residuals, probabilities))
        };
        let (mut seen, mut forecasts): (Option<Seen>, _) = (None, Forecasts::default());
        let in_memory = matches!(source, rows::Rows::Memory(_));
        let mut runs = RisingRuns::new(if in_memory { u64::MAX } else { 0 });
        let mut take = |(later, residuals, probabilities)| {
            forecasts.add(&probabilities);
            seen = Some(match seen.take() {
                Some(seen) => seen.and(later),
                None => later,
            });
            runs.push(residuals).map_err(Error::from)
        };
        each_in_order(source.parts(), fitted.spec.threads(), &part, &mut take)?;
        Ok(Self { seen: seen.unwrap_or_default(), residuals: runs.finish(), forecasts })
    }

    pub(super) fn seen(&self) -> &Seen {
        &self.seen
    }
}

impl Seen {
    fn of(asked: &Asked<'_>, figures: &PackedFigures) -> Self {
        let residuals = figures.each().map(|f| f.quantile).filter(|r| !r.is_nan());
        Self {
            rows: figures.each().count(),
            leverage: Top::of(figures.each().map(|f| (f.row, f.leverage))),
            distance: Top::of(figures.each().map(|f| (f.row, asked.cooks_distance(&f)))),
            residual: Top::of(figures.each().map(|f| (f.row, f.quantile.abs()))),
            leverage_sum: figures.each().map(|f| f.leverage).sum(),
            infinite: residuals.clone().any(f64::is_infinite),
            residuals: Moments::of(residuals),
            etas: Moments::of(figures.each().map(|f| f.eta)),
            zeros: figures.each().filter(|f| f.y == 0.0).count(),
        }
    }

    fn and(self, later: Self) -> Self {
        let both = |mine: Top, theirs: Top| mine.with(theirs.0.into_iter());
        Self {
            rows: self.rows + later.rows,
            leverage: both(self.leverage, later.leverage),
            distance: both(self.distance, later.distance),
            residual: both(self.residual, later.residual),
            leverage_sum: self.leverage_sum + later.leverage_sum,
            infinite: self.infinite || later.infinite,
            residuals: self.residuals.and(later.residuals),
            etas: self.etas.and(later.etas),
            zeros: self.zeros + later.zeros,
        }
    }
}

/// Rows that alone determine much.
pub(super) fn influence(fitted: &Fitted, rows: &Rows) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let Seen { leverage: Top(leverage), distance: Top(distance), .. } = &rows.seen;
    if let Some((_, most)) = leverage.first().copied() {
        let standing = if most > HIGH_LEVERAGE { Standing::Warn } else { Standing::Pass };
        let mean = rows.seen.leverage_sum / rows.seen.rows as f64;
        let message = format!("largest leverage {most:.3} (mean {mean:.3})");
        found.push(named(fitted, "leverage", standing, message, leverage, HIGH_LEVERAGE));
    }
    if let Some((_, most)) = distance.first().copied() {
        let standing = if most > HIGH_DISTANCE { Standing::Warn } else { Standing::Pass };
        let message = format!("largest Cook's distance {most:.3}");
        found.push(named(fitted, "influence", standing, message, distance, HIGH_DISTANCE));
    }
    found
}

/// A finding with the rows over a limit, or the first few where none is; the mend leaves out those over it.
fn named(
    fitted: &Fitted,
    id: &str,
    standing: Standing,
    message: String,
    top: &[(usize, f64)],
    limit: f64,
) -> Diagnosis {
    let over: Vec<usize> = top.iter().filter(|(_, v)| *v > limit).map(|(r, _)| *r).collect();
    let all: Vec<usize> = top.iter().map(|(r, _)| *r).collect();
    let found = Diagnosis::new(id, standing, message)
        .figure(top[0].1)
        .at(fitted, if over.is_empty() { &all } else { &over });
    let mend = Mend::without_rows(fitted, &found.rows);
    found.mended("look at these rows: are they right? see what the fit is without them", mend)
}

/// Outliers and the shape of the quantile residuals.
pub(super) fn distribution(fitted: &Fitted, rows: &Rows) -> Result<Vec<Diagnosis>, Error> {
    let mut found = Vec::new();
    let Seen { residuals, residual: Top(most), .. } = &rows.seen;
    let n = residuals.n;
    if n < FEW {
        return Ok(found);
    }
    let p_of = |size: f64| (n as f64 * normal_two_sided(size)).min(1.0);
    let (_, size) = most[0];
    let message = format!("largest quantile residual {size:.2} of {n}");
    let outlier = Diagnosis::test("outliers", message, size, 1, p_of(size));
    let mut far: Vec<usize> = most.iter().filter(|(_, v)| p_of(*v) < LOOK).map(|(r, _)| *r).collect();
    if far.is_empty() {
        far.push(most[0].0);
    }
    let outlier = outlier.at(fitted, &far);
    let mend = Mend::without_rows(fitted, &outlier.rows).filter(|_| p_of(size) < WARN);
    found.push(outlier.mended("look at these rows: are they right?", mend));
    if !rows.seen.infinite
        && let Some((statistic, p)) = anderson_darling(&rows.residuals, residuals)?
    {
        let shape = Diagnosis::test(
            "quantile_residuals",
            format!("quantile residuals against the normal: Anderson-Darling {statistic:.3}"),
            statistic,
            0,
            p,
        );
        let shape = Diagnosis { df: None, ..shape };
        found.push(shape.mended("another likelihood, or errors that need none: --se hc3", other(fitted)));
    }
    Ok(found)
}

/// A likelihood with one shape more, or robust errors.
fn other(fitted: &Fitted) -> Option<Mend> {
    match fitted.result.likelihood.as_str() {
        "gaussian" => Mend::flag("likelihood", "student_t"),
        "poisson" => Mend::flag("likelihood", "negative_binomial"),
        "exponential" => Mend::flag("likelihood", "gamma"),
        _ => Mend::flag("se", "hc3"),
    }
}

/// Statistic of Anderson and Darling for normal values of unknown mean and variance, corrected for n, and its p-value.
fn anderson_darling(values: &Rising, moments: &Moments) -> Result<Option<(f64, f64)>, Error> {
    let (n, mean) = (moments.n as f64, moments.mean);
    let sd = (moments.squares / (n - 1.0)).sqrt();
    if sd == 0.0 {
        return Ok(None);
    }
    let log_below = |z: f64| log(0.5 * erfc(-z * std::f64::consts::FRAC_1_SQRT_2));
    // Number i from below is number n + 1 - i from above.
    let (mut sum, mut twice) = (0.0, 0.0);
    values.each(&mut |value| {
        let z = (value - mean) / sd;
        twice += 2.0;
        sum += (twice - 1.0) * log_below(z) + (2.0 * n - twice + 1.0) * log_below(-z);
    })?;
    let plain = -n - sum / n;
    let a = plain * (1.0 + 0.75 / n + 2.25 / (n * n));
    let p = match a {
        a if a < 0.2 => 1.0 - exp(-13.436 + 101.14 * a - 223.73 * a * a),
        a if a < 0.34 => 1.0 - exp(-8.318 + 42.796 * a - 59.938 * a * a),
        a if a < 0.6 => exp(0.9177 - 4.279 * a - 1.38 * a * a),
        a if a < 13.0 => exp(1.2937 - 5.709 * a + 0.0186 * a * a),
        _ => 0.0,
    };
    Ok(Some((plain, p)))
}
