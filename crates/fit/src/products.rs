//! Score and information of a chunk: row derivatives times the design, pieces pair by pair.
//!
//! Whoever has changed the row derivatives (squared scores for a robust meat, adjusted scores) sums them here too.

use crate::joint::{self, Group, Member};
use crate::model::{Model, Piece};
use loglik_design::{Block, Chunk, Tables, Target, WeightedRows, add_gram};
use loglik_likelihood::RowDerivs;
use loglik_num::Lane;
use std::collections::BTreeMap;

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

/// Scratch for sums of products, kept from chunk to chunk.
#[derive(Debug, Default)]
pub struct Products {
    tables: Tables,
    square: Vec<f64>,
    w: Vec<f64>,
    rows: WeightedRows,
    /// Which categoricals are summed together, by their sizes and the rows of a chunk.
    joined: BTreeMap<(Vec<usize>, usize), Vec<Vec<usize>>>,
}

impl Products {
    /// Adds `-sum_kl X_k' diag(h_kl) X_l`, lower triangle.
    ///
    /// * `derivs` weighted derivatives in `eta`, zero on padding             `[n]`
    /// * `info`   added to                                                   `[p, p]`
    pub fn add_info(&mut self, model: &Model, chunk: &Chunk, derivs: &RowDerivs, info: &mut [f64]) {
        let mut w = std::mem::take(&mut self.w);
        w.resize(chunk.n, 0.0);
        let mut pairs = Pairs { chunk, p: model.p, scratch: self };
        for (i, a) in model.predictors.iter().enumerate() {
            for (j, b) in model.predictors.iter().enumerate().take(i + 1) {
                w.iter_mut().zip(derivs.h(i, j)).for_each(|(w, h)| *w = -h);
                let by_level = i == j && pairs.add_by_level(&a.pieces, &w, info);
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
        self.w = w;
    }
}

/// Grams of pairs of pieces of one chunk.
struct Pairs<'a> {
    chunk: &'a Chunk,
    p: usize,
    scratch: &'a mut Products,
}

impl<'a> Pairs<'a> {
    /// The codes of a piece that is a categorical, few levels for the rows of a chunk, multiplied by nothing.
    fn levels(&self, piece: Piece) -> Option<&'a [u32]> {
        match &self.chunk.blocks[piece.block] {
            Block::Levels(levels) if levels.times.is_none() && levels.coefs <= self.chunk.n => {
                Some(&levels.codes)
            }
            _ => None,
        }
    }

    /// Whether [`Pairs::add_by_level`] sums a pair: a categorical with itself, another one, the intercept or the dense
    /// columns.
    fn is_by_level(&self, x: Piece, y: Piece) -> bool {
        let plain = |piece: Piece| !matches!(self.chunk.blocks[piece.block], Block::Levels(_));
        let of = |levels: Piece, other: Piece| {
            self.levels(levels).is_some() && (plain(other) || self.levels(other).is_some())
        };
        of(x, y) || of(y, x)
    }

    /// Adds every categorical of one predictor with itself, the others, the intercept and the dense columns; false, with
    /// nothing added, where the design is not of that kind.
    fn add_by_level(&mut self, pieces: &[Piece], w: &[f64], info: &mut [f64]) -> bool {
        let blocks = &self.chunk.blocks;
        let mut dense = pieces.iter().filter_map(|piece| match &blocks[piece.block] {
            Block::Dense(dense) => Some((piece, dense)),
            _ => None,
        });
        let (first, second) = (dense.next(), dense.next());
        let narrow = WeightedRows::takes(first.map(|(_, dense)| dense)) && second.is_none();
        let members: Vec<Member<'_>> = pieces
            .iter()
            .filter_map(|piece| self.levels(*piece).map(|codes| Member { piece: *piece, codes }))
            .collect();
        if !narrow || members.is_empty() {
            return false;
        }
        let Products { tables, rows, joined, .. } = &mut *self.scratch;
        rows.write(w, first.map(|(_, dense)| dense));
        let ones = pieces.iter().find(|piece| matches!(blocks[piece.block], Block::Ones));
        let p = self.p;
        let places: Vec<usize> = members.iter().map(|member| member.piece.coefs + 1).collect();
        let partition = joined
            .entry((places, self.chunk.n))
            .or_insert_with_key(|(places, n)| joint::partition(places, *n, rows.width()));
        let groups: Vec<Group<'_>> =
            partition.iter().map(|at| Group::new(at.iter().map(|at| members[*at]).collect())).collect();
        let each = |info: &mut &mut [f64], piece: &Piece, level: usize, sums: &[Lane]| {
            let at = piece.first + level;
            let mut entry = |j: usize, value: f64| info[at.max(j) * p + at.min(j)] += value;
            entry(at, sums[0].0[0]);
            if let Some(ones) = ones {
                entry(ones.first, sums[0].0[0]);
            }
            if let Some((columns, dense)) = first {
                let sums = sums.iter().flat_map(|lane| lane.0).skip(1).take(dense.cols).enumerate();
                sums.for_each(|(j, sum)| entry(columns.first + j, sum));
            }
        };
        let mut info = info;
        for (i, group) in groups.iter().enumerate() {
            group.sums(rows, &mut info, each, |info, a, b, table| add_table(a, b, table, p, info));
            for other in &groups[..i] {
                if let (Some(a), Some(b)) = (group.alone(), other.alone()) {
                    let (high, low) = if a.piece.first > b.piece.first { (a, b) } else { (b, a) };
                    let to = &mut info[high.piece.first * p + low.piece.first..];
                    let (high, low) = ((high.codes, high.piece.coefs), (low.codes, low.piece.coefs));
                    tables.two_way(high, low, |r| w[r], to, p);
                    continue;
                }
                let (many, few) =
                    if group.members.len() < other.members.len() { (other, group) } else { (group, other) };
                many.two_way(few, w, tables, |a, b, table| add_table(a, b, table, p, info));
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
            add_gram(a, b, w, true, &mut Target { matrix: info, stride: p, at }, &mut self.scratch.tables);
        } else if high.block == low.block && matches!(a, Block::Dense(_)) {
            // X' W X is symmetric: half of it is enough, for two parameters with the same columns too.
            let twice = if high.first == low.first { 2.0 } else { 1.0 };
            self.half(a, high.coefs, w);
            for i in 0..high.coefs {
                for j in 0..high.coefs {
                    let value = self.scratch.square[i.max(j) * high.coefs + i.min(j)];
                    if high.first != low.first || j <= i {
                        info[at + i * p + j] += twice * value;
                    }
                }
            }
        } else if high.first != low.first {
            add_gram(a, b, w, false, &mut Target { matrix: info, stride: p, at }, &mut self.scratch.tables);
        } else {
            // Two parameters share these coefficients: both orders fall into the same square.
            let q = high.coefs;
            self.scratch.square.clear();
            self.scratch.square.resize(q * q, 0.0);
            let Products { square, tables, .. } = &mut *self.scratch;
            add_gram(a, b, w, false, &mut Target { matrix: square, stride: q, at: 0 }, tables);
            for i in 0..q {
                for j in 0..=i {
                    info[at + i * p + j] += self.scratch.square[i * q + j] + self.scratch.square[j * q + i];
                }
            }
        }
    }

    /// The lower triangle of X' diag(w) X of one block, in the square.
    fn half(&mut self, block: &Block, q: usize, w: &[f64]) {
        self.scratch.square.clear();
        self.scratch.square.resize(q * q, 0.0);
        let Products { square, tables, .. } = &mut *self.scratch;
        add_gram(block, block, w, true, &mut Target { matrix: square, stride: q, at: 0 }, tables);
    }
}

/// Adds a table of two pieces to the lower triangle.
fn add_table(a: &Piece, b: &Piece, table: &[f64], p: usize, info: &mut [f64]) {
    for (i, row) in table.chunks_exact(b.coefs.max(1)).enumerate() {
        if a.first > b.first {
            let to = &mut info[(a.first + i) * p + b.first..][..b.coefs];
            to.iter_mut().zip(row).for_each(|(to, value)| *to += value);
        } else {
            row.iter().enumerate().for_each(|(j, value)| info[(b.first + j) * p + a.first + i] += value);
        }
    }
}
