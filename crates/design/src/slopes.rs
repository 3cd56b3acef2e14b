//! Derivatives of the design in one column of the table: what a small change of it does to every column of the design.
//!
//! A column of the design is a product, so its derivative is a sum with one factor replaced by its own: an expression's by
//! rule, a power's, polynomial's or spline's by its recurrence. Indicators have none. Marginal effects are made of these.

use std::ops::Range;
use std::sync::Arc;

use loglik_expr::{Kind, derivative};

use crate::evaluate::{Slice, slice};
use crate::fill::{Filler, repeat_last};
use crate::layout::{BlockPlan, Piece, Product};
use crate::standard::Standard;
use crate::state::{FixedVariable, Shape};
use crate::values::Unseen;
use crate::variable::{Variable, VariableKind};
use crate::{Block, Chunk, Dense, DesignError, Levels, NO_COEF, Plan, RowColumns, Table};

/// Derivatives of one variable in some rows.
enum Slopes {
    /// The variable does not read the column.
    None,
    /// Of each of its columns                                               `[columns][n]`
    Of(Vec<Vec<f64>>),
}

impl Plan {
    /// Whether a category reads the column, so that it has contrasts in place of slopes.
    #[must_use]
    pub fn is_category(&self, column: &str) -> bool {
        let reads = |v: &&FixedVariable| v.variable.value().names().contains(&column);
        self.variables.iter().filter(reads).any(FixedVariable::is_category)
    }

    /// The levels of the category that a column is, in the plan's order, the base first.
    #[must_use]
    pub fn levels_of(&self, column: &str) -> Vec<String> {
        let is_it = |v: &&FixedVariable| {
            v.is_category() && matches!(&v.variable.value().kind, Kind::Name(name) if name == column)
        };
        let Some(variable) = self.variables.iter().find(is_it) else { return Vec::new() };
        let mut levels = variable.levels().to_vec();
        let base = levels.remove(variable.base());
        levels.insert(0, base);
        levels
    }

    /// Chunks of a small table, each with the derivatives of its blocks and offsets in one column.
    ///
    /// * `table`  rows without missing values
    /// * `column` a numeric column that no category reads
    ///
    /// # Errors
    /// As [`Plan::chunks`]; an expression without derivative.
    pub fn slope_chunks(
        &self,
        table: &Table,
        rows: &RowColumns<'_>,
        column: &str,
    ) -> Result<Vec<(Chunk, Chunk)>, DesignError> {
        let standard = Standard::none(self);
        let range = 0..table.rows();
        let filler = Filler::new(self, table, range.clone(), Unseen::Error)?;
        let slopes: Vec<Slopes> = self
            .variables
            .iter()
            .map(|v| variable_slopes(v, table, &range, column))
            .collect::<Result<_, _>>()?;
        let given = self.offset_columns(rows).into_iter().enumerate();
        let with_offset: Vec<usize> = given.filter_map(|(k, slot)| slot.map(|_| k)).collect();
        let chunks = self.fill_part(table, rows, &standard, 0, Unseen::Error)?;
        let slope = |here: Chunk| {
            let within = here.first_row..here.first_row + here.rows;
            let slope = self.slope_chunk(&filler, &slopes, &here, &with_offset, within);
            (here, slope)
        };
        Ok(chunks.into_iter().map(slope).collect())
    }

    /// * `with_offset` predictors that have an offset column
    fn slope_chunk(
        &self,
        filler: &Filler<'_>,
        slopes: &[Slopes],
        here: &Chunk,
        with_offset: &[usize],
        within: Range<usize>,
    ) -> Chunk {
        let n = here.n;
        let column = |product: &Product| {
            let mut out = vec![0.0; n];
            product_slope(filler, slopes, product, within.start, &mut out[..within.len()]);
            repeat_last(&mut out, within.len());
            out
        };
        let block = |(plan, here): (&BlockPlan, &Block)| match (plan, here) {
            (BlockPlan::Dense(columns), _) => {
                let mut dense = Dense::new(columns.len(), n);
                for (j, product) in columns.iter().enumerate() {
                    dense.col_mut(j)[..n].copy_from_slice(&column(product));
                }
                Block::Dense(dense)
            }
            (BlockPlan::Levels { times: Some(product), .. }, Block::Levels(levels)) => {
                Block::Levels(Levels { times: Some(column(product)), ..levels.clone() })
            }
            (BlockPlan::Sparse { .. }, Block::Sparse(sparse)) => Block::Sparse(sparse.without_entries()),
            (plan, _) => {
                Block::Levels(Levels { coefs: plan.spec().coefs(), codes: vec![NO_COEF; n], times: None })
            }
        };
        let offset = |k: usize| {
            let mut out = vec![0.0; n];
            for variable in &self.predictors[k].offsets {
                if let Slopes::Of(columns) = &slopes[*variable] {
                    let values = &columns[0][within.clone()];
                    out.iter_mut().zip(values).for_each(|(sum, slope)| *sum += slope);
                }
            }
            repeat_last(&mut out, within.len());
            out
        };
        Chunk {
            blocks: self.blocks.iter().zip(&here.blocks).map(block).collect(),
            offsets: with_offset.iter().map(|k| offset(*k)).collect(),
            ..Chunk { blocks: Vec::new(), ..here.clone() }
        }
    }
}

/// The derivative of a product in rows `from..`.
fn product_slope(filler: &Filler<'_>, slopes: &[Slopes], product: &Product, from: usize, out: &mut [f64]) {
    let mut term = vec![0.0; out.len()];
    for (f, piece) in product.iter().enumerate() {
        let Piece::Column { variable, column } = piece else { continue };
        let Slopes::Of(columns) = &slopes[*variable] else { continue };
        term.copy_from_slice(&columns[*column][from..from + out.len()]);
        for other in product.iter().enumerate().filter(|(g, _)| *g != f).map(|(_, piece)| piece) {
            filler.piece(other, from, &mut term, |value, so_far| value * so_far);
        }
        out.iter_mut().zip(&term).for_each(|(sum, term)| *sum += term);
    }
}

/// The derivatives of a variable's columns in one column of the table.
fn variable_slopes(
    variable: &FixedVariable,
    table: &Table,
    rows: &Range<usize>,
    column: &str,
) -> Result<Slopes, DesignError> {
    let value = variable.variable.value();
    if variable.is_category() || !value.names().contains(&column) {
        return Ok(Slopes::None);
    }
    if matches!(variable.shape(), Shape::Sparse(_)) {
        return Err(DesignError::SparseTerm { column: variable.name.clone() });
    }
    let inner = match &value.kind {
        Kind::Name(_) => vec![1.0; rows.len()],
        _ => {
            let failed =
                |error| DesignError::Evaluation { text: variable.variable.source.to_string(), error };
            let tree = derivative(value, column).map_err(failed)?;
            let text: Arc<str> = tree.to_string().into();
            let slope =
                Variable { kind: VariableKind::Expression(tree), ..Variable::expression(value, &text) };
            numbers(&slope, table, rows)?
        }
    };
    if matches!(variable.variable.kind, VariableKind::Expression(_)) {
        return Ok(Slopes::Of(vec![inner]));
    }
    let at = numbers(&variable.variable, table, rows)?;
    let mut columns = variable.basis_slopes(&at);
    for column in &mut columns {
        column.iter_mut().zip(&inner).for_each(|(slope, by)| *slope *= by);
    }
    Ok(Slopes::Of(columns))
}

/// The numbers of a variable; a constant expression has one for every row.
fn numbers(variable: &Variable, table: &Table, rows: &Range<usize>) -> Result<Vec<f64>, DesignError> {
    match slice(variable, table, rows)? {
        Slice::Number(values) => Ok(values.into_owned()),
        Slice::Category(..) | Slice::Sparse(..) => {
            Err(DesignError::NotNumeric { column: variable.name().to_owned() })
        }
    }
}
