//! Columns of some rows beside the design, made from a table: weights and offsets.

use crate::weights;
use crate::{Error, FitSpec};
use loglik_design::{Numbers, RowColumns, Table};
use std::borrow::Cow;

/// Columns that chunks are filled from.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnedColumns {
    weights: Option<Vec<f64>>,
    /// Logs of the weights, where they scale the likelihood's own dispersion.
    logs: Option<Vec<f64>>,
    offset: Option<Vec<f64>>,
}

impl OwnedColumns {
    /// The columns of some rows; `precision` says that weights scale the likelihood's own dispersion.
    pub(crate) fn of(spec: &FitSpec, table: &Table, precision: bool) -> Result<Self, Error> {
        let weights = match &spec.weights {
            Some(name) => Some(weights::number_column(table, "weights", name)?.to_vec()),
            None => None,
        };
        let log = |w: &Vec<f64>| w.iter().map(|w| loglik_num::log(*w)).collect();
        let logs = weights.as_ref().filter(|_| precision).map(log);
        Ok(Self { weights, logs, offset: weights::offset(spec, table)? })
    }

    /// The weights.
    pub(crate) fn weights(&self) -> Option<&[f64]> {
        self.weights.as_deref()
    }

    /// All columns, with those of the response `[r][n]` and groups of the rows, by key.
    pub(crate) fn beside(self, y: Vec<Numbers<'static>>, keys: &[(Vec<u32>, usize)]) -> RowColumns<'static> {
        let plain = self.logs.is_none();
        RowColumns {
            y,
            weight: self.weights.filter(|_| plain).map(Cow::Owned),
            log_precision: self.logs.map(Cow::Owned),
            offsets: vec![self.offset.map(Cow::Owned)],
            keys: keys.iter().map(|(codes, n)| (Cow::Owned(codes.clone()), *n)).collect(),
            given: Vec::new(),
        }
    }
}
