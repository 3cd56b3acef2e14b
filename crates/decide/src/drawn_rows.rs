//! Rows drawn with replacement, part by part of the data: how many fall into each part is multinomial, and inside a part
//! they are drawn like any rows, so that no part need be at hand while another is looked at.

use crate::Draws;
use crate::binomial::binomial;

/// What is drawn from: as many draws as rows.
#[derive(Clone, Copy, Debug)]
pub struct DrawnRows {
    /// Rows of the data.
    pub rows: usize,
    /// Rows of every part but the last.
    pub part_rows: usize,
    /// Of the draws.
    pub seed: u64,
}

impl DrawnRows {
    fn size(&self, part: usize) -> usize {
        self.part_rows.min(self.rows - part * self.part_rows)
    }

    /// Draws of a replicate that fall into each part: binomial, given those before.
    pub fn counts(&self, replicate: u64) -> Vec<usize> {
        let parts = self.rows.div_ceil(self.part_rows);
        // No part has this number.
        let mut draws = Draws::of_part(self.seed, replicate, usize::MAX);
        let (mut left, mut rows) = (self.rows as f64, self.rows as f64);
        (0..parts)
            .map(|part| {
                let size = self.size(part) as f64;
                let count = if part + 1 == parts { left } else { binomial(&mut draws, left, size, rows) };
                left -= count;
                rows -= size;
                count as usize
            })
            .collect()
    }

    /// The rows of a part that a replicate draws, `count` of them, from 0 and with repetitions.
    pub fn drawn(&self, replicate: u64, part: usize, count: usize) -> impl Iterator<Item = usize> + use<> {
        let size = self.size(part);
        let mut draws = Draws::of_part(self.seed, replicate, part);
        (0..count).map(move |_| draws.below(size))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_every_part_is_drawn_as_often_as_any() {
        let rows = DrawnRows { rows: 25, part_rows: 10, seed: 4 };
        let replicates = 40_000;
        let mut seen = [0.0_f64; 25];
        let mut squares = 0.0_f64;
        for replicate in 0..replicates {
            let counts = rows.counts(replicate);
            assert_eq!((counts.len(), counts.iter().sum::<usize>()), (3, 25));
            let in_first = counts[0] as f64 - 10.0;
            squares += in_first * in_first;
            for (part, count) in counts.into_iter().enumerate() {
                rows.drawn(replicate, part, count).for_each(|row| seen[10 * part + row] += 1.0);
            }
        }
        // A row's count has mean 1 and variance 24 / 25: five standard errors of the mean over replicates.
        let n = replicates as f64;
        assert!(seen.iter().all(|count| (count / n - 1.0).abs() < 5.0 / n.sqrt()), "{seen:?}");
        // Binomial(25, 2/5) has variance 6, its estimate a standard error of 6 root(2 / n).
        assert!((squares / n - 6.0).abs() < 5.0 * 6.0 * (2.0 / n).sqrt());
    }

    #[test]
    fn one_part_is_drawn_like_rows_without_parts() {
        let rows = DrawnRows { rows: 7, part_rows: 10, seed: 9 };
        assert_eq!(rows.counts(3), [7]);
        let mut draws = Draws::new(9, 3);
        assert!(rows.drawn(3, 0, 7).all(|row| row == draws.below(7)));
    }
}
