//! Whether fitted probabilities are what they say: Hosmer-Lemeshow groups and the slope of predictions that have not seen
//! their own row.
//!
//! Leaving a row out moves its linear predictor by -h r / (1 - h), h its leverage and r its working residual: one Newton
//! step, without a refit (Pregibon 1981, Annals of Statistics 9, 705-724). On the fit's own predictions the slope of a
//! logistic regression is 1 whatever the data; on these it falls below 1 as the fit follows its own noise.
//! Probabilities are kept as bins: up to 65,536 distinct ones are themselves, more are moved by less than is printed.

use super::rows::Rows;
use super::{Diagnosis, Mend};
use crate::data_notes::single_outcomes;
use crate::{Error, Fitted};
use loglik_decide::calibration::line;
use loglik_decide::hosmer_lemeshow::hosmer_lemeshow;
use loglik_decide::{BinTally, LevelList, Scored, WeightKind};
use loglik_design::{PART_ROWS, Source};
use loglik_fit::{Precision, RunError, Sweep};
use loglik_infer::{PackedFigures, RowFigures};
use loglik_num::{normal_two_sided, sigmoid};

/// Groups of Hosmer and Lemeshow.
const GROUPS: usize = 10;

/// Bins of probabilities, at most: some 6,000 for each halving of a probability.
const BINS: usize = 1 << 16;

/// Rows that are sorted into bins at once.
const PIECE: usize = 1 << 14;

/// Outcomes and probabilities of the rows of a part, where the response is one trial a row.
#[derive(Default)]
pub(super) struct Probabilities {
    y: Vec<f64>,
    /// Of the fit, and of a step without the row.
    seen: Vec<f64>,
    left_out: Vec<f64>,
}

impl Probabilities {
    pub(super) fn of(fitted: &Fitted, part: usize, figures: &PackedFigures) -> Result<Self, Error> {
        if single_outcomes(&fitted.prepared).is_none() || fitted.result.likelihood != "bernoulli" {
            return Ok(Self::default());
        }
        let without = |f: RowFigures| f.eta - f.leverage / (1.0 - f.leverage) * f.working;
        let etas: Vec<f64> = figures.each().map(without).collect();
        Ok(Self {
            y: figures.each().map(|f| f.y).collect(),
            seen: probabilities(fitted, part, None)?,
            left_out: probabilities(fitted, part, Some(&etas))?,
        })
    }
}

/// Cases and controls by probability, at the fit and by a step without the row; none where a probability is not a number.
pub(super) struct Forecasts {
    seen: Option<BinTally>,
    left_out: Option<BinTally>,
}

impl Default for Forecasts {
    fn default() -> Self {
        let none = Some(BinTally::new(BINS, WeightKind::Frequency));
        Self { seen: none.clone(), left_out: none }
    }
}

impl Forecasts {
    /// Adds the rows of the next part.
    pub(super) fn add(&mut self, rows: &Probabilities) {
        if rows.y.is_empty() {
            return;
        }
        for (all, p) in [(&mut self.seen, &rows.seen), (&mut self.left_out, &rows.left_out)] {
            for (y, p) in rows.y.chunks(PIECE).zip(p.chunks(PIECE)) {
                let later = Scored::new(y, p).ok().map(|scored| BinTally::of(BINS, &scored));
                *all = all.take().zip(later).map(|(mut all, later)| {
                    all.merge(later);
                    all
                });
            }
        }
    }
}

/// The probability of every row of a part at the fit, its linear predictors replaced where `etas` says so `[n]`
fn probabilities(fitted: &Fitted, part: usize, etas: Option<&[f64]>) -> Result<Vec<f64>, Error> {
    let (fit, source) = (&fitted.fit, &fitted.prepared.source);
    let mut out = Vec::new();
    let mut sweep = Sweep::default();
    let read = source.read(part, &mut |chunk| {
        sweep.predict(&fit.model, &fit.point, Precision::Plain, &fit.limits, chunk);
        if let Some(etas) = etas {
            let first = chunk.first_row - part * PART_ROWS;
            sweep.etas[0][..chunk.rows].copy_from_slice(&etas[first..first + chunk.rows]);
        }
        sweep.coordinates(&fit.model, chunk);
        out.extend(sweep.us[0][..chunk.rows].iter().map(|u| sigmoid(*u)));
        Ok(())
    });
    read.map_err(|halt| Error::from(RunError::from(halt)))?;
    Ok(out)
}

/// Levels of both classes.
fn levels(tally: Option<&BinTally>) -> Option<LevelList> {
    tally.map(BinTally::levels).filter(|levels| levels.need_both_classes().is_ok())
}

/// Of a response of one trial a row.
pub(super) fn all(fitted: &Fitted, rows: &Rows) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    let Forecasts { seen, left_out } = &rows.forecasts;
    let table = levels(seen.as_ref()).and_then(|levels| hosmer_lemeshow(&levels, None, GROUPS).ok());
    if let (Some(table), true) = (table, fitted.result.rank > 1)
        && !table.is_arbitrary()
    {
        let message = format!("Hosmer-Lemeshow in {GROUPS} groups: chi-square {:.2}", table.statistic);
        let (df, p) = (table.df_of_the_fit, table.p_value_of_the_fit);
        let test = Diagnosis::test("hosmer_lemeshow", message, table.statistic, df, p);
        found.push(test.mended("add squares, interactions or splines: ns(x, 4)", Mend::flag("se", "hc3")));
    }
    let calibrated = levels(left_out.as_ref()).and_then(|levels| line(&levels).ok());
    if let (Some(line), true) = (calibrated, fitted.result.rank > 1) {
        let z = (line.slope - 1.0) / line.slope_se;
        let message = format!("calibration slope {:.2} with each row left out (one step)", line.slope);
        let test = Diagnosis {
            df: None,
            ..Diagnosis::test("calibration", message, line.slope, 1, normal_two_sided(z))
        };
        found.push(test.mended(
            "the fit follows its own noise: fewer terms, or a penalty",
            Mend::flag("penalty", "ridge:0.01"),
        ));
    }
    found
}
