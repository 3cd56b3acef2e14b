//! What the verbs about scored rows share: flags to a request, columns from a file.

use crate::decision_args::RowsArgs;
use loglik::{Error, ModelFile, RowsSpec, Table, data};

/// The request of the flags.
pub(crate) fn spec(args: &RowsArgs, by: &[String]) -> Result<RowsSpec, Error> {
    Ok(RowsSpec {
        scores: args.score.clone(),
        outcome: args.outcome.clone(),
        event: args.event.clone(),
        direction: args.direction.parse()?,
        weights: args.weights.clone(),
        weight_kind: args.weight_kind.parse()?,
        filter: args.filter.clone(),
        missing: args.missing.parse()?,
        by: by.to_vec(),
        folds: None,
        prevalence: None,
    })
}

/// The model, where scores do not stand in the data, and the path of the data.
pub(crate) fn files<'a>(files: &'a [String], rows: &RowsArgs) -> Result<(Option<ModelFile>, &'a str), Error> {
    match files {
        [model, data] if rows.score.is_empty() => Ok((Some(ModelFile::load(model)?), data)),
        [data] if !rows.score.is_empty() => Ok((None, data)),
        [_] => Err(Error::request("one file is named, but neither a model nor a score")
            .remedy("write `MODEL DATA`, or `--score p --outcome y DATA`")),
        _ => Err(Error::request("a model makes the scores: drop --score, or the model")),
    }
}

/// The columns that are read.
pub(crate) fn table(
    path: &str,
    args: &RowsArgs,
    spec: &RowsSpec,
    model: Option<&ModelFile>,
) -> Result<Table, Error> {
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let names = spec.needed_columns(scan.names(), model)?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(scan.read(Some(&wanted))?.table)
}
