//! Rows that cannot be told apart become one row with their weight.
//!
//! A model without covariates sees nothing of a row but its response: of a million zeros and ones two rows are left.
//! Sums of weights run in row order within a part, parts in their order, so they do not depend on threads.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::ops::Range;

use crate::parallel::in_order;
use crate::{Block, BlockSpec, Chunk, Frame, MemorySource, PART_ROWS, RowColumns};
use loglik_num::LANE;

/// Most distinct rows; with more of them merging gains little.
const MOST: usize = 1_000;

/// Counts that are added up without being looked up.
const COUNTS: usize = 256;

/// Most response columns that are compared.
const COLUMNS: usize = 3;

/// One distinct response and the rows that have it.
#[derive(Clone, Copy, Debug)]
struct Group {
    y: [f64; COLUMNS],
    weight: f64,
}

/// The distinct responses of some rows and the sum of the weights of each.
#[derive(Clone, Debug, Default)]
pub struct Distinct {
    groups: Vec<Group>,
    /// Where the group of a response is, by its bits.
    places: HashMap<[u64; COLUMNS], usize>,
    /// Response columns.
    columns: usize,
    /// Where the last row went: neighbours are often alike.
    last: usize,
}

impl Distinct {
    /// Of rows `range` of these columns; `None` where they differ in more than few responses, or in an offset or a
    /// precision.
    #[must_use]
    pub fn of(rows: &RowColumns<'_>, range: Range<usize>) -> Option<Self> {
        let columns = rows.y.len();
        let plain = rows.log_precision.is_none() && rows.offsets.iter().all(Option::is_none);
        if !plain || columns == 0 || columns > COLUMNS {
            return None;
        }
        let mut out = Self { columns, ..Self::default() };
        // Small counts have a place of their own; all else is looked up.
        let mut counts = [0.0; COUNTS];
        for r in range {
            let y: [f64; COLUMNS] = std::array::from_fn(|c| rows.y.get(c).map_or(0.0, |column| column[r]));
            let weight = rows.weight.as_ref().map_or(1.0, |weight| weight[r]);
            match y[0] as usize {
                count if columns == 1 && count < COUNTS && y[0] == count as f64 => counts[count] += weight,
                _ if weight != 0.0 && !out.add(y, weight) => return None,
                _ => {}
            }
        }
        let mut counts = counts.iter().enumerate().filter(|(_, weight)| **weight != 0.0);
        counts.all(|(count, weight)| out.add([count as f64, 0.0, 0.0], *weight)).then_some(out)
    }

    /// Of these rows and later ones.
    #[must_use]
    pub fn and(mut self, later: &Self) -> Option<Self> {
        later.groups.iter().all(|group| self.add(group.y, group.weight)).then_some(self)
    }

    /// Adds a row; false where there are too many.
    fn add(&mut self, y: [f64; COLUMNS], weight: f64) -> bool {
        if self.groups.get(self.last).is_none_or(|group| group.y != y) {
            let next = self.groups.len();
            self.last = *self.places.entry(y.map(f64::to_bits)).or_insert(next);
            if self.last == next {
                if next >= MOST {
                    return false;
                }
                self.groups.push(Group { y, weight: 0.0 });
            }
        }
        self.groups[self.last].weight += weight;
        true
    }

    /// One chunk with a row for each distinct response, in their order; `ones` is the block that is the intercept.
    #[must_use]
    pub fn source(&self, ones: usize) -> MemorySource {
        let mut groups = self.groups.clone();
        groups.sort_unstable_by(|a, b| {
            let pairs = a.y.iter().zip(&b.y).map(|(a, b)| a.total_cmp(b));
            pairs.fold(Ordering::Equal, Ordering::then)
        });
        chunk(&groups, self.columns, ones)
    }
}

/// One chunk of these rows.
fn chunk(groups: &[Group], columns: usize, ones: usize) -> MemorySource {
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

impl MemorySource {
    /// Rows of a model without covariates: a response and a weight each.
    ///
    /// * `ones` the block that is the intercept
    #[must_use]
    pub fn weighted(rows: &[(f64, f64)], ones: usize) -> Self {
        let group = |(y, weight): &(f64, f64)| Group { y: [*y, 0.0, 0.0], weight: *weight };
        chunk(&rows.iter().map(group).collect::<Vec<_>>(), 1, ones)
    }
}

impl RowColumns<'_> {
    /// The distinct responses of the first `n` rows; `None` as of [`Distinct::of`].
    #[must_use]
    pub fn distinct(&self, n: usize, threads: usize) -> Option<Distinct> {
        let of = |part: usize| Distinct::of(self, part * PART_ROWS..n.min((part + 1) * PART_ROWS));
        // Where responses are many, the first part mostly tells.
        let first = of(0)?;
        let later =
            in_order(n.div_ceil(PART_ROWS).saturating_sub(1), threads, &|part| of(part + 1).ok_or(()));
        later.ok()?.iter().try_fold(first, |all, part| all.and(part))
    }
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
            RowColumns { y: vec![y.into()], weight: Some(Cow::Owned(weight)), ..RowColumns::default() };
        let merged = rows.distinct(5, 1).expect("two responses").source(0);
        let chunk = &merged.parts[0][0];
        assert_eq!((chunk.rows, chunk.n, merged.frame.rows), (2, 8, 2));
        assert_eq!((&chunk.y[0][..2], &chunk.weight[..3]), (&[0.0, 1.0][..], &[1.5, 5.0, 0.0][..]));
    }

    #[test]
    fn small_counts_and_other_numbers_are_in_one_order() {
        let y = vec![3.0, 700.0, 0.0, 3.0, 0.5, 255.0, 700.0];
        let rows = RowColumns { y: vec![y.into()], ..RowColumns::default() };
        let merged = rows.distinct(7, 1).expect("five responses").source(0);
        let chunk = &merged.parts[0][0];
        assert_eq!(chunk.y[0][..5], [0.0, 0.5, 3.0, 255.0, 700.0]);
        assert_eq!(chunk.weight[..5], [1.0, 1.0, 2.0, 1.0, 2.0]);
    }

    #[test]
    fn many_responses_are_left_as_they_are() {
        let y: Vec<f64> = (0..2_000).map(f64::from).collect();
        let rows = RowColumns { y: vec![y.into()], ..RowColumns::default() };
        assert!(rows.distinct(2_000, 1).is_none());
    }
}
