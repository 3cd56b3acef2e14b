//! Rows of a table to chunks.
//!
//! Each part is filled on its own, in any order: threads change the time and nothing else.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::ops::Range;

use crate::fill::{Filler, repeat_last};
use crate::layout::BlockPlan;
use crate::parallel::threads;
use crate::standard::Standard;
use crate::values::{Unseen, values};
use crate::{Block, BlockSpec, Chunk, DesignError, Frame, Halt, Numbers, Plan, Table, Wanted, chunk_rows};
use loglik_num::LANE;

/// Columns of the rows that are not part of a design \[n rows of the table\] each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowColumns<'a> {
    /// Response columns                                                     `[r][n]`
    pub y: Vec<Numbers<'a>>,
    /// Row multipliers above 0; 1 where absent                               `[n]`
    pub weight: Option<Cow<'a, [f64]>>,
    /// Logs of precision weights                                             `[n]`
    pub log_precision: Option<Cow<'a, [f64]>>,
    /// By predictor of the plan: what is added beside the formula's offsets    `[n]`
    pub offsets: Vec<Option<Cow<'a, [f64]>>>,
    /// Codes of groups and the number of groups                              `[n]`
    pub keys: Vec<(Cow<'a, [u32]>, usize)>,
    /// Codes of blocks that are given, by slot                               `[n]`
    pub given: Vec<Cow<'a, [u32]>>,
}

/// How chunks are filled.
#[derive(Clone, Debug, PartialEq)]
pub struct FillOptions {
    /// What a level that the plan has never seen is taken for.
    pub unseen: Unseen,
    /// Most threads.
    pub threads: usize,
    /// The greatest sizes of plain columns, where they are known: such a column need not be looked at again.
    pub largest: BTreeMap<String, f64>,
}

impl Default for FillOptions {
    fn default() -> Self {
        Self { unseen: Unseen::Error, threads: threads(None), largest: BTreeMap::new() }
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
        let filler = Filler::new(self, table, 0..table.rows(), unseen)?;
        filler.check(standard, &BTreeMap::new())?;
        let wanted = Wanted { blocks: vec![true; self.blocks.len()], every: 1 };
        let fill = ChunkFill { plan: self, filler: &filler, rows, standard, wanted: &wanted };
        let mut chunks = Vec::new();
        let kept: Result<(), Infallible> = fill.each(0..table.rows(), first_row, |chunk| {
            chunks.push(chunk.clone());
            Ok(())
        });
        kept.map_or_else(|never| match never {}, |()| Ok(chunks))
    }

    /// Looks for a value that cannot be in one part of a stream, so that [`Plan::each_chunk`] cannot fail on it.
    ///
    /// # Errors
    /// As [`Plan::chunks`]; rows count from the start of the part.
    pub fn check_part(&self, table: &Table, standard: &Standard) -> Result<(), DesignError> {
        Filler::new(self, table, 0..table.rows(), Unseen::Error)?.check(standard, &BTreeMap::new())
    }

    /// Shows the chunks of one part of a stream, which [`Plan::check_part`] has seen, one after the other in one buffer.
    ///
    /// * `table`     the part's rows
    /// * `first_row` the number of the first of them among all rows used
    ///
    /// # Errors
    /// What `each` returned.
    pub fn each_chunk(
        &self,
        (table, first_row): (&Table, usize),
        rows: &RowColumns<'_>,
        standard: &Standard,
        wanted: &Wanted,
        each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let filler = Filler::new(self, table, 0..table.rows(), Unseen::Error)
            .map_err(|error| Halt::Failed(error.to_string()))?;
        ChunkFill { plan: self, filler: &filler, rows, standard, wanted }.each(
            0..table.rows(),
            first_row,
            each,
        )
    }

    /// Columns that a chunk holds: its size follows from it.
    fn width(&self) -> usize {
        let columns = |block: &BlockPlan| match block.spec() {
            BlockSpec::Ones => 0,
            BlockSpec::Dense(columns) => columns,
            BlockSpec::Levels(_, multiplied) => 1 + usize::from(multiplied),
            // Entries are read where they lie: a chunk has as many rows as keep its linear predictors near.
            BlockSpec::Sparse(_) => 16,
        };
        self.blocks.iter().map(columns).sum()
    }

    /// Rows of a chunk of this plan.
    #[must_use]
    pub fn chunk_rows(&self) -> usize {
        chunk_rows(self.width())
    }

    /// An unseen level with all its rows counted, not only those of one part.
    pub(crate) fn counted(&self, error: DesignError, table: &Table) -> DesignError {
        let DesignError::UnseenLevel { column, .. } = &error else { return error };
        let variable = self.variables.iter().find(|variable| variable.name == *column);
        let all = variable.map(|variable| values(variable, table, &(0..table.rows()), Unseen::Error));
        match all {
            Some(Err(counted)) => counted,
            _ => error,
        }
    }
}

/// One part about to be written into chunks.
pub(crate) struct ChunkFill<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) filler: &'a Filler<'a>,
    pub(crate) rows: &'a RowColumns<'a>,
    pub(crate) standard: &'a Standard,
    /// Which chunks are filled, and which of their blocks; the others are left empty.
    pub(crate) wanted: &'a Wanted,
}

impl ChunkFill<'_> {
    /// Fills one chunk after the other, in the same buffers, and hands each to `each`.
    ///
    /// * `range`     rows of the table, the part's
    /// * `first_row` the number of the first of them among all rows used
    pub(crate) fn each<E>(
        &self,
        range: Range<usize>,
        first_row: usize,
        mut each: impl FnMut(&Chunk) -> Result<(), E>,
    ) -> Result<(), E> {
        let slots = self.plan.offset_columns(self.rows);
        let mut chunk = Chunk {
            y: vec![Vec::new(); self.rows.y.len()],
            log_precision: self.rows.log_precision.as_ref().map(|_| Vec::new()),
            offsets: vec![Vec::new(); slots.iter().flatten().count()],
            keys: vec![Vec::new(); self.rows.keys.len()],
            blocks: vec![Block::Ones; self.plan.blocks.len()],
            ..Chunk::default()
        };
        let size = self.plan.chunk_rows();
        for start in (0..range.len()).step_by(size * self.wanted.every) {
            let within = start..range.len().min(start + size);
            chunk.first_row = first_row + start;
            self.fill(&mut chunk, &within, range.start, &slots);
            each(&chunk)?;
        }
        Ok(())
    }

    /// * `within` the chunk's rows, counted from the first row of the part
    /// * `first`  the first row of the part in the table
    fn fill(&self, chunk: &mut Chunk, within: &Range<usize>, first: usize, slots: &[Option<usize>]) {
        let n = within.len().next_multiple_of(LANE);
        let here = first + within.start..first + within.end;
        (chunk.rows, chunk.n) = (here.len(), n);
        let pad = |out: &mut Vec<f64>, column: &[f64]| {
            out.clear();
            out.extend_from_slice(&column[here.clone()]);
            out.resize(n, out[here.len() - 1]);
        };
        chunk.y.iter_mut().zip(&self.rows.y).for_each(|(out, y)| pad(out, y));
        chunk.weight.clear();
        match &self.rows.weight {
            Some(weight) => chunk.weight.extend_from_slice(&weight[here.clone()]),
            None => chunk.weight.resize(here.len(), 1.0),
        }
        chunk.weight.resize(n, 0.0);
        if let (Some(out), Some(log)) = (&mut chunk.log_precision, &self.rows.log_precision) {
            pad(out, log);
        }
        for (k, slot) in slots.iter().enumerate() {
            let Some(slot) = slot else { continue };
            let out = &mut chunk.offsets[*slot];
            match self.rows.offsets.get(k) {
                Some(Some(given)) => pad(out, given),
                _ => {
                    out.clear();
                    out.resize(n, 0.0);
                }
            }
            self.filler.write_offsets(&self.plan.predictors[k].offsets, within.start, &mut out[..here.len()]);
            repeat_last(out, here.len());
        }
        for (out, (codes, _)) in chunk.keys.iter_mut().zip(&self.rows.keys) {
            out.clear();
            out.extend_from_slice(&codes[here.clone()]);
            out.resize(n, out[here.len() - 1]);
        }
        for (b, out) in chunk.blocks.iter_mut().enumerate() {
            if self.wanted.blocks.get(b).copied().unwrap_or(false) {
                self.filler.block(b, self.standard, within, n, &self.rows.given, out);
            }
        }
    }
}
