//! A table through a model file, chunk by chunk; a row with a missing input has missing predictions.

use super::ask::{PredictSpec, UnseenRows};
use super::delta::covariance_of;
use super::quantities::{Quantities, Rows};
use crate::{Error, Exit, ModelFile};
use loglik_design::{Plan, RowColumns, Source, Standard, Table, TableSource, UsedRows};
use loglik_expr::{Column, MISSING};
use loglik_fit::{Model, Point, Precision, Sweep};
use loglik_infer::PredictorErrors;
use std::borrow::Cow;
use std::sync::Arc;

impl ModelFile {
    /// Columns of a table with these names that prediction reads.
    ///
    /// # Errors
    /// `schema_mismatch` where one is missing.
    pub fn needed_columns(&self, names: &[String]) -> Result<Vec<String>, Error> {
        let mut needed: Vec<String> = self.prediction.plan.used_columns().to_vec();
        needed.extend(self.fit.offset.iter().chain(&self.fit.exposure).cloned());
        match needed.iter().find(|name| !names.contains(name)) {
            None => Ok(needed),
            Some(name) => {
                let error = Error::unknown_column("the model", name, names);
                Err(Error { id: "schema_mismatch".into(), exit: Exit::Data, ..error })
            }
        }
    }

    /// Predicts every row of a table, or of one part of a stream: a column for each figure of the quantities asked for,
    /// the same columns for every part.
    ///
    /// # Errors
    /// Columns or levels that the model does not know; a quantity that its likelihood does not have.
    pub fn predict(&self, table: &Table, spec: &PredictSpec) -> Result<Table, Error> {
        spec.check()?;
        let needed = self.needed_columns(table.names())?;
        let used = UsedRows::of(table, &needed, None, loglik_design::threads(None))?;
        let (keep, kept) = seen(&self.prediction.plan, table, used.flags(), spec.unseen)?;
        let (source, model) = self.rows_of(&kept, spec.unseen).map_err(go_on)?;
        let classes = self.fit.response.levels.clone().unwrap_or_default();
        let ask = Quantities { file: self, fit: &self.fit, model: &model, spec, classes: &classes };
        let quantities = if spec.quantities.is_empty() { ask.usual() } else { spec.quantities.clone() };
        let names: Vec<Vec<String>> =
            quantities.iter().map(|q| ask.names(*q)).collect::<Result<_, Error>>()?;
        let mut values: Vec<Vec<f64>> = vec![Vec::with_capacity(kept.rows()); names.iter().flatten().count()];
        let (covariance, limits) = (covariance_of(self), self.limits());
        let point = Point::new(self.prediction.beta.clone());
        let mut sweep = Sweep::default();
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                sweep.predict(&model, &point, Precision::Plain, &limits, chunk);
                sweep.coordinates(&model, chunk);
                let errors = PredictorErrors::new(&covariance, &model, &sweep, chunk);
                let at = Rows { sweep: &sweep, errors: &errors, rows: chunk.rows };
                let found = quantities.iter().flat_map(|q| ask.columns(*q, &at));
                values.iter_mut().zip(found).for_each(|(all, some)| all.extend(&some[..chunk.rows]));
                Ok(())
            });
            read.map_err(|halt| Error::from(loglik_fit::RunError::from(halt)))?;
        }
        let levels: Arc<[String]> = classes.into();
        let finished = names.into_iter().flatten().zip(values).map(|(name, values)| {
            let column = column(&name, values, &keep, &levels);
            (name, column)
        });
        Ok(Table::from_columns(finished)?)
    }

    /// The rows of a table without missing values, in chunks, and the model that reads them.
    pub(crate) fn rows_of(
        &self,
        kept: &Table,
        unseen: UnseenRows,
    ) -> Result<(TableSource<'static>, Model), Error> {
        let offset = self.offset(kept)?;
        let plan = Arc::new(self.prediction.plan.clone());
        let columns = RowColumns { offsets: vec![offset.map(Cow::Owned)], ..RowColumns::default() };
        let frame = plan.frame(&columns, kept.rows());
        let source = plan
            .chunks(kept, columns, &Standard::none(&plan), &unseen.fill())
            .map_err(|error| Error::design(&error, kept))?;
        let model = self.model()?;
        if !model.fits(&frame) {
            return Err(crate::model_file::invalid("its predictors do not fit its columns"));
        }
        Ok((source, model))
    }
}

/// The rows that have a prediction, one flag a row and as a table: those with an unseen level may have none.
pub(super) fn seen(
    plan: &Plan,
    table: &Table,
    mut keep: Vec<bool>,
    unseen: UnseenRows,
) -> Result<(Vec<bool>, Table), Error> {
    let kept = table.filter(&keep);
    if unseen != UnseenRows::Missing {
        return Ok((keep, kept));
    }
    let gone = plan.unseen_rows(&kept).map_err(|error| Error::design(&error, &kept))?;
    keep.iter_mut().filter(|keep| **keep).zip(gone).for_each(|(keep, gone)| *keep = !gone);
    let kept = table.filter(&keep);
    Ok((keep, kept))
}

/// An error about a level that the model does not know, with the mend that a prediction has.
pub(super) fn go_on(error: Error) -> Error {
    if error.id == "unseen_level" { error.remedy("go on with --unseen base or --unseen na") } else { error }
}

/// One column with the rows that were left out put back as missing; `label` holds codes of classes.
fn column(name: &str, values: Vec<f64>, keep: &[bool], levels: &Arc<[String]>) -> Column {
    let mut next = values.into_iter();
    let values = keep.iter().map(|keep| if *keep { next.next().unwrap_or(f64::NAN) } else { f64::NAN });
    if name != "label" {
        return Column::Number(values.collect());
    }
    let codes = values.map(|v| if v.is_nan() { MISSING } else { v as u32 }).collect();
    Column::Category { codes, levels: Arc::clone(levels), ordered: false }
}
