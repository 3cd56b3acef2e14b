//! One part of a table to values and codes, from which its chunks are written.
//!
//! Variables are evaluated once a part; plain columns are borrowed, so a chunk of numbers is one copy. Whatever is not
//! finite is refused with its column and row as it is written: no pass over the chunks can meet it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;

use loglik_expr::Sparse;

use crate::evaluate::{plain_name, plain_rows};
use crate::layout::{BlockPlan, Cells, Codes, Piece, Product};
use crate::standard::{Scaling, Standard};
use crate::values::{Unseen, Values, not_finite, values};
use crate::{Block, Dense, DesignError, Levels, Plan, Table, cells};

/// What is computed of one part, once: everything but columns that are read where they lie.
#[derive(Clone, Debug)]
pub(crate) struct Kept {
    /// By variable; `None` for a plain column, and for codes that no column is made of.
    values: Vec<Option<Values<'static>>>,
    /// By block: coefficients of the rows, where the block has codes of its own `[n]`.
    codes: Vec<Option<Vec<u32>>>,
}

/// The values of one part.
pub(crate) struct Filler<'a> {
    plan: &'a Plan,
    table: &'a Table,
    rows: Range<usize>,
    /// By variable.
    values: Vec<Values<'a>>,
    /// By block: coefficients of the rows, where the block has codes of its own `[n]`.
    codes: Vec<Option<Cow<'a, [u32]>>>,
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

    /// What is to be kept of the part, so that it can be filled again without evaluating anything.
    pub(crate) fn kept(self) -> Kept {
        let plan = self.plan;
        let is_read =
            |v: usize| plan.blocks.iter().flat_map(BlockPlan::products).flatten().any(|p| p.variable() == v);
        let keep = |(v, values): (usize, Values<'a>)| {
            let needed = is_read(v) || !matches!(values, Values::Codes(_));
            if needed { values.computed() } else { None }
        };
        Kept {
            values: self.values.into_iter().enumerate().map(keep).collect(),
            codes: self.codes.into_iter().map(|codes| codes.map(Cow::into_owned)).collect(),
        }
    }

    /// The values of a part again.
    pub(crate) fn again(plan: &'a Plan, table: &'a Table, rows: Range<usize>, kept: &'a Kept) -> Self {
        let values = plan.variables.iter().zip(&kept.values).map(|(variable, kept)| match kept {
            Some(kept) => kept.borrowed(),
            None => plain_rows(&variable.variable, table, &rows),
        });
        let values = values.collect();
        let codes = kept.codes.iter().map(|codes| codes.as_deref().map(Cow::Borrowed)).collect();
        Self { plan, table, rows, values, codes }
    }

    /// Whether all columns and offsets are finite, without writing them anywhere but to a scratch.
    ///
    /// * `largest` the greatest sizes of plain columns, where they are known
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`].
    pub(crate) fn check(
        &self,
        standard: &Standard,
        largest: &BTreeMap<String, f64>,
    ) -> Result<(), DesignError> {
        let n = self.rows.len();
        let mut scratch = Vec::new();
        for (block, scalings) in self.plan.blocks.iter().zip(&standard.blocks) {
            for (product, scaling) in block.products().zip(scalings) {
                if let Some(numbers) = self.plain(product)
                    && (self.is_bounded(product, *scaling, largest) || scaled_is_finite(numbers, *scaling))
                {
                    continue;
                }
                scratch.resize(n, 0.0);
                self.column(product, *scaling, 0, &mut scratch)?;
            }
        }
        for predictor in self.plan.predictors.iter().filter(|predictor| !predictor.offsets.is_empty()) {
            scratch.clear();
            scratch.resize(n, 0.0);
            self.add_offsets(&predictor.offsets, 0, &mut scratch)?;
        }
        Ok(())
    }

    /// Whether the column's known size says that it is finite once it is shifted and scaled.
    fn is_bounded(&self, product: &Product, scaling: Scaling, largest: &BTreeMap<String, f64>) -> bool {
        let variable = product.first().map(|piece| &self.plan.variables[piece.variable()].variable);
        let size = variable.and_then(|v| plain_name(v)).and_then(|name| largest.get(name));
        size.is_some_and(|size| ((size + scaling.shift.abs()) * scaling.scale).is_finite())
    }

    /// The numbers of a product that is one plain column or one expression.
    fn plain(&self, product: &Product) -> Option<&[f64]> {
        match product.as_slice() {
            [Piece::Column { variable, .. }] => match &self.values[*variable] {
                Values::Number(numbers) => Some(numbers),
                _ => None,
            },
            _ => None,
        }
    }

    fn coefficients(
        &self,
        b: usize,
        block: &BlockPlan,
        unseen: Unseen,
    ) -> Result<Option<Cow<'a, [u32]>>, DesignError> {
        let BlockPlan::Levels { codes: Codes::Cells(cells), .. } = block else { return Ok(None) };
        // Blocks that differ in what multiplies the codes only.
        let same = |other: &BlockPlan| matches!(other, BlockPlan::Levels { codes: Codes::Cells(c), .. } if c == cells);
        if let Some(twin) = self.plan.blocks[..b].iter().position(same) {
            return Ok(self.codes[twin].clone());
        }
        self.codes_of(cells, unseen).map(|codes| Some(Cow::Owned(codes)))
    }

    fn codes_of(&self, cells: &Cells, unseen: Unseen) -> Result<Vec<u32>, DesignError> {
        let levels = |(v, _): &(usize, bool)| match &self.values[*v] {
            Values::Codes(codes) => codes.as_ref(),
            _ => &[],
        };
        let levels: Vec<&[u32]> = cells.variables.iter().map(levels).collect();
        cells::coefficients(&self.plan.variables, cells, &levels, unseen == Unseen::Error)
    }

    /// Writes rows `from..` of a column into `out` and looks whether they are finite.
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
        self.write_column(product, scaling, from, out);
        if all_finite(out) { Ok(()) } else { Err(self.culprit(product, from, out)) }
    }

    /// Writes rows `from..` of a column into `out`.
    fn write_column(&self, product: &Product, scaling: Scaling, from: usize, out: &mut [f64]) {
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
    }

    pub(crate) fn piece(&self, piece: &Piece, from: usize, out: &mut [f64], join: impl Fn(f64, f64) -> f64) {
        match *piece {
            Piece::Column { variable, column } => match &self.values[variable] {
                Values::Number(numbers) => write(out, numbers[from..].iter().copied(), join),
                Values::Basis(columns) => write(out, columns[column][from..].iter().copied(), join),
                // A block of sparse columns is no factor of a product.
                Values::Sparse(..) => {}
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
        for v in product.iter().map(Piece::variable) {
            if let Some(error) = self.refused(v, row) {
                return error;
            }
        }
        // Each factor is finite: their product is too large for a number.
        let names: Vec<&str> =
            product.iter().map(|piece| self.plan.variables[piece.variable()].name.as_str()).collect();
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

    /// The same, looking whether they are finite.
    ///
    /// # Errors
    /// [`DesignError::NonFinite`], [`DesignError::Missing`].
    fn add_offsets(&self, offsets: &[usize], from: usize, out: &mut [f64]) -> Result<(), DesignError> {
        for variable in offsets {
            let Values::Number(numbers) = &self.values[*variable] else { continue };
            let numbers = &numbers[from..from + out.len()];
            if let Some(row) = numbers.iter().position(|x| !x.is_finite())
                && let Some(error) = self.refused(*variable, from + row)
            {
                return Err(error);
            }
        }
        self.write_offsets(offsets, from, out);
        Ok(())
    }

    /// Adds the sum of a predictor's offsets in rows `from..` to `out`.
    pub(crate) fn write_offsets(&self, offsets: &[usize], from: usize, out: &mut [f64]) {
        for variable in offsets {
            let Values::Number(numbers) = &self.values[*variable] else { continue };
            out.iter_mut().zip(&numbers[from..]).for_each(|(sum, offset)| *sum += offset);
        }
    }

    /// Writes one block of a chunk over what it held before.
    ///
    /// * `chunk` its rows, counted from the first row of the part
    /// * `n`     its rows with padding, which repeats the last row
    /// * `given` codes handed in with the rows, by slot                      `[slots][table rows]`
    pub(crate) fn block(
        &self,
        b: usize,
        standard: &Standard,
        chunk: &Range<usize>,
        n: usize,
        given: &[Cow<'_, [u32]>],
        out: &mut Block,
    ) {
        let scalings = &standard.blocks[b];
        match (&self.plan.blocks[b], out) {
            (BlockPlan::Ones, out) => *out = Block::Ones,
            (BlockPlan::Dense(columns), Block::Dense(dense)) => {
                if (dense.cols, dense.stride) != (columns.len(), n + 8) {
                    *dense = Dense::new(columns.len(), n);
                }
                for (j, product) in columns.iter().enumerate() {
                    let column = &mut dense.col_mut(j)[..n];
                    self.write_column(product, scalings[j], chunk.start, &mut column[..chunk.len()]);
                    repeat_last(column, chunk.len());
                }
            }
            (BlockPlan::Levels { codes, times }, Block::Levels(levels)) => {
                let source = match codes {
                    Codes::Given { slot, .. } => &given[*slot][self.rows.clone()],
                    Codes::Cells(_) => self.codes[b].as_deref().unwrap_or(&[]),
                };
                levels.coefs = self.plan.blocks[b].spec().coefs();
                levels.codes.clear();
                levels.codes.extend_from_slice(&source[chunk.clone()]);
                levels.codes.resize(n, source[chunk.end - 1]);
                levels.times = times.as_ref().map(|product| {
                    let mut column = vec![0.0; n];
                    self.write_column(product, scalings[0], chunk.start, &mut column[..chunk.len()]);
                    repeat_last(&mut column, chunk.len());
                    column
                });
            }
            (BlockPlan::Sparse { variable, .. }, Block::Sparse(sparse)) => {
                if let Values::Sparse(block, first) = self.values[*variable] {
                    sparse.assign(block, first + chunk.start..first + chunk.end, n);
                }
            }
            (BlockPlan::Sparse { .. }, out) => {
                *out = Block::Sparse(Sparse::default());
                self.block(b, standard, chunk, n, given, out);
            }
            (BlockPlan::Dense(_), out) => {
                *out = Block::Dense(Dense::default());
                self.block(b, standard, chunk, n, given, out);
            }
            (BlockPlan::Levels { .. }, out) => {
                *out = Block::Levels(Levels::default());
                self.block(b, standard, chunk, n, given, out);
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

/// The exponent of what is not finite.
const EXPONENT: u64 = 0x7ff0_0000_0000_0000;

fn all_finite(values: &[f64]) -> bool {
    // Joined with `or` over integers, so that the loop runs in lanes.
    let any = values.iter().fold(0, |any, x| any | u64::from(x.to_bits() & EXPONENT == EXPONENT));
    any == 0
}

/// Whether a plain column is finite once it is shifted and scaled.
fn scaled_is_finite(values: &[f64], scaling: Scaling) -> bool {
    let bits = |x: &f64| ((x - scaling.shift) * scaling.scale).to_bits() & EXPONENT;
    values.iter().fold(0, |any, x| any | u64::from(bits(x) == EXPONENT)) == 0
}
