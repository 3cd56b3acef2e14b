//! Rows of a table that a plan has no coefficient for: an unseen level, or an unseen combination of levels.
//!
//! What becomes of them is the caller's choice: an error, the base level, or no prediction.

use crate::evaluate::slice;
use crate::layout::{BlockPlan, Codes};
use crate::values::{UNSEEN, Unseen, Values, raw_codes, values};
use crate::{DesignError, Plan, Table, cells};

impl Plan {
    /// The rows that have a level, or a combination of levels, that no row of the fit had \[n\].
    ///
    /// # Errors
    /// As [`Plan::chunks`], but for what is unseen.
    pub fn unseen_rows(&self, table: &Table) -> Result<Vec<bool>, DesignError> {
        let all = 0..table.rows();
        let mut unseen = vec![false; table.rows()];
        for variable in self.variables.iter().filter(|variable| variable.is_category()) {
            let codes = raw_codes(variable, &slice(&variable.variable, table, &all)?)?;
            unseen.iter_mut().zip(codes).for_each(|(unseen, code)| *unseen |= code == UNSEEN);
        }
        let of_blocks = self.blocks.iter().filter_map(|block| match block {
            BlockPlan::Levels { codes: Codes::Cells(cells), .. } => Some(cells),
            _ => None,
        });
        for cells in of_blocks.chain(&self.hollow).filter(|cells| cells.seen.is_some()) {
            let mut codes = Vec::with_capacity(cells.variables.len());
            for (v, _) in &cells.variables {
                let Values::Codes(of) = values(&self.variables[*v], table, &all, Unseen::Base)? else {
                    continue;
                };
                codes.push(of);
            }
            let codes: Vec<&[u32]> = codes.iter().map(AsRef::as_ref).collect();
            let without = cells::without_coefficient(&self.variables, cells, &codes);
            unseen.iter_mut().zip(without).for_each(|(unseen, without)| *unseen |= without);
        }
        Ok(unseen)
    }
}
