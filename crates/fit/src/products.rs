//! Score and information of a chunk: row derivatives times the design, pieces pair by pair.
//!
//! Whoever has changed the row derivatives (squared scores for a robust meat, adjusted scores) sums them here too.

use crate::model::{Model, Piece};
use loglik_design::{Chunk, Target, add_gram};
use loglik_likelihood::RowDerivs;

/// Adds `sum_k X_k' g_k`.
///
/// * `derivs` weighted derivatives in `eta`, zero on padding                 `[n]`
/// * `score`  added to                                                       `[p]`
pub fn add_score(model: &Model, chunk: &Chunk, derivs: &RowDerivs, score: &mut [f64]) {
    for (i, predictor) in model.predictors.iter().enumerate() {
        for piece in &predictor.pieces {
            let range = piece.first..piece.first + piece.coefs;
            chunk.blocks[piece.block].add_score(derivs.g(i), &mut score[range]);
        }
    }
}

/// Adds `-sum_kl X_k' diag(h_kl) X_l`, lower triangle.
///
/// * `derivs` weighted derivatives in `eta`, zero on padding                 `[n]`
/// * `info`   added to                                                       `[p, p]`
pub fn add_info(model: &Model, chunk: &Chunk, derivs: &RowDerivs, info: &mut [f64]) {
    let p = model.p;
    let mut w = vec![0.0; chunk.n];
    let mut scratch = vec![0.0; chunk.n];
    for (i, a) in model.predictors.iter().enumerate() {
        for (j, b) in model.predictors.iter().enumerate().take(i + 1) {
            w.iter_mut().zip(derivs.h(i, j)).for_each(|(w, h)| *w = -h);
            for (s, x) in a.pieces.iter().enumerate() {
                let last = if i == j { s + 1 } else { b.pieces.len() };
                for y in &b.pieces[..last] {
                    pair(chunk, *x, *y, &w, i == j && x.first == y.first, p, info, &mut scratch);
                }
            }
        }
    }
}

/// Adds X' diag(w) Y of two pieces to the lower triangle, X' W Y + Y' W X where both are the same range.
#[allow(clippy::too_many_arguments, reason = "two pieces, a weight, a target: all borrowed from the pass")]
fn pair(
    chunk: &Chunk,
    x: Piece,
    y: Piece,
    w: &[f64],
    same: bool,
    p: usize,
    info: &mut [f64],
    scratch: &mut [f64],
) {
    let (a, b) = (&chunk.blocks[x.block], &chunk.blocks[y.block]);
    if same || x.first > y.first {
        let mut target = Target { matrix: info, stride: p, at: x.first * p + y.first };
        add_gram(a, b, w, same, &mut target, scratch);
    } else if x.first < y.first {
        let mut target = Target { matrix: info, stride: p, at: y.first * p + x.first };
        add_gram(b, a, w, false, &mut target, scratch);
    } else {
        // Two parameters share these coefficients: both orders fall into the same square.
        let q = x.coefs;
        let mut square = vec![0.0; q * q];
        add_gram(a, b, w, false, &mut Target { matrix: &mut square, stride: q, at: 0 }, scratch);
        for i in 0..q {
            for j in 0..=i {
                info[(x.first + i) * p + y.first + j] += square[i * q + j] + square[j * q + i];
            }
        }
    }
}
