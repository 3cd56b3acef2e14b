//! The mean of areas over several classes with its standard error, in which what the areas share is counted.
//!
//! An area is the mean of the placements of its cases, and of its controls (`delong`). What a row's placement is off
//! that mean, over the rows of its side, is what the row adds to the error of the area; added up over the areas it is
//! what the row adds to the error of their mean, and rows are independent. For two classes this is DeLong's variance.

use crate::delong::{logit_interval, normal_multiplier};
use crate::delong_test::{mean_of_cases, row_placements};
use crate::multiclass::ClassScores;
use crate::{DecideError, WeightKind};
use serde::Serialize;

/// Which areas are averaged, all alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MeanOf {
    /// Of every class against every other by its own score (Hand & Till).
    Pairs,
    /// Of every class against all others by its own score.
    Rest,
}

/// A mean of areas.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MeanArea {
    /// The mean.
    pub auc: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Interval on the logit scale, mapped back; null where the error is 0.
    pub conf_low: Option<f64>,
    /// Its upper end.
    pub conf_high: Option<f64>,
}

/// The mean with its interval at confidence `level`; none with fewer than two classes, or a class of a single row.
///
/// # Errors
/// `BadOption` for `level`; those of `ClassScores::new`.
pub fn mean_area(data: &ClassScores<'_>, over: MeanOf, level: f64) -> Result<Option<MeanArea>, DecideError> {
    let z = normal_multiplier(level)?;
    let weights = data.class_weights();
    let seen: Vec<usize> = (0..weights.len()).filter(|class| weights[*class] > 0.0).collect();
    let parts: Vec<(usize, Option<usize>)> = match over {
        MeanOf::Rest => seen.iter().map(|class| (*class, None)).collect(),
        MeanOf::Pairs => {
            let others = |class: usize| seen.iter().filter(move |other| **other != class);
            seen.iter().flat_map(|class| others(*class).map(|other| (*class, Some(*other)))).collect()
        }
    };
    if seen.len() < 2 {
        return Ok(None);
    }
    let share = 1.0 / parts.len() as f64;
    let (mut auc, mut deviations) = (0.0, vec![0.0; data.y().len()]);
    for (class, other) in parts {
        let Some(area) = add_area(data, class, other, share, &mut deviations)? else { return Ok(None) };
        auc += share * area;
    }
    let power = if data.kind() == WeightKind::Frequency { 1 } else { 2 };
    let variance: f64 =
        deviations.iter().enumerate().map(|(row, d)| data.weight_of(row).powi(power) * d * d).sum();
    let std_error = variance.sqrt();
    let interval = (std_error > 0.0).then(|| logit_interval(auc, std_error, z));
    let (conf_low, conf_high) = interval.unzip();
    Ok(Some(MeanArea { auc, std_error, conf_low, conf_high }))
}

/// The area of a class against another, or the rest; what rows add to the error of `share` of it is added `[n]`. None where
/// a side has one row, whose error nothing tells.
fn add_area(
    data: &ClassScores<'_>,
    class: usize,
    other: Option<usize>,
    share: f64,
    deviations: &mut [f64],
) -> Result<Option<f64>, DecideError> {
    let within = |row: &usize| {
        let code = data.y()[*row] as usize;
        code == class || other.is_none_or(|other| code == other)
    };
    let rows: Vec<usize> = (0..data.y().len()).filter(within).collect();
    let y: Vec<f64> = rows.iter().map(|&row| f64::from(data.y()[row] as usize == class)).collect();
    let score: Vec<f64> = rows.iter().map(|&row| data.scores()[class][row]).collect();
    let weight: Vec<f64> = rows.iter().map(|&row| data.weight_of(row)).collect();
    let scored = data.scored(&y, &score, Some(&weight))?;
    let sides = match data.kind() {
        WeightKind::Frequency => [scored.controls(), scored.cases()],
        WeightKind::Sampling => [scored.n_controls() as f64, scored.n_cases() as f64],
    };
    if sides.iter().any(|count| *count <= 1.0) {
        return Ok(None);
    }
    let placements = row_placements(&scored);
    let area = mean_of_cases(&scored, &placements);
    let totals = [scored.controls(), scored.cases()];
    for ((row, y), placement) in rows.iter().zip(&y).zip(&placements) {
        let side = usize::from(*y == 1.0);
        let count = sides[side];
        deviations[*row] += share * (placement - area) / totals[side] * (count / (count - 1.0)).sqrt();
    }
    Ok(Some(area))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draws;
    use crate::multiclass::{against_rest, by_pairs};
    use crate::{Ranked, Scored, delong};

    /// Three classes, scores that say something of each, some tied.
    fn drawn(number: u64, n: usize) -> (Vec<u32>, [Vec<f64>; 3]) {
        let mut draws = Draws::new(31, number);
        let y: Vec<u32> = (0..n).map(|_| draws.below(3) as u32).collect();
        let mut column = |class: u32| -> Vec<f64> {
            y.iter()
                .map(|y| ((draws.uniform() + 0.4 * f64::from(u8::from(*y == class))) * 40.0).round())
                .collect()
        };
        let scores = [column(0), column(1), column(2)];
        (y, scores)
    }

    fn found(number: u64, over: MeanOf) -> MeanArea {
        let (y, scores) = drawn(number, 90);
        let columns = scores.each_ref().map(Vec::as_slice);
        let data = ClassScores::new(&y, &columns, None).expect("legal");
        mean_area(&data, over, 0.95).expect("a level").expect("many rows of each class")
    }

    #[test]
    fn two_classes_have_the_area_and_the_error_of_delong() {
        let y = [1, 0, 1, 0, 1, 1, 0, 0];
        let score = [0.9, 0.2, 0.4, 0.4, 0.7, 0.1, 0.5, 0.3];
        let rest = score.map(|s| 1.0 - s);
        let case = y.map(f64::from);
        for kind in [WeightKind::Frequency, WeightKind::Sampling] {
            let w = [1.0, 2.0, 3.0, 1.0, 0.0, 2.0, 1.0, 4.0];
            let ranked = Ranked::new(&Scored::weighted(&case, &score, &w, kind).expect("legal"), 1);
            let binary = delong::auc(&ranked.expect("two classes"), 0.95).expect("a level");
            let columns = [&rest[..], &score[..]];
            let data = ClassScores::new(&y, &columns, Some((&w, kind))).expect("legal");
            for over in [MeanOf::Pairs, MeanOf::Rest] {
                let mean = mean_area(&data, over, 0.95).expect("a level").expect("two rows of each");
                // Sums of eight terms in another order.
                assert!((mean.auc - binary.auc).abs() < 1e-14);
                assert!((mean.std_error - binary.std_error.expect("several")).abs() < 1e-14);
            }
        }
    }

    #[test]
    fn the_mean_is_that_of_the_areas_and_its_error_what_samples_vary_by() {
        let (y, scores) = drawn(0, 90);
        let columns = scores.each_ref().map(Vec::as_slice);
        let data = ClassScores::new(&y, &columns, None).expect("legal");
        let pairs = by_pairs(&data).expect("legal").auc.expect("three classes");
        let rest = against_rest(&data, 0.95, 1).expect("legal").macro_auc.expect("three classes");
        assert!((found(0, MeanOf::Pairs).auc - pairs).abs() < 1e-14);
        assert!((found(0, MeanOf::Rest).auc - rest).abs() < 1e-14);
        for over in [MeanOf::Pairs, MeanOf::Rest] {
            let draws: Vec<MeanArea> = (0..600).map(|number| found(number, over)).collect();
            let mean = draws.iter().map(|d| d.auc).sum::<f64>() / 600.0;
            let spread = (draws.iter().map(|d| (d.auc - mean).powi(2)).sum::<f64>() / 599.0).sqrt();
            let told = draws.iter().map(|d| d.std_error).sum::<f64>() / 600.0;
            // A standard deviation of 600 draws is known to 3 %; four of them.
            assert!((told / spread - 1.0).abs() < 0.12, "{over:?} {told} {spread}");
        }
    }
}
