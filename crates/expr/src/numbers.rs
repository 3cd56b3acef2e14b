//! Numbers of an expression over columns: one for all rows, or one a row.

use std::rc::Rc;

use loglik_num::{LANE, Lane};

use crate::function::Arithmetic;
use crate::op::Op;

/// A constant, a column of the data, or a result.
#[derive(Debug, Clone)]
pub(crate) enum Numbers<'a> {
    /// The same in every row.
    Scalar(f64),
    /// A column that somebody else owns \[n\].
    Borrowed(&'a [f64]),
    /// A result \[n\].
    Owned(Rc<Vec<f64>>),
}

impl Numbers<'_> {
    /// The numbers of all rows; `None` for a constant.
    pub(crate) fn rows(&self) -> Option<&[f64]> {
        match self {
            Numbers::Scalar(_) => None,
            Numbers::Borrowed(values) => Some(values),
            Numbers::Owned(values) => Some(values),
        }
    }

    /// The number of one row.
    pub(crate) fn at(&self, row: usize) -> f64 {
        match self {
            Numbers::Scalar(value) => *value,
            Numbers::Borrowed(values) => values[row],
            Numbers::Owned(values) => values[row],
        }
    }

    /// All n of them.
    pub(crate) fn into_vec(self, n: usize) -> Vec<f64> {
        match self {
            Numbers::Scalar(value) => vec![value; n],
            Numbers::Borrowed(values) => values.to_vec(),
            Numbers::Owned(values) => Rc::try_unwrap(values).unwrap_or_else(|shared| shared.to_vec()),
        }
    }
}

/// Arithmetic over n rows.
pub(crate) struct Rows<'a> {
    /// Number of rows.
    pub(crate) n: usize,
    /// The columns live as long as this.
    pub(crate) columns: std::marker::PhantomData<&'a [f64]>,
}

impl<'a> Arithmetic for Rows<'a> {
    type Value = Numbers<'a>;

    fn number(&mut self, value: f64) -> Numbers<'a> {
        Numbers::Scalar(value)
    }

    fn constant(&self, value: &Numbers<'a>) -> Option<f64> {
        if let Numbers::Scalar(value) = value { Some(*value) } else { None }
    }

    fn apply(&mut self, op: Op, args: &[Numbers<'a>]) -> Numbers<'a> {
        if args.iter().all(|a| matches!(a, Numbers::Scalar(_))) {
            let mut x = [Lane::ZERO; 3];
            for (lane, arg) in x.iter_mut().zip(args) {
                *lane = Lane::splat(arg.at(0));
            }
            return Numbers::Scalar(op.value(x).0[0]);
        }
        let mut out = vec![0.0; self.n];
        for (at, rows) in out.chunks_mut(LANE).enumerate() {
            let mut x = [Lane::ZERO; 3];
            for (lane, arg) in x.iter_mut().zip(args) {
                match arg.rows() {
                    None => *lane = Lane::splat(arg.at(0)),
                    // The last rows of the column may not fill a lane.
                    Some(values) => lane.0[..rows.len()].copy_from_slice(&values[at * LANE..][..rows.len()]),
                }
            }
            rows.copy_from_slice(&op.value(x).0[..rows.len()]);
        }
        Numbers::Owned(Rc::new(out))
    }
}
