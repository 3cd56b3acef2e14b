//! Ten synthetic rows with expected outputs, by which every loader of a model file checks itself.
//!
//! The rows are made, not taken: numbers between the least and the greatest of a column, rounded to three digits, levels
//! in turn. Only where a term refuses such numbers (`factor(x)`) are they drawn from the few that the column has. Linear
//! predictors and means are written down when the file is; whoever loads it computes them again.

use crate::model_file::invalid;
use crate::own::OWN;
use crate::predict::mean_of;
use crate::{Error, ModelFile, Number, PredictSpec};
use loglik_design::{FillOptions, PART_ROWS, RowColumns, Source, Standard, Table};
use loglik_expr::{Column, MISSING, Sparse};
use loglik_fit::{Point, Precision, RunError, Sweep};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows written down.
const ROWS: usize = 10;

/// Rows tried: a term may refuse some combinations of levels.
const TRIED: usize = 200;

/// Different numbers up to which a column's own are used.
const FEW: usize = 20;

/// Relative agreement asked of outputs: far below what is printed, far above what another order of sums changes.
const AGREEMENT: f64 = 1e-9;

/// Cells of one synthetic column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Cells {
    Numbers(Vec<f64>),
    Texts(Vec<String>),
    Sparse {
        /// Columns of the block.
        width: usize,
        /// Columns and values of each row's entries.
        entries: Vec<Vec<(u32, f64)>>,
    },
}

/// Synthetic rows and what the model says of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SelfTest {
    rows: usize,
    columns: BTreeMap<String, Cells>,
    /// Linear predictors and means                                            `[outputs][rows]`
    expected: Vec<Vec<Number>>,
}

impl SelfTest {
    /// Synthetic rows of a model and its outputs there.
    ///
    /// * `table` the rows used, or the first part of them
    pub(crate) fn of(file: &ModelFile, table: &Table) -> Result<Self, Error> {
        let names = file.expression_columns(&file.named_quantities()?, table.names())?;
        let mut test = Self::default();
        for own in [false, true] {
            let column =
                |(c, name): (usize, &String)| Some((name.clone(), synthetic(table.column(name)?, c, own)));
            let columns = names.iter().enumerate().filter_map(column).collect();
            let all = Self { rows: TRIED, columns, expected: Vec::new() };
            let is_legal = |row: &usize| all.picked(&[*row]).outputs(file).is_ok();
            let legal: Vec<usize> = (0..TRIED).filter(is_legal).take(ROWS).collect();
            test = all.picked(&legal);
            if legal.len() == ROWS {
                break;
            }
        }
        test.expected = if test.rows == 0 { Vec::new() } else { test.outputs(file)? };
        Ok(test)
    }

    /// Computes the outputs again.
    ///
    /// # Errors
    /// `model_file_invalid` where they are not those expected.
    pub(crate) fn check(&self, file: &ModelFile) -> Result<(), Error> {
        if self.rows == 0 {
            return Ok(());
        }
        let found =
            self.outputs(file).map_err(|error| invalid(format!("its own rows: {}", error.message)))?;
        let near = |a: &Number, b: &Number| {
            a.0 == b.0 || (a.0.is_nan() && b.0.is_nan()) || (a.0 - b.0).abs() <= AGREEMENT * (1.0 + b.0.abs())
        };
        let same = found.len() == self.expected.len()
            && found.iter().zip(&self.expected).all(|(found, expected)| {
                found.len() == expected.len() && found.iter().zip(expected).all(|(a, b)| near(a, b))
            });
        if same { Ok(()) } else { Err(invalid("its own rows are not predicted as when it was written")) }
    }

    fn picked(&self, rows: &[usize]) -> Self {
        let cells = |cells: &Cells| match cells {
            Cells::Numbers(values) => Cells::Numbers(rows.iter().map(|row| values[*row]).collect()),
            Cells::Texts(texts) => Cells::Texts(rows.iter().map(|row| texts[*row].clone()).collect()),
            Cells::Sparse { width, entries } => Cells::Sparse {
                width: *width,
                entries: rows.iter().map(|row| entries[*row].clone()).collect(),
            },
        };
        let columns = self.columns.iter().map(|(name, column)| (name.clone(), cells(column)));
        Self { rows: rows.len(), columns: columns.collect(), expected: Vec::new() }
    }

    fn table(&self) -> Result<Table, Error> {
        let columns = self.columns.iter().map(|(name, cells)| Ok((name.as_str(), cells.column()?)));
        Ok(Table::from_columns(columns.collect::<Result<Vec<_>, Error>>()?)?.with_rows(self.rows))
    }

    /// Linear predictors of all parameters, and means where the likelihood knows them; of a likelihood of one's own its
    /// quantities                                                            `[outputs][rows]`
    fn outputs(&self, file: &ModelFile) -> Result<Vec<Vec<Number>>, Error> {
        let table = self.table()?;
        if file.fit.likelihood == OWN {
            let names = file.named_quantities()?;
            let found = file.predict_expressions(&table, &names, &PredictSpec::default())?;
            return Ok(names.iter().map(|name| numbers(found.column(name))).collect());
        }
        let (plan, offset) = (Arc::new(file.prediction.plan.clone()), file.offset(&table)?);
        let rows = RowColumns { offsets: vec![offset.map(Cow::Owned)], ..RowColumns::default() };
        let source = plan
            .chunks(
                &table,
                rows,
                &Standard::none(&plan),
                &FillOptions { threads: 1, ..FillOptions::default() },
            )
            .map_err(|error| Error::design(&error, &table))?;
        let model = file.model()?;
        let point = Point::new(file.prediction.beta.clone());
        let limits = file.limits();
        let mut out: Vec<Vec<Number>> = Vec::new();
        for part in 0..source.parts() {
            let read = source.read(part, &mut |chunk| {
                let mut sweep = Sweep::default();
                sweep.predict(&model, &point, Precision::Plain, &limits, chunk);
                sweep.coordinates(&model, chunk);
                let mut outputs = sweep.etas.clone();
                outputs.extend(mean_of(&model, &sweep.us));
                out.resize(outputs.len(), Vec::new());
                for (out, values) in out.iter_mut().zip(outputs) {
                    out.extend(values[..chunk.rows].iter().map(|v| Number(*v)));
                }
                Ok(())
            });
            read.map_err(|halt| Error::from(RunError::from(halt)))?;
        }
        Ok(out)
    }
}

fn numbers(column: Option<&Column>) -> Vec<Number> {
    match column {
        Some(Column::Number(values)) => values.iter().map(|v| Number(*v)).collect(),
        _ => Vec::new(),
    }
}

impl Cells {
    fn column(&self) -> Result<Column, Error> {
        Ok(match self {
            Self::Numbers(values) => Column::Number(values.clone()),
            Self::Sparse { width, entries } => {
                let ends = entries.iter().scan(0, |end, row| {
                    *end += row.len();
                    Some(*end)
                });
                let starts: Vec<usize> = std::iter::once(0).chain(ends).collect();
                let (index, value) = entries.iter().flatten().copied().unzip();
                let block = Sparse::new(*width, &starts, index, value);
                Column::Sparse(block.map_err(|error| invalid(format!("its own rows: {error}")))?)
            }
            Self::Texts(texts) => {
                let mut levels = texts.clone();
                levels.sort_unstable();
                levels.dedup();
                let code = |text: &String| levels.binary_search(text).map_or(MISSING, |at| at as u32);
                let codes = texts.iter().map(code).collect();
                Column::Category { codes, levels: levels.into(), ordered: false }
            }
        })
    }
}

/// Made-up cells of the `c`-th column; `own` draws numbers from those of the column, where they are few.
fn synthetic(column: &Column, c: usize, own: bool) -> Cells {
    // Multiples of the root of another prime for each column fill the unit cube evenly (Weyl, 1916).
    const PRIMES: [f64; 12] = [2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0, 19.0, 23.0, 29.0, 31.0, 37.0];
    let step = (PRIMES[c % PRIMES.len()] + (c / PRIMES.len()) as f64 / 64.0).sqrt();
    let unit = |i: usize| ((i + 1) as f64 * step).fract();
    let pick = |i: usize, n: usize| (unit(i) * n as f64) as usize;
    match column {
        Column::Category { codes, levels, .. } => {
            let mut used = vec![false; levels.len()];
            codes.iter().filter(|code| **code != MISSING).for_each(|code| used[*code as usize] = true);
            let used: Vec<&String> =
                levels.iter().zip(used).filter(|(_, used)| *used).map(|(l, _)| l).collect();
            Cells::Texts((0..TRIED).filter_map(|i| Some((*used.get(pick(i, used.len()))?).clone())).collect())
        }
        Column::Sparse(block) => {
            const ENTRIES: usize = 5;
            let width = block.columns();
            let row = |i: usize| {
                let places = (0..ENTRIES.min(width)).map(|k| pick(i * ENTRIES + k, width) as u32);
                let places: BTreeSet<u32> = places.collect();
                places.into_iter().map(|j| (j, three_digits(unit(i + j as usize)))).collect()
            };
            Cells::Sparse { width, entries: (0..TRIED).map(row).collect() }
        }
        Column::Number(values) => {
            let values = &values[..values.len().min(PART_ROWS)];
            let few = if own { few_numbers(values) } else { None };
            let (low, high) = values
                .iter()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
            let whole = values.iter().all(|v| v.fract() == 0.0);
            let between = |i: usize| {
                let exact = low + (high - low) * unit(i);
                let short = if whole { exact.round() } else { three_digits(exact) };
                if (low..=high).contains(&short) { short } else { exact }
            };
            Cells::Numbers(match few {
                Some(few) if !few.is_empty() => (0..TRIED).map(|i| few[pick(i, few.len())]).collect(),
                _ => (0..TRIED).map(between).collect(),
            })
        }
    }
}

/// The different numbers of a column, where they are few.
fn few_numbers(values: &[f64]) -> Option<Vec<f64>> {
    let mut few: Vec<f64> = Vec::new();
    for value in values.iter().filter(|v| !v.is_nan()) {
        if !few.contains(value) {
            few.push(*value);
        }
        if few.len() > FEW {
            return None;
        }
    }
    few.sort_by(f64::total_cmp);
    Some(few)
}

fn three_digits(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}
