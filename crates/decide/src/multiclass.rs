//! Areas under the ROC curve for several classes: by pairs (Hand & Till 2001, Machine Learning 45, 171-186), and
//! each class against the rest.
//!
//! By pairs: A(i, j) is the mean of the area of score i and of score j over the rows of the two classes; their mean
//! does not depend on the base rates. One against the rest: macro (plain mean), weighted by the classes, micro (all
//! class scores pooled). Labels are codes `0..k`, scores columns by class.

use crate::confusion::quotient;
use crate::delong::{self, Auc};
use crate::order::rising_rows;
use crate::{DecideError, Ranked, Scored, WeightKind};
use serde::Serialize;

/// One pair of classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairArea {
    /// The earlier class.
    pub first: u32,
    /// The later class.
    pub second: u32,
    /// A(first, second); null where a class has no rows.
    pub auc: Option<f64>,
}

/// Areas by pairs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairAreas {
    /// Mean over the pairs.
    pub auc: Option<f64>,
    /// Mean weighted by the rows of the two classes.
    pub auc_weighted: Option<f64>,
    /// Every pair, (0, 1), (0, 2), .., (1, 2), ..
    pub pairs: Vec<PairArea>,
}

/// Areas of each class against the rest.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RestAreas {
    /// Mean over the classes.
    pub macro_auc: Option<f64>,
    /// Mean weighted by the classes.
    pub weighted_auc: Option<f64>,
    /// Area of all class scores pooled.
    pub micro_auc: f64,
    /// Each class with its interval `[k]`; null where a class has no rows or all.
    pub by_class: Vec<Option<Auc>>,
}

/// Checked labels and class scores.
#[derive(Debug, Clone, Copy)]
pub struct ClassScores<'a> {
    y: &'a [u32],
    scores: &'a [&'a [f64]],
    weight: Option<&'a [f64]>,
    kind: WeightKind,
}

impl<'a> ClassScores<'a> {
    /// * `y`      class codes                                            `[n]`
    /// * `scores` one column a class, larger means more like it       `[k][n]`
    /// * `weight` of rows                                                `[n]`
    ///
    /// # Errors
    /// `Empty`, `Length`, `UnknownClass`, `NotFinite`, `InvalidWeight`.
    pub fn new(
        y: &'a [u32],
        scores: &'a [&'a [f64]],
        weight: Option<(&'a [f64], WeightKind)>,
    ) -> Result<Self, DecideError> {
        for (row, &code) in y.iter().enumerate() {
            if code as usize >= scores.len() {
                return Err(DecideError::UnknownClass { row, code, classes: scores.len() });
            }
        }
        let kind = weight.map_or(WeightKind::Frequency, |w| w.1);
        let new = Self { y, scores, weight: weight.map(|w| w.0), kind };
        let none = vec![0.0; y.len()];
        for column in scores {
            new.scored(&none, column, new.weight)?;
        }
        Ok(new)
    }

    /// Class codes `[n]`.
    pub fn y(&self) -> &'a [u32] {
        self.y
    }

    /// Columns by class `[k][n]`.
    pub fn scores(&self) -> &'a [&'a [f64]] {
        self.scores
    }

    /// Weight of a row.
    pub fn weight_of(&self, row: usize) -> f64 {
        self.weight.map_or(1.0, |w| w[row])
    }

    /// Weight of each class `[k]`.
    pub fn class_weights(&self) -> Vec<f64> {
        let mut sums = vec![0.0; self.scores.len()];
        self.y.iter().enumerate().for_each(|(row, &c)| sums[c as usize] += self.weight_of(row));
        sums
    }

    /// Labels 1 for `class` `[n]`.
    pub fn indicator(&self, class: usize) -> Vec<f64> {
        self.y.iter().map(|&c| f64::from(c as usize == class)).collect()
    }

    /// The class of largest score, the earlier at a tie `[n]`.
    pub fn predicted(&self) -> Vec<u32> {
        let k = self.scores.len();
        let largest = |row: usize| {
            (1..k).fold(0, |best, j| if self.scores[j][row] > self.scores[best][row] { j } else { best })
        };
        (0..self.y.len()).map(|row| largest(row) as u32).collect()
    }

    /// What weights mean.
    pub fn kind(&self) -> WeightKind {
        self.kind
    }

    pub(crate) fn scored<'b>(
        &self,
        y: &'b [f64],
        score: &'b [f64],
        weight: Option<&'b [f64]>,
    ) -> Result<Scored<'b>, DecideError> {
        match weight {
            Some(weight) => Scored::weighted(y, score, weight, self.kind),
            None => Scored::new(y, score),
        }
    }
}

/// Hand and Till's areas.
///
/// # Errors
/// None beyond those of `ClassScores::new`.
pub fn by_pairs(data: &ClassScores<'_>) -> Result<PairAreas, DecideError> {
    let pair = |i: usize, j: usize| {
        let for_i = pair_area(data, i, j, data.scores[i])?;
        let for_j = pair_area(data, j, i, data.scores[j])?;
        Ok(for_i.zip(for_j).map(|(a, b)| f64::midpoint(a, b)))
    };
    collect_pairs(&data.class_weights(), pair)
}

/// One score for several ordered or unordered classes: for each pair the class with the larger median counts as the
/// case (pROC's `multiclass.roc` with its automatic direction).
///
/// # Errors
/// Those of `ClassScores::new`.
pub fn by_one_score(
    y: &[u32],
    score: &[f64],
    weight: Option<(&[f64], WeightKind)>,
    classes: usize,
) -> Result<PairAreas, DecideError> {
    let columns = vec![score; classes];
    let data = ClassScores::new(y, &columns, weight)?;
    let medians: Vec<Option<f64>> = (0..classes).map(|c| median_of(&data, c)).collect();
    let pair = |i: usize, j: usize| match (medians[i], medians[j]) {
        (Some(a), Some(b)) if a <= b => pair_area(&data, j, i, score),
        (Some(_), Some(_)) => pair_area(&data, i, j, score),
        _ => Ok(None),
    };
    collect_pairs(&data.class_weights(), pair)
}

fn collect_pairs(
    weights: &[f64],
    pair: impl Fn(usize, usize) -> Result<Option<f64>, DecideError>,
) -> Result<PairAreas, DecideError> {
    let mut out = PairAreas { auc: None, auc_weighted: None, pairs: Vec::new() };
    let (mut sum, mut count, mut weighted, mut total) = (0.0, 0.0, 0.0, 0.0);
    for i in 0..weights.len() {
        for j in i + 1..weights.len() {
            let auc = pair(i, j)?;
            out.pairs.push(PairArea { first: i as u32, second: j as u32, auc });
            if let Some(auc) = auc {
                let w = weights[i] + weights[j];
                sum += auc;
                count += 1.0;
                weighted += w * auc;
                total += w;
            }
        }
    }
    out.auc = quotient(sum, count);
    out.auc_weighted = quotient(weighted, total);
    Ok(out)
}

/// Area of `score` for class `case` against class `control`, over the rows of the two.
fn pair_area(
    data: &ClassScores<'_>,
    case: usize,
    control: usize,
    score: &[f64],
) -> Result<Option<f64>, DecideError> {
    let rows: Vec<usize> =
        (0..data.y.len()).filter(|&r| [case, control].contains(&(data.y[r] as usize))).collect();
    let y: Vec<f64> = rows.iter().map(|&r| f64::from(data.y[r] as usize == case)).collect();
    let s: Vec<f64> = rows.iter().map(|&r| score[r]).collect();
    let w: Option<Vec<f64>> = data.weight.map(|w| rows.iter().map(|&r| w[r]).collect());
    match data.scored(&y, &s, w.as_deref()).and_then(|scored| Ranked::new(&scored, 1)) {
        Ok(ranked) => Ok(Some(delong::placements(&ranked).auc)),
        Err(DecideError::OneClass { .. } | DecideError::Empty { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Median of the score over the rows of a class (the two middle ones averaged).
fn median_of(data: &ClassScores<'_>, class: usize) -> Option<f64> {
    let score = data.scores[class];
    let rows = (0..data.y.len()).filter(|&r| data.y[r] as usize == class && data.weight_of(r) > 0.0);
    let values: Vec<f64> = rows.map(|r| score[r]).collect();
    let order = rising_rows(&values);
    let at = |i: usize| values[order[i] as usize];
    let n = values.len();
    (n > 0).then(|| f64::midpoint(at((n - 1) / 2), at(n / 2)))
}

/// Each class against the rest, with intervals at confidence `level`.
///
/// # Errors
/// `BadOption` for `level`; `OneClass` if there is one class only.
pub fn against_rest(data: &ClassScores<'_>, level: f64, threads: usize) -> Result<RestAreas, DecideError> {
    let weights = data.class_weights();
    let mut by_class = Vec::with_capacity(weights.len());
    for (class, column) in data.scores.iter().enumerate() {
        let y = data.indicator(class);
        let scored = data.scored(&y, column, data.weight)?;
        by_class.push(match Ranked::new(&scored, threads) {
            Ok(ranked) => Some(delong::auc(&ranked, level)?),
            Err(_) => None,
        });
    }
    let areas = || by_class.iter().zip(&weights).filter_map(|(a, &w)| a.as_ref().map(|a| (a.auc, w)));
    let (count, sum) = areas().fold((0.0, 0.0), |(n, s), (a, _)| (n + 1.0, s + a));
    let (total, weighted) = areas().fold((0.0, 0.0), |(n, s), (a, w)| (n + w, s + w * a));
    let pooled_y: Vec<f64> = (0..weights.len()).flat_map(|class| data.indicator(class)).collect();
    let pooled: Vec<f64> = data.scores.iter().flat_map(|column| column.iter().copied()).collect();
    let pooled_weight = data.weight.map(|w| w.repeat(weights.len()));
    let micro = Ranked::new(&data.scored(&pooled_y, &pooled, pooled_weight.as_deref())?, threads)?;
    Ok(RestAreas {
        macro_auc: quotient(sum, count),
        weighted_auc: quotient(weighted, total),
        micro_auc: delong::placements(&micro).auc,
        by_class,
    })
}
