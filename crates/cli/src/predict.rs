//! `loglik predict`: new rows through a model file.

use crate::args::PredictArgs;
use crate::output;
use loglik::{Error, Exit, ModelFile, data};
use loglik_report::{Align, Format, Grid};

/// Predicts and prints one line a row; rows with a missing input have empty cells.
pub(crate) fn run(args: &PredictArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
    }
    let options = data::ScanOptions { na: args.na.clone(), ..data::ScanOptions::default() };
    let mut scan = data::Scan::open(&args.data, options)?;
    let names = model.needed_columns(scan.names())?;
    let wanted: Vec<&str> = names.iter().map(String::as_str).collect();
    let table = scan.read(Some(&wanted))?.table;
    let predictions = model.predict(&table, args.level)?;
    let columns: Vec<(&str, Align)> = [("row", Align::Right)]
        .into_iter()
        .chain(predictions.names.iter().map(|n| (n.as_str(), Align::Right)))
        .collect();
    let mut grid = Grid::new(&columns);
    for row in 0..table.rows() {
        let cells = predictions.columns.iter().map(|column| column[row].clone());
        grid.row([(row + 1).to_string()].into_iter().chain(cells).collect());
    }
    let text = grid.render(Format::Csv);
    match &args.output {
        Some(path) => output::write(path, &text)?,
        None => print!("{text}"),
    }
    Ok(Exit::Ok)
}
