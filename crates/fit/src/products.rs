//! Score and information of a chunk: row derivatives times the design, pieces pair by pair.
//!
//! Whoever has changed the row derivatives (squared scores for a robust meat, adjusted scores) sums them here too.

use crate::model::{Model, Piece};
use loglik_design::{Block, Chunk, Tables, Target, WeightedRows, add_gram};
use loglik_likelihood::RowDerivs;

/// Adds `sum_k X_k' g_k`.
///
/// * `derivs` weighted derivatives in `eta`, zero on padding                 `[n]`
/// * `score`  added to                                                       `[p]`
pub fn add_score(model: &Model, chunk: &Chunk, derivs: &RowDerivs, score: &mut [f64]) {
    let mut tables = Tables::default();
    for (i, predictor) in model.predictors.iter().enumerate() {
        for piece in &predictor.pieces {
            let range = piece.first..piece.first + piece.coefs;
            chunk.blocks[piece.block].add_score(derivs.g(i), &mut score[range], &mut tables);
        }
    }
}

/// Adds `-sum_kl X_k' diag(h_kl) X_l`, lower triangle.
///
/// * `derivs` weighted derivatives in `eta`, zero on padding                 `[n]`
/// * `info`   added to                                                       `[p, p]`
pub fn add_info(model: &Model, chunk: &Chunk, derivs: &RowDerivs, info: &mut [f64]) {
    let mut pairs = Pairs { chunk, p: model.p, tables: Tables::default(), square: Vec::new() };
    let mut w = vec![0.0; chunk.n];
    let mut rows = WeightedRows::default();
    for (i, a) in model.predictors.iter().enumerate() {
        for (j, b) in model.predictors.iter().enumerate().take(i + 1) {
            w.iter_mut().zip(derivs.h(i, j)).for_each(|(w, h)| *w = -h);
            let by_level = i == j && pairs.add_by_level(&a.pieces, &w, &mut rows, info);
            for (s, x) in a.pieces.iter().enumerate() {
                let last = if i == j { s + 1 } else { b.pieces.len() };
                for y in &b.pieces[..last] {
                    if by_level && pairs.is_by_level(*x, *y) {
                        continue;
                    }
                    pairs.add(*x, *y, &w, i == j && x.first == y.first, info);
                }
            }
        }
    }
}

/// Grams of pairs of pieces of one chunk.
struct Pairs<'a> {
    chunk: &'a Chunk,
    p: usize,
    tables: Tables,
    square: Vec<f64>,
}

impl Pairs<'_> {
    /// The codes of a piece that is a categorical, few levels for the rows of a chunk, multiplied by nothing.
    fn levels(&self, piece: Piece) -> Option<&[u32]> {
        match &self.chunk.blocks[piece.block] {
            Block::Levels(levels) if levels.times.is_none() && levels.coefs <= self.chunk.n => {
                Some(&levels.codes)
            }
            _ => None,
        }
    }

    /// Whether [`Pairs::add_by_level`] sums a pair: a categorical with itself, the intercept or the dense columns.
    fn is_by_level(&self, x: Piece, y: Piece) -> bool {
        let of = |levels: Piece, other: Piece| {
            let plain = !matches!(self.chunk.blocks[other.block], Block::Levels(_));
            self.levels(levels).is_some() && (plain || levels.first == other.first)
        };
        of(x, y) || of(y, x)
    }

    /// Adds every categorical of one predictor with itself, with the intercept and with the dense columns; false, with
    /// nothing added, where the design is not of that kind.
    fn add_by_level(&self, pieces: &[Piece], w: &[f64], rows: &mut WeightedRows, info: &mut [f64]) -> bool {
        let blocks = &self.chunk.blocks;
        let mut dense = pieces.iter().filter_map(|piece| match &blocks[piece.block] {
            Block::Dense(dense) => Some((piece, dense)),
            _ => None,
        });
        let (first, second) = (dense.next(), dense.next());
        let narrow = WeightedRows::takes(first.map(|(_, dense)| dense)) && second.is_none();
        if !narrow || pieces.iter().all(|piece| self.levels(*piece).is_none()) {
            return false;
        }
        rows.write(w, first.map(|(_, dense)| dense));
        let ones = pieces.iter().find(|piece| matches!(blocks[piece.block], Block::Ones));
        let mut entry = |i: usize, j: usize, value: f64| info[i.max(j) * self.p + i.min(j)] += value;
        for piece in pieces {
            let Some(codes) = self.levels(*piece) else { continue };
            for (level, sums) in rows.sums(codes, piece.coefs).enumerate() {
                let at = piece.first + level;
                entry(at, at, sums[0]);
                if let Some(ones) = ones {
                    entry(at, ones.first, sums[0]);
                }
                if let Some((columns, dense)) = first {
                    (0..dense.cols).for_each(|j| entry(at, columns.first + j, sums[1 + j]));
                }
            }
        }
        true
    }

    /// Adds X' diag(w) Y of two pieces to the lower triangle, X' W Y + Y' W X where both are the same range.
    fn add(&mut self, x: Piece, y: Piece, w: &[f64], same: bool, info: &mut [f64]) {
        let (p, (low, high)) = (self.p, if x.first < y.first { (x, y) } else { (y, x) });
        let (a, b) = (&self.chunk.blocks[high.block], &self.chunk.blocks[low.block]);
        let at = high.first * p + low.first;
        if same {
            add_gram(a, b, w, true, &mut Target { matrix: info, stride: p, at }, &mut self.tables);
        } else if high.block == low.block && matches!(a, Block::Dense(_)) {
            // X' W X is symmetric: half of it is enough, for two parameters with the same columns too.
            let twice = if high.first == low.first { 2.0 } else { 1.0 };
            self.half(a, high.coefs, w);
            for i in 0..high.coefs {
                for j in 0..high.coefs {
                    let value = self.square[i.max(j) * high.coefs + i.min(j)];
                    if high.first != low.first || j <= i {
                        info[at + i * p + j] += twice * value;
                    }
                }
            }
        } else if high.first != low.first {
            add_gram(a, b, w, false, &mut Target { matrix: info, stride: p, at }, &mut self.tables);
        } else {
            // Two parameters share these coefficients: both orders fall into the same square.
            let q = high.coefs;
            self.square.clear();
            self.square.resize(q * q, 0.0);
            let mut target = Target { matrix: &mut self.square, stride: q, at: 0 };
            add_gram(a, b, w, false, &mut target, &mut self.tables);
            for i in 0..q {
                for j in 0..=i {
                    info[at + i * p + j] += self.square[i * q + j] + self.square[j * q + i];
                }
            }
        }
    }

    /// The lower triangle of X' diag(w) X of one block, in the square.
    fn half(&mut self, block: &Block, q: usize, w: &[f64]) {
        self.square.clear();
        self.square.resize(q * q, 0.0);
        let mut target = Target { matrix: &mut self.square, stride: q, at: 0 };
        add_gram(block, block, w, true, &mut target, &mut self.tables);
    }
}
