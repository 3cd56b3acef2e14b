//! `loglik predict`: new rows through a model file.

use crate::args::PredictArgs;
use crate::output;
use crate::stdout::say;
use loglik::expr::Column;
use loglik::{Error, Exit, ModelFile, PredictSpec, RowDiagnostics, data};
use loglik_report::{Align, Format, Grid};

/// Predicts and prints one line a row; rows with a missing input have empty cells.
pub(crate) fn run(args: &PredictArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
    }
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let rows = args.residuals || args.influence;
    let named = args.predict.is_empty() && args.quantity.is_empty() && !rows;
    let expressions = if named { model.named_quantities()? } else { args.predict.clone() };
    let names = if rows {
        model.residual_columns(scan.names())?
    } else {
        model.expression_columns(&expressions, scan.names())?
    };
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let table = scan.read(Some(&wanted))?.table;
    let predicted = if expressions.is_empty() {
        let quantities = args.quantity.iter().map(|word| word.parse()).collect::<Result<_, Error>>()?;
        let spec = PredictSpec {
            quantities,
            level: args.level,
            probabilities: args.probabilities.clone(),
            times: args.times.clone(),
        };
        model.predict(&table, &spec)?
    } else {
        model.predict_expressions(&table, &expressions, args.level)?
    };
    let diagnostics = if rows { model.diagnostics(&table, args.influence, args.seed)? } else { Vec::new() };
    let figures = figures(args);
    let columns: Vec<(&str, Align)> = [("row", Align::Right)]
        .into_iter()
        .chain(predicted.names().iter().map(|name| (name.as_str(), Align::Right)))
        .chain(figures.iter().map(|(name, _)| (*name, Align::Right)))
        .collect();
    let mut grid = Grid::new(&columns);
    for row in 0..table.rows() {
        let cells = predicted.columns().map(|column| cell(column, row));
        let found = diagnostics.get(row).and_then(Option::as_ref);
        let figures = figures.iter().map(|(_, figure)| found.map_or(f64::NAN, figure));
        let figures = figures.map(|v| if v.is_nan() { String::new() } else { v.to_string() });
        grid.row([(row + 1).to_string()].into_iter().chain(cells).chain(figures).collect());
    }
    let text = grid.render(Format::Csv);
    match &args.output {
        Some(path) => output::write(path, &text)?,
        None => say!("{text}"),
    }
    Ok(Exit::Ok)
}

/// A figure of a row, by the name of its column.
type Figure = (&'static str, fn(&RowDiagnostics) -> f64);

/// Residuals, and leverage and distance, as far as they were asked for.
fn figures(args: &PredictArgs) -> Vec<Figure> {
    let mut out: Vec<Figure> = Vec::new();
    if args.residuals || args.influence {
        out.extend::<[Figure; 5]>([
            ("residual", |d| d.response),
            ("residual_deviance", |d| d.deviance),
            ("residual_pearson", |d| d.pearson),
            ("residual_working", |d| d.working),
            ("residual_quantile", |d| d.quantile),
        ]);
    }
    if args.influence {
        out.extend::<[Figure; 4]>([
            ("residual_standardized", |d| d.standardized),
            ("residual_studentized", |d| d.studentized),
            ("leverage", |d| d.leverage),
            ("cooks_distance", |d| d.cooks_distance),
        ]);
    }
    out
}

/// One value as text; empty where it is missing.
fn cell(column: &Column, row: usize) -> String {
    match column {
        Column::Number(values) if values[row].is_nan() => String::new(),
        Column::Number(values) => values[row].to_string(),
        Column::Category { codes, levels, .. } => {
            levels.get(codes[row] as usize).cloned().unwrap_or_default()
        }
    }
}
