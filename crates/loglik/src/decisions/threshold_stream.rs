//! A threshold of more rows than memory holds, from their sums (`binned`): the best cut between bins.
//!
//! A recalibration is fitted to the bins of the probabilities, and read into all rows by another pass.
//! Frequencies and rows are resampled from the counts of their bins; weights of sampling belong to rows that bins do not
//! know, so that intervals are left out, and a note says so.

use super::binary::note;
use super::binned::{Asked, Sums};
use super::rows::CaseControl;
use super::threshold::{Recalibrate, ThresholdResult, ThresholdSpec, all_equal, refuse_turned, undecided};
use crate::{Error, ModelFile, Number};
use loglik_data::Stream;
use loglik_decide::calibration;
use loglik_decide::confusion::Flag;
use loglik_decide::recalibrate::{Recalibration, prior_shift, recalibrate_levels};
use loglik_decide::threshold_report::report_of_bins;
use loglik_decide::{DecideError, Levels, WeightKind};

/// Chooses a threshold of two classes by one score.
pub(crate) fn of_stream(
    spec: &ThresholdSpec,
    plain: Option<&ModelFile>,
    stream: &Stream,
) -> Result<ThresholdResult, Error> {
    let plan = spec.resamples();
    let mut asked = Asked::of(&spec.rows, plain, stream, (spec.memory, plan.threads), (0.5, Flag::Above))?;
    let mut sums = asked.sums(stream)?;
    spec.two_classes()?;
    if let Some(how) = spec.recalibrate {
        asked.recalibrated = Some(recalibration(how, &sums)?);
        sums = asked.sums(stream)?;
    }
    let mut out = undecided(spec, &mut sums.rows, plain.is_some());
    let (rows, tally) = (&sums.rows, &sums.all.tally);
    let known = |error| rows.refused(error, &rows.names[0]);
    let levels = tally.levels();
    let totals = levels.totals();
    levels.need_both_classes().map_err(known)?;
    out.base_rate = Some(totals.cases / totals.total());
    if !matches!(spec.recalibrate, Some(Recalibrate::Fitted(_))) {
        // A map that was fitted to these rows has a line of 0 and 1 by construction.
        out.calibration = calibration::line(&levels).ok();
    }
    if let Some((map, shares)) = asked.recalibrated {
        out.recalibration = Some(map);
        out.notes.extend(shares.map(|shares| shares.note));
    }
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

/// The map of the probabilities, and what classes are then weighed by.
fn recalibration(how: Recalibrate, sums: &Sums) -> Result<(Recalibration, Option<CaseControl>), Error> {
    refuse_turned(&sums.rows)?;
    let known = |error| sums.rows.refused(error, &sums.rows.names[0]);
    let levels = sums.all.tally.levels();
    levels.need_both_classes().map_err(known)?;
    let to = match how {
        Recalibrate::Fitted(method) => {
            return Ok((recalibrate_levels(&levels, method).map_err(known)?, None));
        }
        Recalibrate::Prior(to) => to,
    };
    let outside = [sums.range.0, sums.range.1].into_iter().find(|score| !(0.0..=1.0).contains(score));
    if let Some(value) = outside {
        return Err(known(DecideError::NotProbability { row: None, value }));
    }
    let totals = levels.totals();
    let map = prior_shift(totals.cases / totals.total(), to)?;
    Ok((map, Some(CaseControl::at(to, totals.cases, totals.total())?)))
}
