//! One row of the design, predictor by predictor, in the coefficients that are kept.

use loglik_design::Chunk;
use loglik_fit::Model;

/// Entries of a row: for each predictor, places among the kept coefficients and values.
#[derive(Debug, Default)]
pub(crate) struct DesignRow {
    entries: Vec<Vec<(usize, f64)>>,
}

impl DesignRow {
    /// Reads row `r`; `places` says where each coefficient stands among the kept ones `[p]`.
    pub(crate) fn read(&mut self, model: &Model, places: &[Option<usize>], chunk: &Chunk, r: usize) {
        self.entries.resize_with(model.predictors.len(), Vec::new);
        for (entries, predictor) in self.entries.iter_mut().zip(&model.predictors) {
            entries.clear();
            for piece in &predictor.pieces {
                chunk.blocks[piece.block].each_entry(r, |j, x| {
                    if let (Some(place), true) = (places[piece.first + j], x != 0.0) {
                        entries.push((place, x));
                    }
                });
            }
        }
    }

    /// Entries of predictor `i`.
    pub(crate) fn of(&self, i: usize) -> &[(usize, f64)] {
        &self.entries[i]
    }

    /// `out += X' g`                                                        `[q]`
    pub(crate) fn add_score(&self, g: &[f64], out: &mut [f64]) {
        for (entries, g) in self.entries.iter().zip(g).filter(|(_, g)| **g != 0.0) {
            entries.iter().for_each(|(at, x)| out[*at] += g * x);
        }
    }

    /// `out += X' J X`, lower triangle; `j` symmetric `[k, k]`              `[q, q]`
    pub(crate) fn add_info(&self, j: &[f64], q: usize, out: &mut [f64]) {
        let k = self.entries.len();
        for (a, rows) in self.entries.iter().enumerate() {
            for (b, columns) in self.entries.iter().enumerate() {
                let w = j[a * k + b];
                if w == 0.0 {
                    continue;
                }
                for (at, x) in rows {
                    for (under, y) in columns.iter().filter(|(under, _)| under <= at) {
                        out[at * q + under] += w * x * y;
                    }
                }
            }
        }
    }
}
