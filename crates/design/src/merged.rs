//! Rows that cannot be told apart become one row with their weight.
//!
//! A model without covariates sees nothing of a row but its response: of a million zeros and ones two rows are left.
//! Sums of weights run in row order within a part, parts in their order, so they do not depend on threads.

use crate::parallel::in_order;
use crate::{Block, BlockSpec, Chunk, Frame, MemorySource, PART_ROWS, RowColumns};
use loglik_num::LANE;

/// Most distinct rows; with more of them merging gains little.
const MOST: usize = 1_000;

/// Most response columns that are compared.
const COLUMNS: usize = 3;

/// One distinct response and the rows that have it.
#[derive(Clone, Copy, Debug)]
struct Group {
    y: [f64; COLUMNS],
    weight: f64,
}

/// Groups in order of their responses.
#[derive(Debug, Default)]
struct Groups {
    sorted: Vec<Group>,
    /// Where the last row went: neighbours are often alike.
    last: usize,
}

impl Groups {
    /// Adds a row; false where there are too many groups.
    fn add(&mut self, y: [f64; COLUMNS], weight: f64) -> bool {
        let is_last = self.sorted.get(self.last).is_some_and(|group| group.y == y);
        if !is_last {
            let order = |group: &Group| {
                let pairs = group.y.iter().zip(&y).map(|(a, b)| a.total_cmp(b));
                pairs.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            };
            match self.sorted.binary_search_by(order) {
                Ok(at) => self.last = at,
                Err(_) if self.sorted.len() >= MOST => return false,
                Err(at) => {
                    self.sorted.insert(at, Group { y, weight: 0.0 });
                    self.last = at;
                }
            }
        }
        self.sorted[self.last].weight += weight;
        true
    }
}

impl RowColumns<'_> {
    /// The rows as a model without covariates sees them; `None` where they differ in more than few responses, or in an
    /// offset or a precision.
    ///
    /// * `n`    rows
    /// * `ones` the block that is the intercept
    #[must_use]
    pub fn merged(&self, n: usize, ones: usize, threads: usize) -> Option<MemorySource> {
        let columns = self.y.len();
        let plain = self.log_precision.is_none() && self.offsets.iter().all(Option::is_none);
        if !plain || columns == 0 || columns > COLUMNS {
            return None;
        }
        let of_part = |part: usize| {
            let mut groups = Groups::default();
            for r in part * PART_ROWS..n.min((part + 1) * PART_ROWS) {
                let y = std::array::from_fn(|c| self.y.get(c).map_or(0.0, |column| column[r]));
                let weight = self.weight.as_ref().map_or(1.0, |weight| weight[r]);
                if weight != 0.0 && !groups.add(y, weight) {
                    return Err(());
                }
            }
            Ok(groups.sorted)
        };
        let parts = in_order(n.div_ceil(PART_ROWS), threads, &of_part).ok()?;
        let mut all = Groups::default();
        if !parts.iter().flatten().all(|group| all.add(group.y, group.weight)) {
            return None;
        }
        Some(source(&all.sorted, columns, ones))
    }
}

impl MemorySource {
    /// Rows of a model without covariates: a response and a weight each.
    ///
    /// * `ones` the block that is the intercept
    #[must_use]
    pub fn weighted(rows: &[(f64, f64)], ones: usize) -> Self {
        let group = |(y, weight): &(f64, f64)| Group { y: [*y, 0.0, 0.0], weight: *weight };
        source(&rows.iter().map(group).collect::<Vec<_>>(), 1, ones)
    }
}

/// One chunk with a row for each group.
fn source(groups: &[Group], columns: usize, ones: usize) -> MemorySource {
    let rows = groups.len();
    let n = rows.next_multiple_of(LANE);
    let last = groups.last().map_or([0.0; COLUMNS], |group| group.y);
    let column = |c: usize| {
        let mut y: Vec<f64> = groups.iter().map(|group| group.y[c]).collect();
        y.resize(n, last[c]);
        y
    };
    let mut weight: Vec<f64> = groups.iter().map(|group| group.weight).collect();
    weight.resize(n, 0.0);
    let chunk = Chunk {
        rows,
        n,
        y: (0..columns).map(column).collect(),
        weight,
        blocks: vec![Block::Ones; ones + 1],
        ..Chunk::default()
    };
    let frame = Frame { rows, y: columns, blocks: vec![BlockSpec::Ones; ones + 1], ..Frame::default() };
    MemorySource { frame, parts: vec![vec![chunk]] }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;

    #[test]
    fn rows_alike_become_one_with_the_sum_of_their_weights() {
        let y = vec![1.0, 0.0, 1.0, 1.0, 0.0];
        let weight = vec![2.0, 1.0, 3.0, 0.0, 0.5];
        let rows =
            RowColumns { y: vec![Cow::Owned(y)], weight: Some(Cow::Owned(weight)), ..RowColumns::default() };
        let merged = rows.merged(5, 0, 1).expect("two responses");
        let chunk = &merged.parts[0][0];
        assert_eq!((chunk.rows, chunk.n, merged.frame.rows), (2, 8, 2));
        assert_eq!((&chunk.y[0][..2], &chunk.weight[..3]), (&[0.0, 1.0][..], &[1.5, 5.0, 0.0][..]));
    }

    #[test]
    fn many_responses_are_left_as_they_are() {
        let y: Vec<f64> = (0..2_000).map(f64::from).collect();
        let rows = RowColumns { y: vec![Cow::Owned(y)], ..RowColumns::default() };
        assert!(rows.merged(2_000, 0, 1).is_none());
    }
}
