//! What the verbs about scored rows share: flags to a request, columns from a file.

use crate::decision_args::RowsArgs;
use crate::memory;
use loglik::{Data, Error, Folds, ModelFile, RowsSpec, data};

/// The request of the flags.
pub(crate) fn spec(args: &RowsArgs) -> Result<RowsSpec, Error> {
    Ok(RowsSpec {
        scores: args.score.clone(),
        outcome: args.outcome.clone(),
        event: args.event.clone(),
        direction: args.direction.parse()?,
        weights: args.table.weights.clone(),
        weight_kind: args.table.weight_kind.parse()?,
        filter: args.table.filter.clone(),
        missing: args.missing.parse()?,
        by: Vec::new(),
        folds: args.cv.map(|count| Folds { count, seed: args.seed }),
        prevalence: None,
    })
}

/// The model, where scores do not stand in the data, and the path of the data.
pub(crate) fn files(rows: &RowsArgs) -> Result<(Option<ModelFile>, &str), Error> {
    match rows.files.as_slice() {
        [model, data] if rows.score.is_empty() => Ok((Some(ModelFile::load(model)?), data)),
        [data] if !rows.score.is_empty() => Ok((None, data)),
        [_] => Err(Error::request("one file is named, but neither a model nor a score")
            .remedy("write `MODEL DATA`, or `--score p --outcome y DATA`")),
        _ => Err(Error::request("a model makes the scores: drop --score, or the model")),
    }
}

/// The columns that are read, in memory or, within so many bytes, as a stream.
pub(crate) fn data(
    path: &str,
    args: &RowsArgs,
    spec: &RowsSpec,
    model: Option<&ModelFile>,
    memory: Option<&str>,
) -> Result<Data, Error> {
    let options = data::ScanOptions { na: args.table.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(path, options)?;
    let names = spec.needed_columns(scan.names(), model)?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    Ok(memory::rows(&mut scan, &wanted, memory)?.0)
}
