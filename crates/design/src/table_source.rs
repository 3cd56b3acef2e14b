//! Chunks of a table in memory, written anew at every read into buffers that stay in the cache.
//!
//! The design is never copied as a whole: plain columns are read where they lie, only what is computed (codes of cells,
//! bases, expressions) is kept. Everything that can be wrong with a value is found when the source is made, so reading
//! cannot fail. A reader that looks at some blocks only does not pay for the others.

use std::ops::Range;
use std::sync::Arc;

use crate::chunks::ChunkFill;
use crate::fill::{Filler, Kept};
use crate::parallel::in_order;
use crate::{
    Chunk, DesignError, FillOptions, Frame, Halt, PART_ROWS, Plan, RowColumns, Source, Standard, Table,
    Wanted,
};

/// A table seen through a plan.
#[derive(Clone, Debug)]
pub struct TableSource<'a> {
    plan: Arc<Plan>,
    table: Table,
    rows: RowColumns<'a>,
    standard: Standard,
    frame: Frame,
    parts: Vec<Kept>,
}

impl Plan {
    /// The chunks of all rows of a table.
    ///
    /// * `table` the rows used: none with a missing value in a column that the plan needs
    /// * `rows`  what else belongs to each row of the table
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`], [`DesignError::UnseenLevel`], [`DesignError::UnseenCell`]
    /// with the first column and row; [`DesignError::MissingColumn`], [`DesignError::NotNumeric`] where the table is
    /// not of the plan's kind.
    pub fn chunks<'a>(
        self: &Arc<Self>,
        table: &Table,
        rows: RowColumns<'a>,
        standard: &Standard,
        options: &FillOptions,
    ) -> Result<TableSource<'a>, DesignError> {
        let n = table.rows();
        let keep = |part: usize| {
            let filler = Filler::new(self, table, part_rows(part, n), options.unseen)?;
            filler.check(standard, &options.largest)?;
            Ok(filler.kept())
        };
        // Without variables there is nothing to do for which a thread need be started.
        let threads = if self.variables.is_empty() { 1 } else { options.threads };
        let kept = in_order(n.div_ceil(PART_ROWS), threads, &keep);
        let parts = kept.map_err(|error| self.counted(error, table))?;
        let frame = self.frame(&rows, n);
        let (plan, table, standard) = (Arc::clone(self), table.clone(), standard.clone());
        Ok(TableSource { plan, table, rows, standard, frame, parts })
    }
}

fn part_rows(part: usize, rows: usize) -> Range<usize> {
    part * PART_ROWS..rows.min((part + 1) * PART_ROWS)
}

impl TableSource<'_> {
    /// What belongs to the rows beside the design.
    #[must_use]
    pub fn rows(&self) -> &RowColumns<'_> {
        &self.rows
    }
}

impl Source for TableSource<'_> {
    fn frame(&self) -> &Frame {
        &self.frame
    }

    fn parts(&self) -> usize {
        self.parts.len()
    }

    fn read(&self, part: usize, each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>) -> Result<(), Halt> {
        self.read_some(part, &Wanted { blocks: vec![true; self.plan.blocks.len()], every: 1 }, each)
    }

    fn read_some(
        &self,
        part: usize,
        wanted: &Wanted,
        each: &mut dyn FnMut(&Chunk) -> Result<(), Halt>,
    ) -> Result<(), Halt> {
        let range = part_rows(part, self.frame.rows);
        let filler = Filler::again(&self.plan, &self.table, range.clone(), &self.parts[part]);
        let (plan, rows, standard) = (self.plan.as_ref(), &self.rows, &self.standard);
        let first = range.start;
        ChunkFill { plan, filler: &filler, rows, standard, wanted }.each(range, first, each)
    }
}
