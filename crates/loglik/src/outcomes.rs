//! Events and their opposites among the rows of a response of trials, in all and by level of each category.
//!
//! Counted part by part, so that a stream says what memory does.

use loglik_design::{Numbers, PART_ROWS, Plan, Table};
use loglik_expr::{Column, MISSING};
use std::ops::Range;

/// Counts of some rows.
#[derive(Clone, Debug)]
pub(crate) struct Outcomes {
    /// Whether every row is one trial and none has a weight.
    single: bool,
    /// Events, and trials; of a weighted row so many as its weight says.
    events: f64,
    trials: f64,
    /// Rows without and with an event, by level of the file, of each category of the plan that is a column.
    cells: Vec<Vec<[u64; 2]>>,
}

/// A level and an outcome.
pub(crate) struct Cell {
    pub(crate) column: String,
    pub(crate) level: String,
    /// Whether the outcome is the event.
    pub(crate) event: bool,
    pub(crate) rows: u64,
}

/// Columns of the table that the plan takes levels of: name, codes, all levels, and those of the plan.
type Categories<'a> = Vec<(&'a str, &'a [u32], &'a [String], &'a [String])>;

fn categories<'a>(plan: &'a Plan, table: &'a Table) -> Categories<'a> {
    let category = |(name, known): (&'a str, &'a [String])| match table.column(name) {
        Some(Column::Category { codes, levels, .. }) => {
            Some((name, codes.as_slice(), levels.as_ref(), known))
        }
        _ => None,
    };
    plan.levels().filter_map(category).collect()
}

impl Outcomes {
    /// Of all rows of a table.
    pub(crate) fn of(plan: &Plan, table: &Table, y: &[Numbers<'_>], weights: Option<&[f64]>) -> Option<Self> {
        let n = table.rows();
        let parts = (0..n).step_by(PART_ROWS).map(|first| first..n.min(first + PART_ROWS));
        let part = |rows| Self::of_part(plan, table, (y, weights), rows);
        parts.map(part).reduce(|all, later| Some(all?.and(&later?))).flatten()
    }

    fn of_part(
        plan: &Plan,
        table: &Table,
        (y, weights): (&[Numbers<'_>], Option<&[f64]>),
        rows: Range<usize>,
    ) -> Option<Self> {
        let [successes, trials] = y else { return None };
        let (successes, trials) = (&successes[rows.clone()], &trials[rows.clone()]);
        let sum = |column: &[f64]| match weights {
            Some(weights) => column.iter().zip(&weights[rows.clone()]).map(|(v, w)| v * w).sum::<f64>(),
            None => column.iter().sum(),
        };
        let single = weights.is_none() && trials.iter().all(|t| *t == 1.0);
        let count = |(_, codes, all, _): (&str, &[u32], &[String], &[String])| {
            let mut counts = vec![[0_u64; 2]; all.len()];
            for (code, y) in codes[rows.clone()].iter().zip(successes).filter(|(code, _)| **code != MISSING) {
                counts[*code as usize][usize::from(*y > 0.5)] += 1;
            }
            counts
        };
        let cells =
            if single { categories(plan, table).into_iter().map(count).collect() } else { Vec::new() };
        Some(Self { single, events: sum(successes), trials: sum(trials), cells })
    }

    /// Of these rows and later ones.
    pub(crate) fn and(mut self, later: &Self) -> Self {
        self.single &= later.single;
        self.events += later.events;
        self.trials += later.trials;
        let counts = self.cells.iter_mut().flatten().flatten();
        counts.zip(later.cells.iter().flatten().flatten()).for_each(|(mine, theirs)| *mine += theirs);
        self
    }

    /// Events and their opposites.
    pub(crate) fn both(&self) -> (f64, f64) {
        (self.events, self.trials - self.events)
    }

    /// Whether every row is one trial and none has a weight.
    pub(crate) fn are_single(&self) -> bool {
        self.single
    }

    /// The cell that has the fewest rows; `table` has the columns of the rows, any number of which may be here.
    pub(crate) fn smallest(&self, plan: &Plan, table: &Table) -> Option<Cell> {
        let mut smallest: Option<Cell> = None;
        for ((name, _, all, known), counts) in categories(plan, table).into_iter().zip(&self.cells) {
            for (level, counts) in all.iter().zip(counts).filter(|(level, _)| known.contains(level)) {
                for (event, rows) in counts.iter().enumerate() {
                    if smallest.as_ref().is_none_or(|least| *rows < least.rows) {
                        let (column, level) = (name.to_owned(), level.clone());
                        smallest = Some(Cell { column, level, event: event == 1, rows: *rows });
                    }
                }
            }
        }
        smallest.filter(|_| self.single)
    }
}
