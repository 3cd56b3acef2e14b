//! From a spec and a table to a model and its data: rows, likelihood, design, predictors.

use crate::clusters::Clusters;
use crate::outcomes::Outcomes;
use crate::request::{Ready, Request, Typed};
use crate::response::Responses;
use crate::row_columns::OwnedColumns;
use crate::rows::Rows;
use crate::used_rows::{RowCounts, used_rows};
use crate::{Error, FitSpec};
use loglik_data::Fingerprint;
use loglik_design::{Coef, FillOptions, LinearMap, PART_ROWS, Plan, Table};
use loglik_fit::{Model, Piece, Predictor};
use loglik_likelihood::{Args, Natural, Param, ParamAlias, ResponseKind};
use loglik_own::Own;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One coefficient as it is reported.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedCoef {
    /// Machine name, the parameter as prefix when it is not the main one.
    pub(crate) name: String,
    /// The parameter, or the class of a softmax.
    pub(crate) parameter: String,
    /// Index of the likelihood's parameter.
    pub(crate) k: usize,
    /// What the design says of it.
    pub(crate) coef: Coef,
    /// Its place in `beta`.
    pub(crate) at: usize,
}

/// A term of one predictor and its coefficients in `beta`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NamedTerm {
    /// Its name, the parameter as prefix when it is not the main one.
    pub(crate) name: String,
    /// Index of the likelihood's parameter.
    pub(crate) k: usize,
    /// Coefficients in `beta`.
    pub(crate) at: Vec<usize>,
}

/// A model and its data, ready to be fitted.
pub(crate) struct Prepared {
    /// The rows used; of a stream those of the first part.
    pub(crate) table: Table,
    pub(crate) plan: Arc<Plan>,
    pub(crate) model: Model,
    pub(crate) natural: Natural,
    pub(crate) aliases: Vec<ParamAlias>,
    pub(crate) args: Args,
    pub(crate) source: Rows,
    pub(crate) map: LinearMap,
    pub(crate) coefs: Vec<NamedCoef>,
    pub(crate) terms: Vec<NamedTerm>,
    pub(crate) responses: Responses,
    pub(crate) rows: RowCounts,
    pub(crate) fixed: BTreeMap<String, f64>,
    /// Parameters that the formula names, the main one included.
    pub(crate) named: Vec<usize>,
    /// Block of the intercept, if the plan has one.
    pub(crate) ones: Option<usize>,
    /// Clusters of the rows, the keys of the chunks.
    pub(crate) clusters: Clusters,
    /// What came out, where the response is of trials.
    pub(crate) outcomes: Option<Outcomes>,
    /// The user's likelihood, if it is one.
    pub(crate) own: Option<Arc<Own>>,
}

/// Everything that a fit needs, from a spec and a table.
pub(crate) fn prepare(spec: &FitSpec, table: &Table) -> Result<Prepared, Error> {
    let typed = Typed::of(spec)?;
    let (table, mut rows) = used_rows(spec, &typed.open_columns(), table)?;
    let request = Request::of(spec, typed, &table)?;
    let mut responses = request.responses(spec, &table)?;
    responses.trials_differ = responses.grouped();
    let clusters = Clusters::of(&table, &spec.cluster)?;
    let owned = OwnedColumns::of(spec, &table, request.has_precision(spec))?;
    // Part by part, as over a stream.
    let n = table.rows();
    let parts = || (0..n).step_by(PART_ROWS).map(|first| first..n.min(first + PART_ROWS));
    let kind = request.likelihood().response;
    rows.units = parts().map(|part| responses.units(kind, owned.weights(), part)).sum();
    if let Some(weights) = owned.weights() {
        rows.weight_sum = parts().map(|part| weights[part].iter().sum::<f64>()).sum();
    }
    let (layout, standard) = request.layout(spec, &table)?;
    let outcomes = (kind == ResponseKind::Trials)
        .then(|| Outcomes::of(&request.plan, &table, &responses.y, owned.weights()))
        .flatten();
    let columns = owned.beside(std::mem::take(&mut responses.y), &clusters.keys);
    let offsets = request.plan.offset_columns(&columns);
    let largest = std::mem::take(&mut rows.largest);
    let options = FillOptions { threads: spec.threads(), largest, ..FillOptions::default() };
    let source = request
        .plan
        .chunks(&table, columns, &standard, &options)
        .map_err(|error| Error::design(&error, &table))?;
    let source = Rows::Memory(Box::new(source));
    let data = Ready { table, source, rows, responses, clusters, outcomes };
    Ok(request.finish(data, layout, &standard, &offsets))
}

/// The name under which a parameter stands in formulas.
pub(crate) fn owner(param: &Param) -> &str {
    param.group.as_deref().unwrap_or(&param.name)
}

impl Prepared {
    /// Whether a coefficient belongs to the main formula's predictor (for a softmax: any class's).
    pub(crate) fn in_main(&self, j: usize) -> bool {
        let shared = self.model.likelihood.spec().shared_predictor;
        let is_main = |k: usize| match &self.own {
            Some(own) => own.regression().is_none_or(|r| r.sigma != k),
            None => k == 0 || shared,
        };
        self.model.predictors.iter().enumerate().any(|(k, predictor)| {
            is_main(k) && predictor.pieces.iter().any(|x| (x.first..x.first + x.coefs).contains(&j))
        })
    }

    /// Whether the terms of a parameter stand in the place of its intercept (`sigma ~ c(sex) - 1`, one scale a
    /// stratum), so that the model with intercepts alone has them too.
    pub(crate) fn keeps_terms(&self, k: usize) -> bool {
        let predictor = &self.model.predictors[k];
        let spec = self.model.likelihood.spec();
        let main = k == 0 || spec.shared_predictor;
        !main && predictor.intercept.is_none() && !spec.params[k].no_intercept && !predictor.is_fixed()
    }

    /// The model with intercepts alone; a main predictor without intercept has nothing in it. `None` where the
    /// model is that already.
    pub(crate) fn null(&self) -> Option<Model> {
        if self.own.is_some() {
            return None;
        }
        let alone = |x: &Predictor| x.is_fixed() || (x.pieces.len() == 1 && x.intercept.is_some());
        if self.model.predictors.iter().all(alone) {
            return None;
        }
        let ones = self.ones.unwrap_or(usize::MAX);
        let mut p = 0;
        let predictors = self
            .model
            .predictors
            .iter()
            .enumerate()
            .map(|(k, predictor)| {
                let spec = self.model.likelihood.spec();
                let main = k == 0 || spec.shared_predictor || spec.params[k].no_intercept;
                let empty =
                    (self.ones.is_none() && !self.keeps_terms(k)) || (main && predictor.intercept.is_none());
                if predictor.is_fixed() || empty {
                    return Predictor { pieces: Vec::new(), intercept: None, ..predictor.clone() };
                }
                if self.keeps_terms(k) {
                    let mut pieces = predictor.pieces.clone();
                    pieces.iter_mut().for_each(|piece| {
                        piece.first = p;
                        p += piece.coefs;
                    });
                    return Predictor { pieces, ..predictor.clone() };
                }
                p += 1;
                let piece = Piece { block: ones, first: p - 1, coefs: 1 };
                Predictor { pieces: vec![piece], intercept: Some(p - 1), ..predictor.clone() }
            })
            .collect();
        Some(Model { likelihood: Arc::clone(&self.model.likelihood), predictors, p })
    }

    /// The row of the file (from 1) and its line, of a row used.
    pub(crate) fn place(&self, row: usize) -> (u64, Option<u64>) {
        match &self.source {
            Rows::Memory(_) => (self.table.file_row(row) as u64 + 1, self.table.line(row)),
            Rows::Stream(stream) => stream.place(row),
        }
    }

    /// The fingerprint of these columns of the rows used.
    pub(crate) fn fingerprint(&self, columns: &[String]) -> Result<Fingerprint, Error> {
        match &self.source {
            Rows::Memory(_) => Ok(Fingerprint::of(&self.table, columns)),
            Rows::Stream(stream) => stream.fingerprint(columns),
        }
    }

    /// Name of a coefficient by its place in `beta`.
    pub(crate) fn name_of(&self, at: usize) -> &str {
        self.coefs.iter().find(|c| c.at == at).map_or("", |c| &c.name)
    }
}
