//! A chosen threshold with its intervals, beside the policies it should be compared with.
//!
//! The interval of the threshold inverts a likelihood-ratio test, or, for policies that are quantiles, re-chooses it in
//! every resample. That of the objective keeps the chosen threshold, so it tells how well its cost is known, not how
//! much better resamples can be fitted; its worse end is moved by how much better a threshold looks in the resample
//! that chose it than in all rows (the optimism of Efron & Gong 1983, American Statistician 37, 36-48).

use crate::blocks::Blocks;
use crate::confusion::Confusion;
use crate::cost::Costs;
use crate::delong::normal_multiplier;
use crate::json_number;
use crate::resample::{Bootstrap, over_replicates, percentile_interval};
use crate::resampled::Resampled;
use crate::threshold::{Choice, Policy, choose, confusion, objective};
use crate::threshold_interval::interval;
use crate::{BinTally, DecideError, Levels, WeightKind};
use serde::Serialize;

/// `loglik.threshold/1`, without the frame that the shell adds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThresholdReport {
    /// What was asked.
    pub policy: Policy,
    /// Best for calibrated probabilities, from the costs alone; null for the other policies.
    pub theory: Option<f64>,
    /// Best on these rows.
    pub best: Choice,
    /// Confidence level.
    pub level: f64,
    /// Interval of the threshold.
    #[serde(serialize_with = "json_number::option")]
    pub threshold_low: Option<f64>,
    /// Its upper end.
    #[serde(serialize_with = "json_number::option")]
    pub threshold_high: Option<f64>,
    /// Bootstrap interval of the objective at the chosen threshold, its worse end moved by the optimism.
    pub value_low: Option<f64>,
    /// Its upper end.
    pub value_high: Option<f64>,
    /// Resamples used, and left out because they had one class only.
    pub replicates: usize,
    /// Resamples left out.
    pub replicates_left_out: usize,
    /// Of the draws.
    pub seed: u64,
    /// Chosen, theoretical, 0.5, flag all, flag none, by rising threshold.
    pub policies: Vec<PolicyRow>,
}

/// One line of the comparison.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PolicyRow {
    /// `best`, `theory`, `half`, `flag_all`, `flag_none`.
    pub name: &'static str,
    /// Infinite for flagging all (`-inf`) or none.
    #[serde(serialize_with = "json_number::one")]
    pub threshold: f64,
    /// Weight flagged.
    pub flagged: f64,
    /// Share of the cases flagged.
    pub recall: Option<f64>,
    /// Share of the flagged that is a case.
    pub precision: Option<f64>,
    /// Weight of flagged controls.
    pub false_alarms: f64,
    /// Mean cost, where costs were given.
    pub cost_per_row: Option<f64>,
}

/// Chooses a threshold and says how sure it is.
///
/// # Errors
/// Those of `threshold::choose`; `OneClass`; `BadOption` for `level`.
pub fn report(
    levels: &dyn Levels,
    policy: Policy,
    level: f64,
    plan: Bootstrap,
) -> Result<ThresholdReport, DecideError> {
    normal_multiplier(level)?;
    let best = choose(levels, policy)?;
    let rows = &Blocks::new(levels);
    let (totals, probabilities) = (rows.totals(), rows.are_probabilities());
    let counts = |threshold: f64| {
        let [fp, tp] = rows.flagged(threshold);
        confusion(totals, tp, fp)
    };
    let theory = match policy {
        Policy::Cost { costs, prevalence } if probabilities => {
            let base_rate = totals.cases / totals.total();
            Some(costs.threshold(prevalence.map(|rate| (base_rate, rate)))?)
        }
        _ => None,
    };
    let drawn = over_replicates(plan, |replicate| {
        let drawn = Resampled::new(rows, plan.seed, replicate)?;
        let again = drawn.choose(policy, probabilities)?;
        let [flattered, value] = [again, best.threshold].map(|t| objective(policy, drawn.confusion(t)));
        let elsewhere = objective(policy, counts(again));
        (elsewhere - flattered + value).is_finite().then_some((again, elsewhere - flattered, value))
    });
    let used = drawn.values.len();
    let column = |of: fn(&(f64, f64, f64)) -> f64| drawn.values.iter().map(of).collect::<Vec<f64>>();
    let tested = (plan.replicates > 0).then(|| interval(rows, (policy, &best), level, plan));
    let threshold = tested.flatten().or_else(|| percentile_interval(column(|d| d.0), level));
    let flattery = column(|d| d.1).iter().sum::<f64>() / used as f64;
    let value = percentile_interval(column(|d| d.2), level)
        .map(|(low, high)| (low + flattery.min(0.0), high + flattery.max(0.0)));
    Ok(ThresholdReport {
        policy,
        theory,
        best,
        level,
        threshold_low: threshold.map(|i| i.0),
        threshold_high: threshold.map(|i| i.1),
        value_low: value.map(|i| i.0),
        value_high: value.map(|i| i.1),
        replicates: used,
        replicates_left_out: drawn.left_out,
        seed: plan.seed,
        policies: comparison(counts, policy, best.threshold, theory, probabilities),
    })
}

/// The same for scores that were binned, each bin as so many rows of its mean score. The threshold lies between the
/// scores of two bins, so that its counts are exact. Bins of sampling weights do not know their rows: intervals are null.
///
/// # Errors
/// Those of [`report`].
pub fn report_of_bins(
    tally: &BinTally,
    policy: Policy,
    level: f64,
    plan: Bootstrap,
) -> Result<ThresholdReport, DecideError> {
    let bins = &tally.levels();
    bins.need_both_classes()?;
    let counted = bins.totals.kind == WeightKind::Frequency;
    let plan = Bootstrap { replicates: if counted { plan.replicates } else { 0 }, ..plan };
    let mut found = report(bins, policy, level, plan)?;
    let gap = tally.gap(found.best.plateau);
    if gap != found.best.plateau && found.best.threshold.is_finite() {
        let middle = f64::midpoint(gap.0, gap.1);
        let threshold = if middle < gap.1 { middle } else { gap.0 };
        found.policies.iter_mut().filter(|row| row.name == "best").for_each(|row| row.threshold = threshold);
        (found.best.plateau, found.best.threshold) = (gap, threshold);
    }
    Ok(found)
}

impl ThresholdReport {
    /// Thresholds of scores that were negated, on the scale of those that came in: flagged below them.
    pub fn turn(&mut self) {
        self.theory = None;
        self.best.threshold = -self.best.threshold;
        self.best.plateau = (-self.best.plateau.1, -self.best.plateau.0);
        let flip = |value: Option<f64>| value.map(|v| -v);
        (self.threshold_low, self.threshold_high) = (flip(self.threshold_high), flip(self.threshold_low));
        self.policies.iter_mut().for_each(|row| row.threshold = -row.threshold);
    }
}

fn comparison(
    counts: impl Fn(f64) -> Confusion,
    policy: Policy,
    best: f64,
    theory: Option<f64>,
    probabilities: bool,
) -> Vec<PolicyRow> {
    let mut rows = vec![("flag_all", f64::NEG_INFINITY), ("flag_none", f64::INFINITY), ("best", best)];
    rows.extend(theory.map(|t| ("theory", t)));
    if probabilities {
        rows.push(("half", 0.5));
    }
    rows.sort_by(|a, b| a.1.total_cmp(&b.1));
    let costs =
        if let Policy::Cost { costs, prevalence } = policy { Some((costs, prevalence)) } else { None };
    rows.into_iter().map(|(name, threshold)| row(name, threshold, counts(threshold), costs)).collect()
}

fn row(
    name: &'static str,
    threshold: f64,
    confusion: Confusion,
    costs: Option<(Costs, Option<f64>)>,
) -> PolicyRow {
    let figures = confusion.figures();
    PolicyRow {
        name,
        threshold,
        flagged: confusion.tp + confusion.fp,
        recall: figures.recall,
        precision: figures.precision,
        false_alarms: confusion.fp,
        cost_per_row: costs
            .map(|(costs, prevalence)| objective(Policy::Cost { costs, prevalence }, confusion)),
    }
}
