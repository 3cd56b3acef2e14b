//! Where does the share of cases cross a value? The likelihood ratio of every cut, for shares that rise with the score.
//!
//! Cost, Youden's index and F-beta are best where a row is a case with one certain chance, and the cut that is best on
//! the data is where the isotonic fit of the shares crosses it. Held to cross at a cut, the best fit is the isotonic one
//! of the rows below, none above the value, and that of the rows above, none below it. Twice the difference of the two
//! log-likelihoods has a limit that no nuisance enters (Banerjee & Wellner 2001, Annals of Statistics 29, 1699-1731),
//! unlike the bootstrap of the cut itself, which is not consistent (Abrevaya & Huang 2005, Econometrica 73, 1175-1204).
//! Adjacent violators are pooled once from below and, classes exchanged, once from above: all cuts cost two walks.

use crate::Level;
use loglik_num::{Kernel, dispatch, log, log1p};

/// Rows of one score.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cell {
    pub(crate) cases: f64,
    pub(crate) controls: f64,
}

impl Cell {
    #[inline(always)]
    pub(crate) fn total(self) -> f64 {
        self.cases + self.controls
    }

    pub(crate) fn of(level: &Level) -> Self {
        Self { cases: level.cases, controls: level.controls }
    }

    pub(crate) fn exchanged(self) -> Self {
        Self { cases: self.controls, controls: self.cases }
    }

    /// Log-likelihood of its labels at a share of cases, of which 0 and 1 may be certain.
    #[inline(always)]
    fn loglik(self, share: f64) -> f64 {
        let of_case = if self.cases > 0.0 { log(share) } else { 0.0 };
        let of_control = if self.controls > 0.0 { log1p(-share) } else { 0.0 };
        self.loglik_of((of_case, of_control))
    }

    /// The same of the logs of the share and of what it leaves.
    #[inline(always)]
    fn loglik_of(self, (of_case, of_control): (f64, f64)) -> f64 {
        let of_cases = if self.cases > 0.0 { self.cases * of_case } else { 0.0 };
        let of_controls = if self.controls > 0.0 { self.controls * of_control } else { 0.0 };
        of_cases + of_controls
    }
}

/// Cells pooled so far, shares rising.
#[derive(Debug, Default)]
pub(crate) struct Pools(Vec<Cell>);

impl Pools {
    /// Adds the cell of the next score; pools that violate the order become one. Returns how many pools stand.
    #[inline(always)]
    fn push(&mut self, mut cell: Cell) -> usize {
        while let Some(last) = self.0.last()
            && last.cases * cell.total() >= cell.cases * last.total()
        {
            cell = Cell { cases: cell.cases + last.cases, controls: cell.controls + last.controls };
            self.0.pop();
        }
        self.0.push(cell);
        self.0.len()
    }

    fn refill(&mut self, cells: impl Iterator<Item = Cell>) {
        self.0.clear();
        for cell in cells.filter(|cell| cell.total() > 0.0) {
            self.push(cell);
        }
    }

    fn loglik(&self, most: f64) -> f64 {
        self.0.iter().map(|pool| pool.loglik((pool.cases / pool.total()).min(most))).sum()
    }
}

/// Likelihood ratio of a crossing of `share` below the cell number `cut`.
///
/// * `cells` by rising score; empty ones are passed over
pub(crate) fn ratio_at(cells: &[Cell], cut: usize, share: f64, pools: &mut Pools) -> f64 {
    pools.refill(cells.iter().copied());
    let free = pools.loglik(1.0);
    pools.refill(cells[..cut].iter().copied());
    let below = pools.loglik(share);
    pools.refill(cells[cut..].iter().rev().map(|cell| cell.exchanged()));
    2.0 * (free - below - pools.loglik(1.0 - share))
}

/// Log-likelihood of the cells so far, with shares that rise: free, and none above `most`.
#[derive(Debug)]
pub(crate) struct Held {
    most: f64,
    /// Logs of `most` and of what it leaves.
    logs: (f64, f64),
    pools: Pools,
    /// Sums over the pools up to each, free and held.
    sums: Vec<(f64, f64)>,
}

impl Held {
    pub(crate) fn new(most: f64) -> Self {
        Self { most, logs: (log(most), log1p(-most)), pools: Pools::default(), sums: Vec::new() }
    }

    /// Takes cells in their order, and adds the held log-likelihood behind each to `out`.
    pub(crate) fn take(&mut self, cells: impl Iterator<Item = Cell>, out: &mut Vec<f64>) {
        dispatch(Take { held: self, cells, out });
    }

    /// Free log-likelihood of all cells taken.
    pub(crate) fn free(&self) -> f64 {
        self.sums.last().map_or(0.0, |sum| sum.0)
    }
}

struct Take<'a, I> {
    held: &'a mut Held,
    cells: I,
    out: &'a mut Vec<f64>,
}

impl<I: Iterator<Item = Cell>> Kernel for Take<'_, I> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Take { held: Held { most, logs, pools, sums }, cells, out } = self;
        for cell in cells {
            let count = pools.push(cell);
            sums.truncate(count - 1);
            let pool = pools.0[count - 1];
            let share = pool.cases / pool.total();
            let free = pool.loglik(share);
            let at_most = if share > *most { pool.loglik_of(*logs) } else { free };
            let before = sums.last().copied().unwrap_or_default();
            sums.push((before.0 + free, before.1 + at_most));
            out.push(before.1 + at_most);
        }
    }
}

/// Likelihood ratios of a crossing below each cell, and above all of them                        `[cells + 1]`
///
/// * `below` held log-likelihoods of the first 0, 1, .. cells by rising score, at most the share  `[cells + 1]`
/// * `above` the same by falling score, classes exchanged, at most the rest of it                 `[cells + 1]`
/// * `free`  log-likelihood of all cells
pub(crate) fn ratios(mut below: Vec<f64>, above: &[f64], free: f64) -> Vec<f64> {
    below
        .iter_mut()
        .zip(above.iter().rev())
        .for_each(|(ratio, above)| *ratio = 2.0 * (free - *ratio - above));
    below
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draws;

    fn cells(labels: &[u8]) -> Vec<Cell> {
        labels.iter().map(|&y| Cell { cases: f64::from(y), controls: f64::from(1 - y) }).collect()
    }

    /// Ratios of all cuts.
    fn all_ratios(cells: &[Cell], share: f64) -> Vec<f64> {
        let (mut up, mut down) = (Held::new(share), Held::new(1.0 - share));
        let (mut below, mut above) = (vec![0.0], vec![0.0]);
        up.take(cells.iter().copied(), &mut below);
        down.take(cells.iter().rev().map(|cell| cell.exchanged()), &mut above);
        ratios(below, &above, up.free())
    }

    #[test]
    fn ratios_of_a_hand_count_are_those_of_pooled_shares() {
        // Isotonic shares 0, 1/2, 1/2, 1. Held to 1/2 below the first row, that row has 1/2 rather than 0; above all, the
        // last has 1/2 rather than 1. Between the pooled pair each side holds its row to the 1/2 that it has.
        let found = all_ratios(&cells(&[0, 1, 0, 1]), 0.5);
        let lost = 2.0 * std::f64::consts::LN_2;
        let want = [lost, 0.0, 0.0, 0.0, lost];
        // Sums of a few logs.
        assert!(found.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-14), "{found:?}");
    }

    #[test]
    fn the_ratio_at_one_cut_is_that_among_all_and_is_zero_where_the_cost_is_least() {
        let mut draws = Draws::new(3, 0);
        let labels: Vec<u8> = (0..300).map(|i| u8::from(draws.uniform() * 300.0 < f64::from(i))).collect();
        let (cells, share) = (cells(&labels), 0.3);
        let all = all_ratios(&cells, share);
        let mut pools = Pools::default();
        for (cut, ratio) in all.iter().enumerate() {
            // Sums of 300 logs in another order.
            assert!((ratio - ratio_at(&cells, cut, share, &mut pools)).abs() < 1e-10);
            assert!(*ratio > -1e-10);
        }
        // Cost of a cut: misses below at 1 - share, alarms above at share.
        let cost = |cut: usize| -> f64 {
            let below: f64 = cells[..cut].iter().map(|c| c.cases * (1.0 - share)).sum();
            below + cells[cut..].iter().map(|c| c.controls * share).sum::<f64>()
        };
        let best = (0..=300).min_by(|a, b| cost(*a).total_cmp(&cost(*b))).expect("cuts");
        assert!(all[best].abs() < 1e-10);
    }

    #[test]
    fn many_rows_have_the_ratio_of_the_published_limit() {
        // 95 % point of the limit: 2.269 (Groeneboom & Jongbloed 2014, ch. 9; Banerjee & Wellner 2001).
        let (rows, draws) = (4_000, 4_000);
        let mut pools = Pools::default();
        let mut found: Vec<f64> = (0..draws)
            .map(|number| {
                let mut draw = Draws::new(11, number);
                let chance = |i: usize| (i as f64 + 0.5) / rows as f64;
                let labels: Vec<u8> = (0..rows).map(|i| u8::from(draw.uniform() < chance(i))).collect();
                ratio_at(&cells(&labels), rows / 2, 0.5, &mut pools)
            })
            .collect();
        found.sort_unstable_by(f64::total_cmp);
        let above = found.iter().filter(|ratio| **ratio > 2.269).count() as f64 / f64::from(draws as u32);
        // Standard error of a share of 0.05 in 4,000 draws: 0.0034; three of them.
        assert!((above - 0.05).abs() < 0.0103, "{above}");
    }
}
