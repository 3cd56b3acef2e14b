//! Logistic maximum likelihood with one to three columns, for recalibration.
//!
//! The columns are functions of the score; levels come by, are gathered into blocks of one length, and a block is worked on eight
//! levels at a time. (Recalibration lives below the engine of the models, so it cannot call it; three columns need no
//! more than this.)

use crate::Level;
use crate::climb::{Height, climb, inverse};
use loglik_num::{Dd, Kernel, LANE, Lane, dispatch, exp, log1p};

/// Columns as functions of the score; both must be `#[inline(always)]`.
pub(crate) trait Columns<const K: usize>: Copy {
    /// Value of each column.
    fn of(self, score: Lane) -> [Lane; K];
    /// What is added to the predictor as it is.
    fn offset(self, _score: Lane) -> Lane {
        Lane::ZERO
    }
}

/// A finished fit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LogisticFit<const K: usize> {
    pub(crate) beta: [f64; K],
    /// Inverse information `[k][k]`.
    pub(crate) vcov: [[f64; K]; K],
    /// Sandwich with squared weights (HC0), for sampling weights `[k][k]`.
    pub(crate) robust: [[f64; K]; K],
    pub(crate) loglik: f64,
}

/// A walk over all levels, which hands them over in blocks of any length.
pub(crate) type Walk<'a> = dyn Fn(&mut dyn FnMut(&[Level])) + 'a;

/// The fit started at `start`; none when the maximum is at infinity or the columns are dependent.
pub(crate) fn fit<const K: usize, C: Columns<K>>(
    start: [f64; K],
    columns: C,
    visit: &Walk<'_>,
) -> Option<LogisticFit<K>> {
    let (beta, at) = climb(start, |beta| tally(beta, columns, visit), |sums| &sums.height)?;
    let vcov = inverse(&at.height.info)?;
    let mut robust = [[0.0; K]; K];
    for i in 0..K {
        for j in 0..K {
            for a in 0..K {
                for b in 0..K {
                    robust[i][j] += vcov[i][a] * at.meat[a.max(b)][a.min(b)] * vcov[b][j];
                }
            }
        }
    }
    Some(LogisticFit { beta, vcov, robust, loglik: at.height.loglik })
}

/// Levels in a block.
const BLOCK: usize = 512;

/// A block of levels, by what is known of them `[block]`.
struct Block {
    score: [f64; BLOCK],
    cases: [f64; BLOCK],
    controls: [f64; BLOCK],
    cases_sq: [f64; BLOCK],
    controls_sq: [f64; BLOCK],
    len: usize,
}

impl Block {
    const EMPTY: Block = Block {
        score: [0.5; BLOCK],
        cases: [0.0; BLOCK],
        controls: [0.0; BLOCK],
        cases_sq: [0.0; BLOCK],
        controls_sq: [0.0; BLOCK],
        len: 0,
    };

    fn push(&mut self, level: &Level) {
        self.score[self.len] = level.score;
        self.cases[self.len] = level.cases;
        self.controls[self.len] = level.controls;
        self.cases_sq[self.len] = level.cases_sq;
        self.controls_sq[self.len] = level.controls_sq;
        self.len += 1;
    }

    /// Leaves no weight behind the last level of its lane.
    fn pad(&mut self) {
        let behind = self.len..self.len.next_multiple_of(LANE);
        for weights in [&mut self.cases, &mut self.controls, &mut self.cases_sq, &mut self.controls_sq] {
            weights[behind.clone()].fill(0.0);
        }
    }
}

/// Sums over levels at one place.
struct Sums<const K: usize> {
    height: Height<K>,
    meat: [[f64; K]; K],
}

fn tally<const K: usize, C: Columns<K>>(beta: [f64; K], columns: C, visit: &Walk<'_>) -> Sums<K> {
    let mut block = Block::EMPTY;
    let (mut size, mut score) = (Dd::ZERO, [Dd::ZERO; K]);
    let (mut info, mut meat) = ([[0.0; K]; K], [[0.0; K]; K]);
    let mut close = |block: &mut Block| {
        block.pad();
        let sums = dispatch(BlockSums { beta, columns, block });
        size += Dd::from(sums.size);
        for i in 0..K {
            score[i] += Dd::from(sums.score[i]);
            for j in 0..=i {
                info[i][j] += sums.info[i][j];
                meat[i][j] += sums.meat[i][j];
            }
        }
        block.len = 0;
    };
    visit(&mut |levels| {
        for level in levels {
            block.push(level);
            if block.len == BLOCK {
                close(&mut block);
            }
        }
    });
    close(&mut block);
    let (size, score) = (size.value(), score.map(Dd::value));
    Sums { height: Height { loglik: -size, size, score, info }, meat }
}

/// The sums of one block.
struct BlockSums<'a, const K: usize, C> {
    beta: [f64; K],
    columns: C,
    block: &'a Block,
}

/// What a block adds.
struct Part<const K: usize> {
    size: f64,
    score: [f64; K],
    info: [[f64; K]; K],
    meat: [[f64; K]; K],
}

impl<const K: usize, C: Columns<K>> Kernel for BlockSums<'_, K, C> {
    type Output = Part<K>;

    #[inline(always)]
    fn run(self) -> Part<K> {
        let BlockSums { beta, columns, block } = self;
        let (mut size, mut score) = (Lane::ZERO, [Lane::ZERO; K]);
        let (mut info, mut meat) = ([[Lane::ZERO; K]; K], [[Lane::ZERO; K]; K]);
        for at in (0..block.len).step_by(LANE) {
            let (p, cases, controls) = (
                Lane::load(&block.score[at..]),
                Lane::load(&block.cases[at..]),
                Lane::load(&block.controls[at..]),
            );
            let x = columns.of(p);
            let mut eta = columns.offset(p);
            for (x, b) in x.iter().zip(beta) {
                eta = x.mul_add(Lane::splat(b), eta);
            }
            let e = (-eta.abs()).map(exp);
            let rises = eta.ge(Lane::ZERO);
            let all = Lane::ONE + e;
            let mu = Lane::select(rises, Lane::ONE, e) / all;
            let rest = Lane::select(rises, e, Lane::ONE) / all;
            // -log mu = max(-eta, 0) + log(1 + e^-|eta|), and so for the rest.
            let tail = e.map(log1p);
            let loss = cases * (tail + (-eta).max(Lane::ZERO)) + controls * (tail + eta.max(Lane::ZERO));
            size = size + loss;
            let g = cases * rest - controls * mu;
            let h = (cases + controls) * mu * rest;
            let m = Lane::load(&block.cases_sq[at..]) * rest * rest
                + Lane::load(&block.controls_sq[at..]) * mu * mu;
            for i in 0..K {
                score[i] = score[i] + g * x[i];
                for j in 0..=i {
                    let xx = x[i] * x[j];
                    info[i][j] = info[i][j] + h * xx;
                    meat[i][j] = meat[i][j] + m * xx;
                }
            }
        }
        Part {
            size: size.sum(),
            score: score.map(Lane::sum),
            info: info.map(|row| row.map(Lane::sum)),
            meat: meat.map(|row| row.map(Lane::sum)),
        }
    }
}
