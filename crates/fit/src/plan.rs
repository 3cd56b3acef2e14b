//! What passes cost, from sizes alone: never a clock, so that the same data always take the same way.
//!
//! Nanoseconds a row on one core with AVX2, by benches over 4 to 330 coefficients; only their ratio is used. A wrong
//! guess costs time and nothing else.

use crate::model::{Model, Piece};
use loglik_design::{BlockSpec, Frame, PART_ROWS};

/// Evaluating one row of one parameter, sums included.
const ROW: f64 = 10.0;
/// A dense column: read and filled, in the linear predictor and in the score.
const COLUMN: f64 = 0.8;
/// A categorical: looked up in the linear predictor, added to in the score.
const CATEGORICAL: f64 = 2.0;
/// One product of a Gram of dense columns.
const PRODUCT: f64 = 0.1;
/// A cell of a table of two categoricals, or a group sum of all dense columns.
const CELL: f64 = 2.0;

/// Numbers in a read of the data above which reads are saved.
const MANY: usize = 2_000_000;

/// Whether a pass costs enough for passes to be saved.
pub(crate) fn is_dear(rows: usize, p: usize) -> bool {
    rows.saturating_mul(p + 3) > MANY
}

/// Numbers in a read of the data above which the last digits of standard errors are not waited for.
const HUGE: usize = 20_000_000;

/// Whether a pass takes tenths of a second.
pub(crate) fn is_huge(rows: usize, p: usize) -> bool {
    rows.saturating_mul(p + 3) > HUGE
}

/// Clearing a number of a tally and merging it, nanoseconds.
const MERGED: f64 = 2.5;
/// The share of a pass with information that merging may take.
const MERGING: f64 = 0.05;
/// Tallies of a pass, at least: threads share them.
const TALLIES: usize = 8;

/// Parts whose sums go into one tally: more than one where there are many coefficients and rows cost little.
///
/// * `every` of the chunks that are read, one in how many
pub(crate) fn together(model: &Model, frame: &Frame, every: usize) -> usize {
    let (score, info) = costs(model, frame);
    let rows = (PART_ROWS / every) as f64 * (score + info);
    let numbers = (model.p * model.p / 2) as f64;
    let most = frame.rows.div_ceil(PART_ROWS) / TALLIES;
    ((MERGED * numbers / (MERGING * rows)).ceil() as usize).min(most).max(1)
}

/// What a pass with information costs, in passes with the score alone.
pub(crate) fn dearness(model: &Model, frame: &Frame) -> f64 {
    let (score, info) = costs(model, frame);
    if score > 0.0 { 1.0 + info / score } else { 1.0 }
}

/// What a row's score costs, and what its information costs beyond it, nanoseconds.
fn costs(model: &Model, frame: &Frame) -> (f64, f64) {
    let (mut score, mut info) = (0.0, 0.0);
    let sizes: Vec<(f64, f64)> = model.predictors.iter().map(|x| sizes(&x.pieces, frame)).collect();
    for (i, (dense, levels)) in sizes.iter().enumerate() {
        score += ROW + COLUMN * dense + CATEGORICAL * levels;
        for (j, (other, of_other)) in sizes.iter().enumerate().take(i + 1) {
            let half =
                if i == j || model.predictors[i].shares_blocks(&model.predictors[j]) { 0.5 } else { 1.0 };
            info +=
                half * (PRODUCT * dense * other + CELL * levels * of_other) + CELL * levels.max(*of_other);
        }
    }
    (score, info)
}

/// Dense columns, the intercept among them, and categoricals of some pieces.
fn sizes(pieces: &[Piece], frame: &Frame) -> (f64, f64) {
    let mut sizes = (0.0, 0.0);
    for piece in pieces {
        match frame.blocks.get(piece.block) {
            Some(BlockSpec::Levels(..)) => sizes.1 += 1.0,
            _ => sizes.0 += piece.coefs as f64,
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Predictor;
    use loglik_likelihood::{Args, Link};
    use std::sync::Arc;

    /// A Poisson model of these blocks.
    fn poisson(blocks: Vec<BlockSpec>) -> (Model, Frame) {
        let mut p = 0;
        let pieces = blocks.iter().enumerate().map(|(block, spec)| {
            p += spec.coefs();
            Piece { block, first: p - spec.coefs(), coefs: spec.coefs() }
        });
        let pieces: Vec<Piece> = pieces.collect();
        let predictor = Predictor { pieces, offset: None, constant: 0.0, link: Link::Log, intercept: None };
        let made =
            loglik_likelihood::parse("poisson", &Args::default()).expect("a likelihood of the registry");
        let model = Model { likelihood: Arc::from(made.likelihood), predictors: vec![predictor], p };
        (model, Frame { blocks, ..Frame::default() })
    }

    fn ratio(blocks: Vec<BlockSpec>) -> f64 {
        let (model, frame) = poisson(blocks);
        dearness(&model, &frame)
    }

    #[test]
    fn many_levels_are_merged_for_several_parts_and_dense_columns_for_each() {
        let parts = |block: BlockSpec, rows: usize, every: usize| {
            let (model, frame) = poisson(vec![BlockSpec::Dense(2), block]);
            together(&model, &Frame { rows, ..frame }, every)
        };
        let levels = BlockSpec::Levels(400, false);
        assert_eq!(parts(levels.clone(), 20 * PART_ROWS, 1), 2);
        assert!(parts(levels.clone(), 200 * PART_ROWS, 8) > 2);
        // Few parts are shared by threads one by one.
        assert_eq!(parts(levels, 7 * PART_ROWS, 1), 1);
        assert_eq!(parts(BlockSpec::Dense(400), 200 * PART_ROWS, 1), 1);
    }

    #[test]
    fn information_is_dear_with_many_dense_columns_and_cheap_with_levels() {
        let narrow = ratio(vec![BlockSpec::Dense(2)]);
        let wide = ratio(vec![BlockSpec::Dense(200)]);
        let levels = ratio(vec![BlockSpec::Dense(2), BlockSpec::Levels(200, false)]);
        assert!(narrow < 1.1 && wide > 5.0, "{narrow} {wide}");
        assert!(levels > narrow && levels < 2.0, "{levels}");
    }
}
