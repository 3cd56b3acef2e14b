//! `loglik predict`: new rows through a model file, some at a time, to any format that can be read.

use crate::args::PredictArgs;
use crate::{interrupt, memory, output};
use loglik::data::{CellKind, Cells, Scan, ScanOptions, Stream, Writer};
use loglik::expr::Column;
use loglik::{Error, Exit, ModelFile, PredictSpec, Table};

/// Rows predicted at once.
const ROWS: usize = 65_536;

/// Bytes of decoded columns kept in memory where nothing is said.
const BUDGET: u64 = 256 << 20;

/// Predicts and writes one line a row; rows with a missing input have empty cells.
pub(crate) fn run(args: &PredictArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    if let Some(path) = &args.output {
        output::refuse_overwrite(path, args.force)?;
        interrupt::cleans(path);
    }
    let quantities = args.quantity.iter().map(|word| word.parse()).collect::<Result<_, Error>>()?;
    let spec = PredictSpec {
        quantities,
        level: args.level,
        probabilities: args.probabilities.clone(),
        times: args.times.clone(),
        unseen: args.unseen.parse()?,
    };
    let options = ScanOptions { na: args.na.clone(), ..ScanOptions::default() };
    let mut scan = Scan::open(&args.data, options)?;
    let kept = kept(&args.keep, scan.names())?;
    let mut wanted = model.needed_columns(scan.names())?;
    wanted.extend(kept.iter().filter(|name| !wanted.contains(name)).cloned().collect::<Vec<_>>());
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let budget = args.memory.as_deref().map(memory::bytes).transpose()?.map_or(BUDGET, |cap| cap / 4);
    let stream = scan.stream(Some(&wanted), budget)?;
    let path = args.output.as_deref().unwrap_or("-");
    write(&stream, &kept, path, |rows| model.predict(rows, &spec))?;
    Ok(Exit::Ok)
}

/// Columns of the input that the output has too.
fn kept(asked: &[String], names: &[String]) -> Result<Vec<String>, Error> {
    if asked == ["."] {
        return Ok(names.to_vec());
    }
    match asked.iter().find(|name| !names.contains(name)) {
        Some(name) => Err(Error::unknown_column("--keep", name, names)),
        None => Ok(asked.to_vec()),
    }
}

/// Writes row numbers, kept columns and predictions of all rows.
fn write(
    stream: &Stream,
    kept: &[String],
    path: &str,
    predict: impl Fn(&Table) -> Result<Table, Error>,
) -> Result<(), Error> {
    let mut writer: Option<Writer> = None;
    for first in (0..stream.rows()).step_by(ROWS) {
        let rows = stream.table(first..stream.rows().min(first + ROWS), None)?;
        let predicted = predict(&rows)?;
        let numbers = (first as u64 + 1..).take(rows.rows()).collect();
        let mut columns = vec![("row".to_owned(), Cells::Whole(numbers))];
        for name in kept {
            columns.extend(rows.column(name).map(|column| (name.clone(), cells(column))));
        }
        columns.extend(predicted.names().iter().cloned().zip(predicted.columns().map(cells)));
        let (names, cells): (Vec<String>, Vec<Cells>) = columns.into_iter().unzip();
        let out = match &mut writer {
            Some(writer) => writer,
            None => {
                let kinds: Vec<(String, CellKind)> =
                    names.into_iter().zip(cells.iter().map(Cells::kind)).collect();
                writer.insert(Writer::create(path, &kinds)?)
            }
        };
        out.write(&cells)?;
    }
    writer.map_or(Ok(()), |writer| Ok(writer.finish()?))
}

fn cells(column: &Column) -> Cells {
    match column {
        Column::Number(values) => Cells::Number(values.clone()),
        Column::Category { codes, levels, .. } => Cells::Text(codes.clone(), levels.clone()),
    }
}
