//! Categoricals of one predictor summed together: the combinations of their levels are levels of one.
//!
//! The information of many categoricals has a two-way table for each two of them, and each table costs an addition a row at a
//! place of its own. Where levels are few, their combinations are few too: two or three categoricals are then summed as one,
//! with fewer tables, and the tables of its members are sums of its cells. Which go together is chosen by what rows and
//! cells cost, from sizes alone.

use crate::model::Piece;
use loglik_design::{Tables, WeightedRows};
use loglik_num::{LANE, Lane};
use std::borrow::Cow;

/// Adding a row to a two-way table, in additions of a cell to another.
const ROW: f64 = 12.0;
/// Adding a row's weight and dense columns to its level.
const LINE: f64 = 15.0;
/// Putting a member's level into a row's joint code.
const CODE: f64 = 1.0;
/// Cells of a table for each row, at most.
const CELLS: usize = 4;
/// Partitions that are looked at, at most: more than six categoricals have; the best of those seen is taken.
const LOOKS: usize = 2_000;

/// Which of some categoricals are summed together.
///
/// * `places` levels of each, that without a coefficient among them
/// * `width`  numbers that are summed for each level
pub(crate) fn partition(places: &[usize], rows: usize, width: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..places.len()).collect();
    order.sort_by_key(|at| std::cmp::Reverse(places[*at]));
    let alone: Vec<Vec<usize>> = order.iter().map(|at| vec![*at]).collect();
    let cost = Cost { places, rows: rows as f64, width: width as f64 };
    let mut search = Search { cost: &cost, least: cost.of_all(&alone), best: alone, looks: 0 };
    search.place(&order, &mut Vec::new(), 0.0);
    search.best
}

/// A search through partitions, the large categoricals first, that turns back where the cost so far is too much.
struct Search<'a> {
    cost: &'a Cost<'a>,
    least: f64,
    best: Vec<Vec<usize>>,
    looks: usize,
}

impl Search<'_> {
    /// Places the categoricals of `rest`; a group more never costs less.
    fn place(&mut self, rest: &[usize], groups: &mut Vec<Vec<usize>>, cost: f64) {
        self.looks += 1;
        if cost >= self.least || self.looks > LOOKS {
            return;
        }
        let Some((at, rest)) = rest.split_first() else {
            (self.least, self.best) = (cost, groups.clone());
            return;
        };
        for g in (0..=groups.len()).rev() {
            let before = self.cost.with(groups, g);
            if g == groups.len() {
                groups.push(Vec::new());
            }
            groups[g].push(*at);
            let after = self.cost.with(groups, g);
            self.place(rest, groups, cost + after - before);
            groups[g].pop();
            groups.retain(|group| !group.is_empty());
        }
    }
}

/// What sums cost.
struct Cost<'a> {
    places: &'a [usize],
    rows: f64,
    width: f64,
}

impl Cost<'_> {
    fn size(&self, group: &[usize]) -> f64 {
        group.iter().map(|at| self.places[*at] as f64).product()
    }

    /// The sums of one group by level.
    fn of(&self, group: &[usize]) -> f64 {
        let rows = self.rows * LINE;
        match group.len() {
            1 => rows,
            members => rows + members as f64 * (self.rows * CODE + self.size(group) * self.width),
        }
    }

    /// One group's sums and its tables with the others.
    fn with(&self, groups: &[Vec<usize>], at: usize) -> f64 {
        let Some(group) = groups.get(at) else { return 0.0 };
        let others = groups.iter().enumerate().filter(|(other, _)| *other != at);
        self.of(group) + others.map(|(_, other)| self.of_two(group, other)).sum::<f64>()
    }

    fn of_all(&self, groups: &[Vec<usize>]) -> f64 {
        (0..groups.len()).map(|at| self.with(&groups[..=at], at)).sum()
    }

    /// The table of two groups; infinite where it has too many cells.
    fn of_two(&self, a: &[usize], b: &[usize]) -> f64 {
        let (cells, spread) = (self.size(a) * self.size(b), a.len() + b.len() - 2);
        if spread > 0 && cells > CELLS as f64 * self.rows {
            return f64::INFINITY;
        }
        self.rows * ROW + cells * (1 + spread) as f64
    }
}

/// A categorical: its piece of the coefficients and the rows' codes           `[n]`
#[derive(Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) piece: Piece,
    pub(crate) codes: &'a [u32],
}

/// Categoricals that are summed as one.
pub(crate) struct Group<'a> {
    pub(crate) members: Vec<Member<'a>>,
    /// The rows' cells                                                       `[n]`
    codes: Cow<'a, [u32]>,
    /// Cells with a sum.
    cells: usize,
    /// For each member the level of each cell; its number of coefficients for none `[members][cells]`
    levels: Vec<Vec<usize>>,
}

impl<'a> Group<'a> {
    pub(crate) fn new(members: Vec<Member<'a>>) -> Self {
        if let [one] = members.as_slice() {
            let coefs = one.piece.coefs;
            let (codes, levels) = (Cow::Borrowed(one.codes), vec![(0..coefs).collect()]);
            return Self { members, codes, cells: coefs, levels };
        }
        let mut codes = vec![0; members.first().map_or(0, |member| member.codes.len())];
        let mut cells = 1;
        for member in &members {
            let places = member.piece.coefs as u32 + 1;
            // A row without coefficient has the last place.
            let join = |(joint, code): (&mut u32, &u32)| *joint = *joint * places + (*code).min(places - 1);
            codes.iter_mut().zip(member.codes).for_each(join);
            cells *= places as usize;
        }
        let mut after = cells;
        let mut levels = Vec::with_capacity(members.len());
        for member in &members {
            let places = member.piece.coefs + 1;
            after /= places;
            levels.push((0..cells).map(|cell| cell / after % places).collect());
        }
        Self { members, codes: Cow::Owned(codes), cells, levels }
    }

    /// Sums of the weight and of each weighted column, by level, of every member, and the tables of each two of them:
    /// of the later by the earlier.
    ///
    /// * `to`    where both write
    /// * `each`  takes member, level and sums
    /// * `table` takes the two members and their table                       `[coefs, coefs]`
    pub(crate) fn sums<T>(
        &self,
        rows: &mut WeightedRows,
        to: &mut T,
        each: impl Fn(&mut T, &Piece, usize, &[Lane]),
        table: impl Fn(&mut T, &Piece, &Piece, &[f64]),
    ) {
        if let [one] = self.members.as_slice() {
            let sums = rows.sums(&self.codes, self.cells).enumerate();
            sums.for_each(|(level, sums)| each(to, &one.piece, level, sums));
            return;
        }
        let mut counts = Vec::with_capacity(self.cells);
        let lanes = rows.width() / LANE;
        let zeros = |member: &Member<'_>| vec![Lane::ZERO; (member.piece.coefs + 1) * lanes];
        let mut of: Vec<Vec<Lane>> = self.members.iter().map(zeros).collect();
        for (cell, sums) in rows.sums(&self.codes, self.cells).enumerate() {
            counts.push(sums[0].0[0]);
            for (to, levels) in of.iter_mut().zip(&self.levels) {
                let to = &mut to[levels[cell] * lanes..(levels[cell] + 1) * lanes];
                to.iter_mut().zip(sums).for_each(|(to, sum)| *to = *to + *sum);
            }
        }
        for (member, of) in self.members.iter().zip(&of) {
            let levels = of.chunks_exact(lanes).take(member.piece.coefs);
            levels.enumerate().for_each(|(level, sums)| each(to, &member.piece, level, sums));
        }
        for (i, a) in self.members.iter().enumerate() {
            for (j, b) in self.members.iter().enumerate().take(i) {
                let wide = b.piece.coefs;
                let mut cells = vec![0.0; a.piece.coefs * wide];
                for ((x, y), count) in self.levels[i].iter().zip(&self.levels[j]).zip(&counts) {
                    if *x < a.piece.coefs && *y < wide {
                        cells[x * wide + y] += count;
                    }
                }
                table(to, &a.piece, &b.piece, &cells);
            }
        }
    }

    /// The one member of a group that was not joined.
    pub(crate) fn alone(&self) -> Option<&Member<'a>> {
        self.members.first().filter(|_| self.members.len() == 1)
    }

    /// The tables of every member with every member of another group, by way of the table of both groups.
    ///
    /// * `w`     one weight a row                                            `[n]`
    /// * `table` takes a member, one of the other's, and their table          `[coefs, coefs]`
    pub(crate) fn two_way(
        &self,
        other: &Group<'_>,
        w: &[f64],
        tables: &mut Tables,
        mut table: impl FnMut(&Piece, &Piece, &[f64]),
    ) {
        let wide = other.cells;
        let mut cells = vec![0.0; self.cells * wide];
        tables.two_way((&self.codes, self.cells), (&other.codes, wide), |r| w[r], &mut cells, wide);
        for (b, levels) in other.members.iter().zip(&other.levels) {
            let coefs = b.piece.coefs;
            let mut sums: Vec<Vec<f64>> =
                self.members.iter().map(|a| vec![0.0; (a.piece.coefs + 1) * coefs]).collect();
            let mut line = vec![0.0; coefs + 1];
            for (cell, row) in cells.chunks_exact(wide.max(1)).enumerate() {
                let line = if other.members.len() == 1 {
                    row
                } else {
                    line.fill(0.0);
                    levels.iter().zip(row).for_each(|(level, value)| line[*level] += value);
                    &line[..coefs]
                };
                for (to, own) in sums.iter_mut().zip(&self.levels) {
                    let to = &mut to[own[cell] * coefs..(own[cell] + 1) * coefs];
                    to.iter_mut().zip(line).for_each(|(to, value)| *to += value);
                }
            }
            for (a, sums) in self.members.iter().zip(&sums) {
                table(&a.piece, &b.piece, &sums[..a.piece.coefs * coefs]);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loglik_design::NO_COEF;

    #[test]
    fn small_categoricals_go_together_and_large_ones_do_not() {
        let groups = partition(&[6, 12, 11, 2, 22, 200], 4_096, 8);
        assert!(groups.len() == 4 && groups.contains(&vec![5]), "{groups:?}");
        let mut all: Vec<usize> = groups.into_iter().flatten().collect();
        all.sort_unstable();
        assert_eq!(all, [0, 1, 2, 3, 4, 5]);
        assert_eq!(partition(&[200, 300, 400], 4_096, 8).len(), 3);
        // Of few rows nothing is saved.
        assert_eq!(partition(&[6, 12, 11], 64, 8).len(), 3);
    }

    #[test]
    fn tables_of_members_are_those_of_rows_counted_one_by_one() {
        let n = 240;
        let code = |r: usize, coefs: usize, by: usize| {
            let level = (r * by + r / 7) % (coefs + 1);
            if level == coefs { NO_COEF } else { level as u32 }
        };
        let sizes = [(2, 3), (1, 5), (4, 7), (3, 11)];
        let codes: Vec<Vec<u32>> =
            sizes.iter().map(|(coefs, by)| (0..n).map(|r| code(r, *coefs, *by)).collect()).collect();
        let mut first = 0;
        let mut members = Vec::new();
        for ((coefs, _), codes) in sizes.iter().zip(&codes) {
            members.push(Member { piece: Piece { block: 0, first, coefs: *coefs }, codes });
            first += coefs;
        }
        let w: Vec<f64> = (0..n).map(|r| 1.0 + (r % 5) as f64).collect();
        let mut rows = WeightedRows::default();
        rows.write(&w, None);
        let (one, two) = (Group::new(members[..2].to_vec()), Group::new(members[2..].to_vec()));
        let mut found = vec![0.0; first * first];
        let mut put = |a: &Piece, b: &Piece, table: &[f64]| {
            for (at, value) in table.iter().enumerate() {
                found[(a.first + at / b.coefs) * first + b.first + at % b.coefs] += value;
            }
        };
        one.two_way(&two, &w, &mut Tables::default(), &mut put);
        for group in [&one, &two] {
            let mut levels = Vec::new();
            let mut tables: Vec<(Piece, Piece, Vec<f64>)> = Vec::new();
            group.sums(
                &mut rows,
                &mut (&mut levels, &mut tables),
                |(levels, _), piece, level, sums| levels.push((piece.first + level, sums[0].0[0])),
                |(_, tables), a, b, table| tables.push((*a, *b, table.to_vec())),
            );
            tables.iter().for_each(|(a, b, table)| put(a, b, table));
            levels.into_iter().for_each(|(at, sum)| {
                let own =
                    members.iter().find(|m| (m.piece.first..m.piece.first + m.piece.coefs).contains(&at));
                let own = own.expect("a level of a member");
                let rows = (0..n).filter(|r| own.codes[*r] as usize == at - own.piece.first);
                assert_eq!(sum, rows.map(|r| w[r]).sum::<f64>());
            });
        }
        for (i, a) in members.iter().enumerate() {
            for (j, b) in members.iter().enumerate().filter(|(j, _)| *j != i) {
                for (x, y) in (0..a.piece.coefs).flat_map(|x| (0..b.piece.coefs).map(move |y| (x, y))) {
                    let here = |r: &usize| codes[i][*r] as usize == x && codes[j][*r] as usize == y;
                    let sum: f64 = (0..n).filter(here).map(|r| w[r]).sum();
                    let at = |a: usize, b: usize| found[a * first + b];
                    let both =
                        at(a.piece.first + x, b.piece.first + y) + at(b.piece.first + y, a.piece.first + x);
                    assert_eq!(both, sum, "{i} {j} {x} {y}");
                }
            }
        }
    }
}
