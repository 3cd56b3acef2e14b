//! Where to cut: by costs, F-beta, Youden, a wanted recall or precision, or a capacity.
//!
//! The objective is a step function of the threshold; the answer is the middle of the interval on which it is best
//! (neighbouring intervals that tie are one), so it does not sit on a row's score. Among best intervals that do not
//! touch, the one that flags fewest rows wins. Flagged means `score > threshold`.

use crate::confusion::Confusion;
use crate::cost::Costs;
use crate::cut::{Cut, visit_cuts};
use crate::json_number;
use crate::{DecideError, Levels, Totals};
use serde::{Deserialize, Serialize};

/// What the threshold is to achieve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Least mean cost, at the data's base rate or another prevalence.
    Cost {
        /// Of the four outcomes.
        costs: Costs,
        /// Share of cases where decisions are made.
        prevalence: Option<f64>,
    },
    /// Largest F-beta.
    FBeta(f64),
    /// Largest recall + specificity.
    Youden,
    /// Fewest flagged with at least this recall.
    Recall(f64),
    /// Largest recall with at least this precision.
    Precision(f64),
    /// Most flagged with at most this share of rows flagged.
    Capacity(f64),
}

/// The best threshold of the data.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Choice {
    /// Flag when score > threshold.
    #[serde(serialize_with = "json_number::one")]
    pub threshold: f64,
    /// The interval `[low, high)` of thresholds that are as good.
    #[serde(serialize_with = "json_number::pair")]
    pub plateau: (f64, f64),
    /// Value of the objective: mean cost, F-beta, recall + specificity - 1, recall, precision, share flagged.
    pub value: f64,
    /// Counts at the threshold.
    pub confusion: Confusion,
}

/// Best threshold under a policy.
///
/// # Errors
/// `BadOption` for the policy's numbers, `Unattainable` if no threshold has the wanted precision.
pub fn choose(levels: &dyn Levels, policy: Policy) -> Result<Choice, DecideError> {
    check(policy)?;
    let totals = levels.totals();
    let mut best = Best::default();
    let (mut probabilities, mut most_precise) = (true, 0.0_f64);
    visit_cuts(levels, |cut| {
        if cut.upper.is_finite() {
            probabilities &= (0.0..=1.0).contains(&cut.upper);
            most_precise = most_precise.max(cut.tp / cut.flagged());
        }
        best.offer(gain(policy, cut, totals), cut);
    });
    let Some(at) = best.cut() else {
        let Policy::Precision(asked) = policy else {
            return Err(DecideError::OneClass { only: "control" });
        };
        return Err(DecideError::Unattainable { wanted: "precision", asked, best: most_precise });
    };
    let threshold = within(at, probabilities);
    let confusion = confusion_at(levels, threshold);
    let value = objective(policy, confusion);
    let (least, most) = range(probabilities);
    let plateau = (at.lower.max(least), at.upper.min(most));
    Ok(Choice { threshold, plateau, value, confusion })
}

/// Cuts that are offered from none flagged to all, and the first of the best of them; neighbours that tie are one.
#[derive(Debug, Default)]
pub(crate) struct Best {
    best: Option<(f64, Cut)>,
    grows: bool,
}

impl Best {
    /// The next cut; one that a policy does not allow has no gain.
    #[inline(always)]
    pub(crate) fn offer(&mut self, gain: Option<f64>, cut: Cut) {
        let Some(value) = gain else {
            self.grows = false;
            return;
        };
        match &mut self.best {
            Some((most, at)) if value == *most && self.grows => at.lower = cut.lower,
            Some((most, _)) if value <= *most => self.grows = false,
            _ => {
                self.best = Some((value, cut));
                self.grows = true;
            }
        }
    }

    /// Cuts that are worse than the best are not offered.
    pub(crate) fn skip(&mut self) {
        self.grows = false;
    }

    pub(crate) fn cut(&self) -> Option<Cut> {
        self.best.map(|(_, cut)| cut)
    }
}

/// What scores can be.
fn range(probabilities: bool) -> (f64, f64) {
    if probabilities { (0.0, 1.0) } else { (f64::NEG_INFINITY, f64::INFINITY) }
}

/// The threshold of a cut.
pub(crate) fn within(cut: Cut, probabilities: bool) -> f64 {
    if cut.lower == f64::NEG_INFINITY && cut.upper == f64::INFINITY {
        // Every threshold is as good: no reason to prefer one but the plain rule's.
        return if probabilities { 0.5 } else { f64::INFINITY };
    }
    let (least, most) = range(probabilities);
    cut.threshold_within(least, most)
}

/// Counts at any threshold, from the levels.
pub fn confusion_at(levels: &dyn Levels, threshold: f64) -> Confusion {
    let totals = levels.totals();
    let (mut tp, mut fp) = (0.0, 0.0);
    levels.visit(|level| {
        if level.score > threshold {
            tp += level.cases;
            fp += level.controls;
        }
    });
    confusion(totals, tp, fp)
}

/// Counts from those of the flagged.
pub(crate) fn confusion(totals: Totals, tp: f64, fp: f64) -> Confusion {
    Confusion { tp, fp, missed: totals.cases - tp, tn: totals.controls - fp }
}

/// The policy's figure at given counts, in the units of `Choice::value`.
pub fn objective(policy: Policy, confusion: Confusion) -> f64 {
    let Confusion { tp, fp, missed, tn } = confusion;
    match policy {
        Policy::Cost { costs, prevalence } => {
            let rate = prevalence.unwrap_or((tp + missed) / confusion.total());
            costs.per_row(tp / (tp + missed), fp / (fp + tn), rate)
        }
        Policy::FBeta(beta) => confusion.f_beta(beta).unwrap_or(0.0),
        Policy::Youden => tp / (tp + missed) - fp / (fp + tn),
        Policy::Recall(_) => tp / (tp + missed),
        Policy::Precision(_) => tp / (tp + fp),
        Policy::Capacity(_) => (tp + fp) / confusion.total(),
    }
}

/// What is maximised over the cuts: sums rather than shares, so that whole numbers tie exactly.
#[inline(always)]
pub(crate) fn gain(policy: Policy, cut: Cut, totals: Totals) -> Option<f64> {
    let Cut { tp, fp, .. } = cut;
    match policy {
        Policy::Cost { costs, prevalence } => {
            let (case, control) = (costs.miss - costs.hit, costs.alarm - costs.pass);
            let scale = prevalence.map_or(1.0, |rate| (1.0 - rate) / rate * totals.cases / totals.controls);
            Some(case * tp - control * scale * fp)
        }
        Policy::FBeta(beta) => confusion(totals, tp, fp).f_beta(beta),
        Policy::Youden => Some(tp * totals.controls - fp * totals.cases),
        Policy::Recall(least) => (tp >= least * totals.cases).then_some(-(tp + fp)),
        Policy::Precision(least) => (tp + fp > 0.0 && tp >= least * (tp + fp)).then_some(tp),
        Policy::Capacity(most) => (tp + fp <= most * totals.total()).then_some(tp + fp),
    }
}

/// No cut from the first to the last of these, one after the other, gains more; none if none of them is allowed.
pub(crate) fn ceiling(policy: Policy, first: Cut, last: Cut, totals: Totals) -> Option<f64> {
    match policy {
        // All cases and no more controls.
        Policy::Cost { .. } | Policy::FBeta(_) | Policy::Youden | Policy::Precision(_) => {
            gain(policy, Cut { tp: last.tp, ..first }, totals)
        }
        Policy::Recall(least) => (last.tp >= least * totals.cases).then_some(-first.flagged()),
        Policy::Capacity(most) => {
            let most = most * totals.total();
            (first.flagged() <= most).then_some(last.flagged().min(most))
        }
    }
}

fn check(policy: Policy) -> Result<(), DecideError> {
    let share = |option, value: f64| {
        let legal = (0.0..=1.0).contains(&value);
        if legal { Ok(()) } else { Err(DecideError::BadOption { option, value, wanted: "a share, 0 to 1" }) }
    };
    match policy {
        Policy::Cost { costs, prevalence } => {
            costs.regrets()?;
            costs.threshold(prevalence.map(|rate| (0.5, rate))).map(|_| ())
        }
        Policy::FBeta(value) if !(value > 0.0 && value.is_finite()) => {
            Err(DecideError::BadOption { option: "beta", value, wanted: "above 0" })
        }
        Policy::FBeta(_) | Policy::Youden => Ok(()),
        Policy::Recall(value) => share("recall", value),
        Policy::Precision(value) => share("precision", value),
        Policy::Capacity(value) => share("capacity", value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Ranked, Scored};

    const Y: [f64; 8] = [1.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];
    const S: [f64; 8] = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.1];

    fn chosen(policy: Policy) -> Choice {
        choose(&Ranked::new(&Scored::new(&Y, &S).expect("legal"), 1).expect("two"), policy).expect("legal")
    }

    #[test]
    fn the_choice_beats_every_cut_by_its_own_objective() {
        let ranked = Ranked::new(&Scored::new(&Y, &S).expect("legal"), 1).expect("two");
        let cost = Policy::Cost { costs: Costs::new(3.0, 1.0), prevalence: Some(0.3) };
        for (policy, sign) in [(cost, -1.0), (Policy::FBeta(2.0), 1.0), (Policy::Youden, 1.0)] {
            let choice = chosen(policy);
            for t in [-0.5, 0.1, 0.35, 0.45, 0.55, 0.65, 0.75, 0.85, 0.95] {
                let other = objective(policy, confusion_at(&ranked, t));
                assert!(sign * choice.value >= sign * other, "{policy:?} {t}");
            }
        }
    }

    #[test]
    fn wanted_recall_precision_and_capacity_are_kept_by_the_mid_of_a_gap() {
        assert_eq!(chosen(Policy::Recall(0.75)).plateau, (0.5, 0.6));
        assert_eq!(chosen(Policy::Precision(0.75)).plateau, (0.5, 0.6));
        let capacity = chosen(Policy::Capacity(0.3));
        assert_eq!((capacity.confusion.tp + capacity.confusion.fp, capacity.plateau), (2.0, (0.7, 0.8)));
        assert!((capacity.threshold - 0.75).abs() < 1e-15);
    }

    #[test]
    fn neighbouring_cuts_that_tie_are_one_plateau() {
        // Miss = alarm: flagging 0.9 alone, or 0.9 and the tied pair below it, costs the same.
        let data = Scored::new(&[1.0, 1.0, 0.0, 0.0], &[0.9, 0.6, 0.6, 0.2]).expect("legal");
        let ranked = Ranked::new(&data, 1).expect("two");
        let policy = Policy::Cost { costs: Costs::new(1.0, 1.0), prevalence: None };
        assert_eq!(choose(&ranked, policy).expect("legal").plateau, (0.2, 0.9));
    }

    #[test]
    fn precision_out_of_reach_says_what_can_be_had_and_all_equal_scores_flag_all_or_none() {
        let data = Scored::new(&[1.0, 0.0, 0.0], &[0.5; 3]).expect("legal");
        let ranked = Ranked::new(&data, 1).expect("two");
        let error = choose(&ranked, Policy::Precision(0.9)).expect_err("1/3 is the best");
        assert_eq!(error, DecideError::Unattainable { wanted: "precision", asked: 0.9, best: 1.0 / 3.0 });
        let policy = Policy::Cost { costs: Costs::new(5.0, 1.0), prevalence: None };
        assert_eq!(choose(&ranked, policy).expect("legal").threshold, 0.25);
    }
}
