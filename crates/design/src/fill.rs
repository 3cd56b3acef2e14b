//! One part of a table to values and codes, from which its chunks are written.
//!
//! Variables are evaluated once a part; plain columns are borrowed, so a chunk of numbers is one copy. Whatever is not
//! finite is refused with its column and row as it is written: no pass over the chunks can meet it.

use std::ops::Range;

use crate::layout::{BlockPlan, Cells, Codes, Piece, Product};
use crate::standard::{Scaling, Standard};
use crate::values::{Unseen, Values, not_finite, values};
use crate::{Block, Dense, DesignError, Levels, Plan, Table, cells};

/// The values of one part.
pub(crate) struct Filler<'a> {
    plan: &'a Plan,
    table: &'a Table,
    rows: Range<usize>,
    /// By variable.
    values: Vec<Values<'a>>,
    /// By block: coefficients of the rows, where the block has codes of its own `[n]`.
    codes: Vec<Option<Vec<u32>>>,
}

impl<'a> Filler<'a> {
    /// Evaluates what the plan needs in `rows`.
    ///
    /// # Errors
    /// As [`Plan::chunks`]; rows count from 0 of the table.
    pub(crate) fn new(
        plan: &'a Plan,
        table: &'a Table,
        rows: Range<usize>,
        unseen: Unseen,
    ) -> Result<Self, DesignError> {
        let first = rows.start;
        let evaluated = plan.variables.iter().map(|variable| values(variable, table, &rows, unseen));
        let values = evaluated.collect::<Result<Vec<_>, _>>().map_err(|error| error.offset_row(first))?;
        let mut out = Self { plan, table, rows, values, codes: Vec::with_capacity(plan.blocks.len()) };
        for (b, block) in plan.blocks.iter().enumerate() {
            let codes = out.coefficients(b, block, unseen).map_err(|error| error.offset_row(first))?;
            out.codes.push(codes);
        }
        for cells in &plan.hollow {
            out.codes_of(cells, unseen).map_err(|error| error.offset_row(first))?;
        }
        Ok(out)
    }

    fn coefficients(
        &self,
        b: usize,
        block: &BlockPlan,
        unseen: Unseen,
    ) -> Result<Option<Vec<u32>>, DesignError> {
        let BlockPlan::Levels { codes: Codes::Cells(cells), .. } = block else { return Ok(None) };
        // Blocks that differ in what multiplies the codes only.
        let same = |other: &BlockPlan| matches!(other, BlockPlan::Levels { codes: Codes::Cells(c), .. } if c == cells);
        if let Some(twin) = self.plan.blocks[..b].iter().position(same) {
            return Ok(self.codes[twin].clone());
        }
        self.codes_of(cells, unseen).map(Some)
    }

    fn codes_of(&self, cells: &Cells, unseen: Unseen) -> Result<Vec<u32>, DesignError> {
        let levels = |(v, _): &(usize, bool)| match &self.values[*v] {
            Values::Codes(codes) => codes.as_slice(),
            _ => &[],
        };
        let levels: Vec<&[u32]> = cells.variables.iter().map(levels).collect();
        cells::coefficients(&self.plan.variables, cells, &levels, unseen == Unseen::Error)
    }

    /// Writes rows `from..` of a column into `out`.
    ///
    /// * `from` counts from the first row of the part
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`].
    pub(crate) fn column(
        &self,
        product: &Product,
        scaling: Scaling,
        from: usize,
        out: &mut [f64],
    ) -> Result<(), DesignError> {
        let mut pieces = product.iter();
        let mut rest = Scaling::NONE;
        match (pieces.next(), product.len()) {
            (None, _) => out.fill(1.0),
            (Some(piece), 1) => {
                self.piece(piece, from, out, |value, _| (value - scaling.shift) * scaling.scale)
            }
            (Some(piece), _) => {
                self.piece(piece, from, out, |value, _| value);
                rest = scaling;
            }
        }
        for piece in pieces {
            self.piece(piece, from, out, |value, so_far| value * so_far);
        }
        if rest != Scaling::NONE {
            out.iter_mut().for_each(|x| *x = (*x - rest.shift) * rest.scale);
        }
        if all_finite(out) { Ok(()) } else { Err(self.culprit(product, from, out)) }
    }

    fn piece(&self, piece: &Piece, from: usize, out: &mut [f64], join: impl Fn(f64, f64) -> f64) {
        match *piece {
            Piece::Column { variable, column } => match &self.values[variable] {
                Values::Number(numbers) => write(out, numbers[from..].iter().copied(), join),
                Values::Basis(columns) => write(out, columns[column][from..].iter().copied(), join),
                Values::Codes(codes) => {
                    let contrast = self.plan.variables[variable].contrast(column);
                    write(out, codes[from..].iter().map(|code| contrast[*code as usize]), join);
                }
            },
            Piece::Indicator { variable, level } => {
                let Values::Codes(codes) = &self.values[variable] else { return };
                write(out, codes[from..].iter().map(|code| f64::from(*code as usize == level)), join);
            }
        }
    }

    /// Why a product is not finite in the first row where it is not.
    fn culprit(&self, product: &Product, from: usize, out: &[f64]) -> DesignError {
        let row = from + out.iter().position(|x| !x.is_finite()).unwrap_or(0);
        let variables = product.iter().map(|piece| match piece {
            Piece::Column { variable, .. } | Piece::Indicator { variable, .. } => *variable,
        });
        for v in variables {
            if let Some(error) = self.refused(v, row) {
                return error;
            }
        }
        // Each factor is finite: their product is too large for a number.
        let names: Vec<&str> = product
            .iter()
            .map(|piece| match piece {
                Piece::Column { variable, .. } | Piece::Indicator { variable, .. } => {
                    self.plan.variables[*variable].name.as_str()
                }
            })
            .collect();
        let (column, row) = (names.join(":"), self.rows.start + row);
        DesignError::NonFinite { column, row, value: out[row - self.rows.start - from] }
    }

    fn refused(&self, variable: usize, row: usize) -> Option<DesignError> {
        let Values::Number(numbers) = &self.values[variable] else { return None };
        let value = numbers[row];
        (!value.is_finite()).then(|| {
            not_finite(&self.plan.variables[variable], self.table, &self.rows, row, value)
                .offset_row(self.rows.start)
        })
    }

    /// The sum of a predictor's offsets in rows `from..`, added to `out`.
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`].
    pub(crate) fn add_offsets(
        &self,
        offsets: &[usize],
        from: usize,
        out: &mut [f64],
    ) -> Result<(), DesignError> {
        for variable in offsets {
            let Values::Number(numbers) = &self.values[*variable] else { continue };
            let numbers = &numbers[from..from + out.len()];
            if let Some(row) = numbers.iter().position(|x| !x.is_finite())
                && let Some(error) = self.refused(*variable, from + row)
            {
                return Err(error);
            }
            out.iter_mut().zip(numbers).for_each(|(sum, offset)| *sum += offset);
        }
        Ok(())
    }

    /// One block of a chunk.
    ///
    /// * `chunk` its rows, counted from the first row of the part
    /// * `n`     its rows with padding, which repeats the last row
    /// * `given` codes handed in with the rows, by slot                      `[slots][table rows]`
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`].
    pub(crate) fn block(
        &self,
        b: usize,
        standard: &Standard,
        chunk: Range<usize>,
        n: usize,
        given: &[&[u32]],
    ) -> Result<Block, DesignError> {
        let scalings = &standard.blocks[b];
        match &self.plan.blocks[b] {
            BlockPlan::Ones => Ok(Block::Ones),
            BlockPlan::Dense(columns) => {
                let mut dense = Dense::new(columns.len(), n);
                for (j, product) in columns.iter().enumerate() {
                    let column = &mut dense.col_mut(j)[..n];
                    self.column(product, scalings[j], chunk.start, &mut column[..chunk.len()])?;
                    repeat_last(column, chunk.len());
                }
                Ok(Block::Dense(dense))
            }
            BlockPlan::Levels { codes, times } => {
                let source = match codes {
                    Codes::Given { slot, .. } => &given[*slot][self.rows.clone()],
                    Codes::Cells(_) => self.codes[b].as_deref().unwrap_or(&[]),
                };
                let mut codes = source[chunk.clone()].to_vec();
                codes.resize(n, codes[chunk.len() - 1]);
                let times = match times {
                    None => None,
                    Some(product) => {
                        let mut column = vec![0.0; n];
                        self.column(product, scalings[0], chunk.start, &mut column[..chunk.len()])?;
                        repeat_last(&mut column, chunk.len());
                        Some(column)
                    }
                };
                Ok(Block::Levels(Levels { coefs: self.plan.blocks[b].spec().coefs(), codes, times }))
            }
        }
    }
}

fn write(out: &mut [f64], values: impl Iterator<Item = f64>, join: impl Fn(f64, f64) -> f64) {
    out.iter_mut().zip(values).for_each(|(out, value)| *out = join(value, *out));
}

/// Repeats the last of `rows` values to the end.
pub(crate) fn repeat_last(column: &mut [f64], rows: usize) {
    let last = column[rows - 1];
    column[rows..].fill(last);
}

fn all_finite(values: &[f64]) -> bool {
    const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
    // Joined with `or` over integers, so that the loop runs in lanes.
    let any = values.iter().fold(0, |any, x| any | u64::from(x.to_bits() & EXPONENT == EXPONENT));
    any == 0
}
