//! The reliability diagram: observed share of cases against mean probability by bin, with bands, and the ECE.
//!
//! Binned calibration errors are biased upwards: a perfectly calibrated forecast has an ECE above 0 by chance alone.
//! Both ways to see it are given: what chance alone would show, and the excess expected in each bin at the gap seen,
//! E|N(gap, s^2)| - |gap| with s^2 = sum p (1 - p) / n^2 (a folded normal), which is taken off in `ece_corrected`.
//! Source: Broecker (2012), Climate Dynamics 39, 655-667; Kumar, Liang & Ma (2019), NeurIPS.

use crate::delong::normal_multiplier;
use crate::proportion::{Band, interval};
use crate::{DecideError, Level, Levels, WeightKind};
use loglik_num::{exp, normal_sf};
use serde::Serialize;
use std::f64::consts::PI;

/// More bins than that show nothing.
const MOST_BINS: usize = 10_000;

/// How probabilities are binned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Binning {
    /// Equal parts of [0, 1], each without its lower end.
    EqualWidth(usize),
    /// Equal parts of the rows; equal probabilities stay together.
    Quantile(usize),
}

/// One bin that has rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReliabilityBin {
    /// Smallest probability in it.
    pub low: f64,
    /// Largest.
    pub high: f64,
    /// Weight.
    pub n: f64,
    /// Mean probability.
    pub predicted: f64,
    /// Share of cases.
    pub observed: f64,
    /// Band of the share.
    pub conf_low: f64,
    /// Its upper end.
    pub conf_high: f64,
}

/// The diagram.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Reliability {
    /// How it was binned.
    pub binning: Binning,
    /// Which interval the bands are.
    pub band: Band,
    /// Bins with rows, rising.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error: mean of |observed - predicted| by bin, weighted.
    pub ece: f64,
    /// What a calibrated forecast with these probabilities would show by chance.
    pub ece_if_calibrated: f64,
    /// `ece` less its estimated bias.
    pub ece_corrected: f64,
    /// Largest |observed - predicted|.
    pub largest_gap: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    low: f64,
    high: f64,
    cases: f64,
    n: f64,
    n_sq: f64,
    predicted: f64,
    spread: f64,
}

impl Bin {
    fn add(&mut self, level: Level) {
        let (p, n) = (level.score, level.cases + level.controls);
        if self.n == 0.0 {
            self.high = p;
        }
        self.low = p;
        self.cases += level.cases;
        self.n += n;
        let n_sq = level.cases_sq + level.controls_sq;
        self.n_sq += n_sq;
        self.predicted += n * p;
        self.spread += n * p * (1.0 - p);
    }
}

/// Bins of levels whose scores are probabilities.
///
/// # Errors
/// `BadOption` for no bins, more than 10,000, or a bad `level`.
pub fn reliability(
    levels: &dyn Levels,
    binning: Binning,
    band: Band,
    level: f64,
) -> Result<Reliability, DecideError> {
    normal_multiplier(level)?;
    let (Binning::EqualWidth(count) | Binning::Quantile(count)) = binning;
    if !(1..=MOST_BINS).contains(&count) {
        let wanted = "between 1 and 10000";
        return Err(DecideError::BadOption { option: "bins", value: count as f64, wanted });
    }
    let totals = levels.totals();
    let total = totals.total();
    let mut bins = Vec::new();
    let mut above = 0.0;
    // Scores fall, so bins come one after the other, and one is added to at a time.
    let (mut at, mut bin) = (0, Bin::default());
    levels.visit(|l| {
        let n = l.cases + l.controls;
        // Numbers of bins are not negative, so to cut off digits is to round down.
        let place = match binning {
            Binning::EqualWidth(_) => {
                let place = l.score * count as f64;
                let whole = place as usize;
                whole + usize::from(place > whole as f64)
            }
            Binning::Quantile(_) => ((total - above - 0.5 * n) / total * count as f64) as usize + 1,
        };
        let place = place.clamp(1, count);
        if place != at {
            bins.push(std::mem::take(&mut bin));
            at = place;
        }
        bin.add(l);
        above += n;
    });
    bins.push(bin);
    bins.retain(|bin| bin.n > 0.0);
    bins.reverse();
    summarise(&bins, totals.kind, binning, band, level)
}

fn summarise(
    bins: &[Bin],
    kind: WeightKind,
    binning: Binning,
    band: Band,
    level: f64,
) -> Result<Reliability, DecideError> {
    let total: f64 = bins.iter().map(|bin| bin.n).sum();
    let mut out = Reliability {
        binning,
        band,
        bins: Vec::with_capacity(bins.len()),
        ece: 0.0,
        ece_if_calibrated: 0.0,
        ece_corrected: 0.0,
        largest_gap: 0.0,
    };
    let mut bias = 0.0;
    for bin in bins {
        let (observed, predicted) = (bin.cases / bin.n, bin.predicted / bin.n);
        let rows = if kind == WeightKind::Frequency { bin.n } else { bin.n * bin.n / bin.n_sq };
        let (conf_low, conf_high) = interval(observed, rows, level, band)?;
        let gap = (observed - predicted).abs();
        let s = (bin.spread / bin.n / rows).sqrt();
        let share = bin.n / total;
        out.ece += share * gap;
        out.ece_if_calibrated += share * s * (2.0 / PI).sqrt();
        bias += share * (folded_mean(gap, s) - gap);
        out.largest_gap = out.largest_gap.max(gap);
        let (low, high, n) = (bin.low, bin.high, bin.n);
        out.bins.push(ReliabilityBin { low, high, n, predicted, observed, conf_low, conf_high });
    }
    out.ece_corrected = out.ece - bias;
    Ok(out)
}

/// E|N(d, s^2)| = s sqrt(2 / pi) exp(-d^2 / 2 s^2) + d (1 - 2 P(Z > d / s))
fn folded_mean(d: f64, s: f64) -> f64 {
    if s == 0.0 {
        return d.abs();
    }
    let r = d / s;
    s * (2.0 / PI).sqrt() * exp(-0.5 * r * r) + d * (1.0 - 2.0 * normal_sf(r))
}
