//! A table to chunks: in memory all parts at once on several threads, or one part of a stream.
//!
//! Each part is filled on its own, in any order, and lies at its number: threads change the time and nothing else.

use std::ops::Range;

use crate::fill::{Filler, repeat_last};
use crate::layout::BlockPlan;
use crate::parallel::in_order;
use crate::standard::Standard;
use crate::values::{Unseen, values};
use crate::{BlockSpec, Chunk, DesignError, Frame, MemorySource, PART_ROWS, Plan, Table, chunk_rows};

/// Columns of the rows that are not part of a design \[n rows of the table\] each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowColumns<'a> {
    /// Response columns                                                     `[r][n]`
    pub y: Vec<&'a [f64]>,
    /// Row multipliers above 0; 1 where absent                               `[n]`
    pub weight: Option<&'a [f64]>,
    /// Logs of precision weights                                             `[n]`
    pub log_precision: Option<&'a [f64]>,
    /// By predictor of the plan: what is added beside the formula's offsets    `[n]`
    pub offsets: Vec<Option<&'a [f64]>>,
    /// Codes of groups and the number of groups                              `[n]`
    pub keys: Vec<(&'a [u32], usize)>,
    /// Codes of blocks that are given, by slot                               `[n]`
    pub given: Vec<&'a [u32]>,
}

/// How chunks are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FillOptions {
    /// What a level that the plan has never seen is taken for.
    pub unseen: Unseen,
    /// Most threads.
    pub threads: usize,
}

impl Default for FillOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        Self { unseen: Unseen::Error, threads }
    }
}

impl Plan {
    /// For each predictor of the plan the offset column of a chunk, if it has one.
    #[must_use]
    pub fn offset_columns(&self, rows: &RowColumns<'_>) -> Vec<Option<usize>> {
        let mut next = 0..;
        let given = |k: usize| rows.offsets.get(k).is_some_and(Option::is_some);
        let has = |(k, p): (usize, &crate::PredictorPlan)| given(k) || !p.offsets.is_empty();
        self.predictors.iter().enumerate().map(|p| if has(p) { next.next() } else { None }).collect()
    }

    /// What the chunks of `rows` of these columns hold.
    #[must_use]
    pub fn frame(&self, rows: &RowColumns<'_>, n: usize) -> Frame {
        Frame {
            rows: n,
            y: rows.y.len(),
            offsets: self.offset_columns(rows).iter().flatten().count(),
            keys: rows.keys.iter().map(|(_, groups)| *groups).collect(),
            blocks: self.block_specs(),
        }
    }

    /// Fills the chunks of all rows of a table.
    ///
    /// * `table` the rows used: none with a missing value in a column that the plan needs
    /// * `rows`  what else belongs to each row of the table
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`], [`DesignError::UnseenLevel`], [`DesignError::UnseenCell`]
    /// with the first column and row; [`DesignError::MissingColumn`], [`DesignError::NotNumeric`] where the table is
    /// not of the plan's kind.
    pub fn chunks(
        &self,
        table: &Table,
        rows: &RowColumns<'_>,
        standard: &Standard,
        options: &FillOptions,
    ) -> Result<MemorySource, DesignError> {
        let n = table.rows();
        let parts = n.div_ceil(PART_ROWS);
        let fill = |part: usize| {
            let range = part * PART_ROWS..n.min((part + 1) * PART_ROWS);
            let first_row = range.start;
            self.part(table, rows, standard, range, first_row, options.unseen)
        };
        let filled = in_order(parts, options.threads, &fill);
        let parts = filled.map_err(|error| self.counted(error, table))?;
        Ok(MemorySource { frame: self.frame(rows, n), parts })
    }

    /// Fills the chunks of one part of a stream.
    ///
    /// * `table`     the part's rows
    /// * `first_row` the number of the first of them among all rows used
    ///
    /// # Errors
    /// As [`Plan::chunks`]; rows count from the start of the part.
    pub fn fill_part(
        &self,
        table: &Table,
        rows: &RowColumns<'_>,
        standard: &Standard,
        first_row: usize,
        unseen: Unseen,
    ) -> Result<Vec<Chunk>, DesignError> {
        self.part(table, rows, standard, 0..table.rows(), first_row, unseen)
    }

    fn part(
        &self,
        table: &Table,
        rows: &RowColumns<'_>,
        standard: &Standard,
        range: Range<usize>,
        first_row: usize,
        unseen: Unseen,
    ) -> Result<Vec<Chunk>, DesignError> {
        let filler = Filler::new(self, table, range.clone(), unseen)?;
        let size = chunk_rows(self.width());
        let starts = (0..range.len()).step_by(size);
        let chunk = |start: usize| {
            let chunk = start..range.len().min(start + size);
            let mut filled = self.chunk(&filler, rows, standard, chunk, range.start)?;
            filled.first_row = first_row + start;
            Ok(filled)
        };
        starts.map(chunk).collect()
    }

    /// Columns that a chunk holds: its size follows from it.
    fn width(&self) -> usize {
        let columns = |block: &BlockPlan| match block.spec() {
            BlockSpec::Ones => 0,
            BlockSpec::Dense(columns) => columns,
            BlockSpec::Levels(_, multiplied) => 1 + usize::from(multiplied),
        };
        self.blocks.iter().map(columns).sum()
    }

    /// * `within` the chunk's rows, counted from the first row of the part
    /// * `first`  the first row of the part in the table
    fn chunk(
        &self,
        filler: &Filler<'_>,
        rows: &RowColumns<'_>,
        standard: &Standard,
        within: Range<usize>,
        first: usize,
    ) -> Result<Chunk, DesignError> {
        let n = within.len().next_multiple_of(8);
        let here = first + within.start..first + within.end;
        let padded = |column: &[f64]| {
            let mut out = column[here.clone()].to_vec();
            out.resize(n, 0.0);
            repeat_last(&mut out, here.len());
            out
        };
        let mut weight = rows.weight.map_or_else(|| vec![1.0; here.len()], |w| w[here.clone()].to_vec());
        weight.resize(n, 0.0);
        let mut offsets = Vec::new();
        for (k, slot) in self.offset_columns(rows).into_iter().enumerate() {
            if slot.is_none() {
                continue;
            }
            let mut offset = rows.offsets.get(k).copied().flatten().map_or_else(|| vec![0.0; n], &padded);
            filler.add_offsets(&self.predictors[k].offsets, within.start, &mut offset[..here.len()])?;
            repeat_last(&mut offset, here.len());
            offsets.push(offset);
        }
        let key = |(codes, _): &(&[u32], usize)| {
            let mut out = codes[here.clone()].to_vec();
            out.resize(n, out[here.len() - 1]);
            out
        };
        let block = |b: usize| filler.block(b, standard, within.clone(), n, &rows.given);
        Ok(Chunk {
            rows: here.len(),
            n,
            first_row: here.start,
            y: rows.y.iter().map(|y| padded(y)).collect(),
            weight,
            log_precision: rows.log_precision.map(padded),
            offsets,
            keys: rows.keys.iter().map(key).collect(),
            blocks: (0..self.blocks.len()).map(block).collect::<Result<_, _>>()?,
        })
    }

    /// An unseen level with all its rows counted, not only those of one part.
    fn counted(&self, error: DesignError, table: &Table) -> DesignError {
        let DesignError::UnseenLevel { column, .. } = &error else { return error };
        let variable = self.variables.iter().find(|variable| variable.name == *column);
        let all = variable.map(|variable| values(variable, table, &(0..table.rows()), Unseen::Error));
        match all {
            Some(Err(counted)) => counted,
            _ => error,
        }
    }
}
