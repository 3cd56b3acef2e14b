//! `loglik predict`: new rows through a model file.

use crate::args::PredictArgs;
use crate::output;
use loglik::expr::Column;
use loglik::{Error, Exit, ModelFile, PredictSpec, data};
use loglik_report::{Align, Format, Grid};

/// Predicts and prints one line a row; rows with a missing input have empty cells.
pub(crate) fn run(args: &PredictArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
    }
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let named = args.predict.is_empty() && args.quantity.is_empty();
    let expressions = if named { model.named_quantities()? } else { args.predict.clone() };
    let names = model.expression_columns(&expressions, scan.names())?;
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
    let columns: Vec<(&str, Align)> = [("row", Align::Right)]
        .into_iter()
        .chain(predicted.names().iter().map(|name| (name.as_str(), Align::Right)))
        .collect();
    let mut grid = Grid::new(&columns);
    for row in 0..table.rows() {
        let cells = predicted.columns().map(|column| cell(column, row));
        grid.row([(row + 1).to_string()].into_iter().chain(cells).collect());
    }
    let text = grid.render(Format::Csv);
    match &args.output {
        Some(path) => output::write(path, &text)?,
        None => print!("{text}"),
    }
    Ok(Exit::Ok)
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
