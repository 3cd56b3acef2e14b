//! A threshold of more rows than memory holds, from their sums (`binned`): the best cut between bins.
//!
//! Frequencies and rows are resampled from the counts of their bins; weights of sampling belong to rows that bins do not
//! know, so that intervals are left out, and a note says so.

use super::binary::note;
use super::binned::Asked;
use super::threshold::{ThresholdResult, ThresholdSpec, all_equal, undecided};
use crate::rows::all_at_once;
use crate::{Error, ModelFile, Number};
use loglik_data::Stream;
use loglik_decide::calibration;
use loglik_decide::confusion::Flag;
use loglik_decide::threshold_report::report_of_bins;
use loglik_decide::{DecideError, Levels, WeightKind};

/// Chooses a threshold of two classes by one score.
pub(crate) fn of_stream(
    spec: &ThresholdSpec,
    plain: Option<&ModelFile>,
    stream: &Stream,
) -> Result<ThresholdResult, Error> {
    if spec.recalibrate.is_some() {
        return Err(all_at_once("--recalibrate"));
    }
    let plan = spec.resamples();
    let asked = Asked::of(&spec.rows, plain, stream, (spec.memory, plan.threads), (0.5, Flag::Above))?;
    let mut sums = asked.sums(stream)?;
    spec.two_classes()?;
    let mut out = undecided(spec, &mut sums.rows, plain.is_some());
    let (rows, tally) = (&sums.rows, &sums.all.tally);
    let known = |error| rows.refused(error, &rows.names[0]);
    let levels = tally.levels();
    let totals = levels.totals();
    levels.need_both_classes().map_err(known)?;
    out.base_rate = Some(totals.cases / totals.total());
    out.calibration = calibration::line(&levels).ok();
    out.notes.extend(all_equal(sums.range.0, sums.range.1));
    let binned = sums.all.binned();
    out.notes.extend(binned.note());
    out.binned = Some(binned);
    let Some(policy) = spec.policy else {
        let outside = [sums.range.0, sums.range.1].into_iter().find(|score| !(0.0..=1.0).contains(score));
        if let Some(value) = outside {
            return Err(known(DecideError::NotProbability { row: None, value }));
        }
        out.decision.threshold = Number(0.5);
        return Ok(out);
    };
    if totals.kind == WeightKind::Sampling && spec.replicates > 0 {
        let why = "no intervals: weights of sampling belong to rows, which a stream does not keep";
        out.notes.push(note("binned_scores", why));
    }
    out.decide(policy, report_of_bins(tally, policy, spec.level, plan).map_err(known)?, rows.direction);
    Ok(out)
}
