//! A model file applied to rows: the coordinates of its likelihood in each, and what follows from them.

use crate::{Error, ModelFile, UnseenRows};
use loglik_design::{Source, Table};
use loglik_fit::{Point, Precision, Sweep};
use loglik_likelihood::{Likelihood, Order, ResponseKind, RowDerivs, Tail};
use loglik_num::{LANE, exp};
use std::sync::Arc;

/// Coordinates of some rows.
#[derive(Clone)]
pub(crate) struct RowCoordinates {
    pub(crate) likelihood: Arc<dyn Likelihood>,
    pub(crate) rows: usize,
    /// One column a parameter, padded to whole lanes                          `[k][n]`
    pub(crate) us: Vec<Vec<f64>>,
}

impl ModelFile {
    /// Coordinates in every row of a table that has no missing value.
    ///
    /// # Errors
    /// Columns or levels that the model does not know.
    pub(crate) fn coordinates(&self, table: &Table) -> Result<RowCoordinates, Error> {
        let (source, model) = self.rows_of(table, UnseenRows::Error)?;
        let point = Point::new(self.prediction.beta.clone());
        let limits = self.limits();
        let mut us: Vec<Vec<f64>> = vec![Vec::with_capacity(table.rows()); model.predictors.len()];
        let mut sweep = Sweep::default();
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                sweep.predict(&model, &point, Precision::Plain, &limits, chunk);
                sweep.coordinates(&model, chunk);
                us.iter_mut().zip(&sweep.us).for_each(|(all, u)| all.extend_from_slice(&u[..chunk.rows]));
                Ok(())
            });
            read.map_err(|halt| Error::from(loglik_fit::RunError::from(halt)))?;
        }
        Ok(RowCoordinates { likelihood: Arc::clone(&model.likelihood), rows: table.rows(), us }.padded())
    }
}

impl RowCoordinates {
    /// Columns as long as whole lanes: the last row stands again.
    fn padded(mut self) -> Self {
        let n = self.rows.next_multiple_of(LANE);
        for u in &mut self.us {
            u.truncate(self.rows);
            if let Some(last) = u.last().copied() {
                u.resize(n, last);
            }
        }
        self
    }

    /// The rows where `keep` is true.
    pub(crate) fn filter(&self, keep: &[bool]) -> Self {
        let picked = |u: &Vec<f64>| u.iter().zip(keep).filter(|(_, k)| **k).map(|(v, _)| *v).collect();
        let rows = keep.iter().filter(|k| **k).count();
        let us = self.us.iter().map(picked).collect();
        Self { likelihood: Arc::clone(&self.likelihood), rows, us }.padded()
    }

    /// The same likelihood at other coordinates of as many rows.
    pub(crate) fn with(&self, us: Vec<Vec<f64>>) -> Self {
        Self { likelihood: Arc::clone(&self.likelihood), rows: self.rows, us }.padded()
    }

    fn columns(&self) -> Vec<&[f64]> {
        self.us.iter().map(Vec::as_slice).collect()
    }

    /// Mean of the response, where the likelihood knows it                      `[n]`
    pub(crate) fn means(&self) -> Option<Vec<f64>> {
        let mut out = RowDerivs::default();
        self.likelihood.mean(&self.columns(), &mut out).then(|| {
            out.l.truncate(self.rows);
            out.l
        })
    }

    /// Log probability or density of responses, columns as the likelihood reads them `[r][n]`; nats `[n]`
    pub(crate) fn logs(&self, tail: Tail, y: &[Vec<f64>]) -> Vec<f64> {
        let n = self.rows.next_multiple_of(LANE);
        let padded: Vec<Vec<f64>> = y
            .iter()
            .map(|column| {
                let mut column = column.clone();
                let last = column.last().copied().unwrap_or(0.0);
                column.resize(n, last);
                column
            })
            .collect();
        let y: Vec<&[f64]> = padded.iter().map(Vec::as_slice).collect();
        let mut out = RowDerivs::default();
        self.likelihood.eval(tail, &y, &self.columns(), Order::Value, &mut out);
        out.l.truncate(self.rows);
        out.l
    }

    /// Probability of each of `classes` classes; none for a response that is no class  `[classes][n]`
    pub(crate) fn probabilities(&self, classes: usize) -> Option<Vec<Vec<f64>>> {
        let one = |class: usize| -> Option<Vec<f64>> {
            let y = match self.likelihood.spec().response {
                ResponseKind::Class => vec![vec![class as f64; self.rows]],
                ResponseKind::ClassCounts => {
                    (0..classes).map(|c| vec![f64::from(u8::from(c == class)); self.rows]).collect()
                }
                _ => return None,
            };
            Some(self.logs(Tail::Pdf, &y).into_iter().map(exp).collect())
        };
        (0..classes).map(one).collect()
    }
}
