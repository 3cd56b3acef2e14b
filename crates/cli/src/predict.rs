//! `loglik predict`: new rows through a model file, some at a time, to any format that can be read.

use crate::model_args::PredictArgs;
use crate::{interrupt, memory, output, stdout};
use loglik::data::{CellKind, Cells, Scan, ScanOptions, Writer};
use loglik::expr::Column;
use loglik::{Error, Exit, ModelFile, PredictSpec, RowDiagnostics, Table};

/// Rows predicted at once.
const ROWS: usize = 65_536;

/// Bytes of decoded columns kept in memory where nothing is said.
const BUDGET: u64 = 256 << 20;

/// Predicts and writes one line a row; rows with a missing input have empty cells.
pub(crate) fn run(args: &PredictArgs) -> Result<Exit, Error> {
    let model = ModelFile::load(&args.model)?;
    let path = args.output.as_deref().filter(|path| *path != "-");
    if let Some(path) = path {
        output::refuse_overwrite(path, args.force)?;
        Writer::check_name(path)?;
        interrupt::cleans(path);
    }
    let asked = Asked::of(args, &model)?;
    let options = ScanOptions { na: args.na.clone(), ..ScanOptions::default() };
    let mut scan = Scan::open(&args.data, options)?;
    let kept = kept(&args.keep, scan.names())?;
    let mut wanted = asked.columns(&model, scan.names())?;
    wanted.extend(kept.iter().filter(|name| !wanted.contains(name)).cloned().collect::<Vec<_>>());
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    let budget = args.memory.as_deref().map(memory::quarter).transpose()?.unwrap_or(BUDGET);
    let mut out = Output { path, kept, writer: None };
    if asked.figures.is_empty() {
        let stream = scan.stream(Some(&wanted), budget)?;
        for first in (0..stream.rows()).step_by(ROWS) {
            let rows = stream.table(first..stream.rows().min(first + ROWS), None)?;
            out.add(first, &rows, asked.predict(&model, &rows)?)?;
        }
    } else {
        // A residual is drawn, and a leverage belongs, to a row among all of them.
        let rows = scan.read(Some(&wanted))?.table;
        out.add(0, &rows, asked.predict(&model, &rows)?)?;
    }
    out.finish()?;
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

/// A figure of a row, by the name of its column.
type Figure = (&'static str, fn(&RowDiagnostics) -> f64);

/// What is said of every row.
struct Asked {
    spec: PredictSpec,
    expressions: Vec<String>,
    figures: Vec<Figure>,
    influence: bool,
    seed: u64,
}

impl Asked {
    fn of(args: &PredictArgs, model: &ModelFile) -> Result<Self, Error> {
        let figures = figures(args);
        let named = args.predict.is_empty() && args.quantity.is_empty() && figures.is_empty();
        let expressions = if named { model.named_quantities()? } else { args.predict.clone() };
        let quantities = args.quantity.iter().map(|word| word.parse()).collect::<Result<_, Error>>()?;
        let spec = PredictSpec {
            quantities,
            level: args.level,
            probabilities: args.probabilities.clone(),
            times: args.times.clone(),
            unseen: args.unseen.parse()?,
        };
        Ok(Self { spec, expressions, figures, influence: args.influence, seed: args.seed })
    }

    /// Columns of a table with these names that are read.
    fn columns(&self, model: &ModelFile, names: &[String]) -> Result<Vec<String>, Error> {
        if self.figures.is_empty() {
            model.expression_columns(&self.expressions, names)
        } else {
            model.residual_columns(names)
        }
    }

    /// Names and cells of what is said of some rows.
    fn predict(&self, model: &ModelFile, rows: &Table) -> Result<Vec<(String, Cells)>, Error> {
        let predicted = if self.expressions.is_empty() {
            model.predict(rows, &self.spec)?
        } else {
            model.predict_expressions(rows, &self.expressions, &self.spec)?
        };
        let columns = predicted.names().iter().cloned().zip(predicted.columns().map(cells));
        let mut out: Vec<(String, Cells)> = columns.collect();
        if !self.figures.is_empty() {
            let found = model.diagnostics(rows, self.influence, self.seed)?;
            for (name, figure) in &self.figures {
                let values = found.iter().map(|row| row.as_ref().map_or(f64::NAN, figure)).collect();
                out.push(((*name).to_owned(), Cells::Number(values)));
            }
        }
        Ok(out)
    }
}

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

/// The table that is written: row numbers, kept columns, what is said of the rows.
struct Output<'a> {
    /// Standard output where there is none.
    path: Option<&'a str>,
    kept: Vec<String>,
    /// Begun with the first rows, which show what kind every column is.
    writer: Option<Writer>,
}

impl Output<'_> {
    /// Adds rows, the first of which is row `first` of the input.
    fn add(&mut self, first: usize, rows: &Table, predicted: Vec<(String, Cells)>) -> Result<(), Error> {
        let numbers = (first as u64 + 1..).take(rows.rows()).collect();
        let mut columns = vec![("row".to_owned(), Cells::Whole(numbers))];
        for name in &self.kept {
            columns.extend(rows.column(name).map(|column| (name.clone(), cells(column))));
        }
        columns.extend(predicted);
        if let Some((_, (name, _))) =
            columns.iter().enumerate().find(|(i, (name, _))| columns[..*i].iter().any(|(n, _)| n == name))
        {
            let message = format!("--keep: the output has a column `{name}` of its own");
            return Err(Error::request(message)
                .column(name.clone())
                .remedy("keep the other columns by name"));
        }
        let (names, cells): (Vec<String>, Vec<Cells>) = columns.into_iter().unzip();
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let kinds: Vec<(String, CellKind)> =
                    names.into_iter().zip(cells.iter().map(Cells::kind)).collect();
                none.insert(match self.path {
                    Some(path) => Writer::create(path, &kinds)?,
                    None => Writer::csv(stdout::Out, &kinds)?,
                })
            }
        };
        Ok(writer.write(&cells)?)
    }

    fn finish(self) -> Result<(), Error> {
        self.writer.map_or(Ok(()), |writer| Ok(writer.finish()?))
    }
}

fn cells(column: &Column) -> Cells {
    match column {
        Column::Number(values) => Cells::Number(values.clone()),
        Column::Category { codes, levels, .. } => Cells::Text(codes.clone(), levels.clone()),
        // Entries as `column:value`, columns from 1.
        Column::Sparse(block) => {
            let text = |row| {
                let (index, value) = block.row(row);
                let entries = index.iter().zip(value).map(|(j, v)| format!("{}:{v}", j + 1));
                entries.collect::<Vec<_>>().join(" ")
            };
            let n = block.rows();
            Cells::Text((0..n as u32).collect(), (0..n).map(text).collect())
        }
    }
}
