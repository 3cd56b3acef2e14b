//! Rows of a model without covariates as the few that say as much: the distinct ones where they are few, or two with the
//! same sufficient statistics.

use crate::Error;
use crate::prepare::Prepared;
use loglik_design::{MemorySource, Source};
use loglik_fit::{Local, Model, pair};

/// Few rows in place of many.
pub(crate) struct Merged {
    pub(crate) rows: MemorySource,
    /// Whether they say as much of deviance and chi-square.
    pub(crate) exact: bool,
}

impl Prepared {
    /// The rows as a model sees them that has intercepts and nothing else, where few differ or two say as much.
    ///
    /// # Errors
    /// When the data cannot be read again.
    pub(crate) fn merged(&self, model: &Model, threads: usize) -> Result<Option<Merged>, Error> {
        // The formula may name offsets of its own.
        let plain = self.source.frame().offsets == 0 && !self.source.has_precision();
        let Some(ones) = self.ones.filter(|_| plain) else { return Ok(None) };
        let is_alone = model.blocks().iter().enumerate().all(|(block, wanted)| !wanted || block == ones);
        if !is_alone {
            return Ok(None);
        }
        if let Some(distinct) = self.source.distinct(threads) {
            return Ok(Some(Merged { rows: distinct.source(ones), exact: true }));
        }
        let Some(first) = self.source.first_response() else { return Ok(None) };
        let pair = pair(model, &mut Local::new(&self.source, threads), first, ones)?;
        // Squares are all that least squares sums; other deviances and chi-squares may say more of the rows.
        Ok(pair.map(|rows| Merged { rows, exact: model.likelihood.spec().quadratic }))
    }
}
