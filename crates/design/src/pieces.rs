//! Used rows that are gone through piece by piece, as often as a plan needs: a table is one piece, a stream has many.

use crate::{DesignError, Table};

/// Rows in pieces, the same ones in the same order each time.
pub trait Pieces {
    /// Column names, in the order of the source.
    fn names(&self) -> &[String];

    /// Rows of all pieces.
    fn rows(&self) -> usize;

    /// The first rows, at least one where there are any: they show what kind every column is.
    fn head(&self) -> &Table;

    /// Hands on every piece, in order, with at least the columns `wanted`.
    ///
    /// # Errors
    /// What `see` returned, or [`DesignError::Unreadable`].
    fn each(
        &self,
        wanted: &[&str],
        see: &mut dyn FnMut(&Table) -> Result<(), DesignError>,
    ) -> Result<(), DesignError>;
}

impl Pieces for Table {
    fn names(&self) -> &[String] {
        Self::names(self)
    }

    fn rows(&self) -> usize {
        Self::rows(self)
    }

    fn head(&self) -> &Table {
        self
    }

    fn each(
        &self,
        _wanted: &[&str],
        see: &mut dyn FnMut(&Table) -> Result<(), DesignError>,
    ) -> Result<(), DesignError> {
        see(self)
    }
}

/// Goes through all pieces; rows of errors count from the first row of all.
pub(crate) fn each_piece(
    pieces: &dyn Pieces,
    wanted: &[&str],
    mut see: impl FnMut(&Table) -> Result<(), DesignError>,
) -> Result<(), DesignError> {
    let mut before = 0;
    pieces.each(wanted, &mut |piece| {
        see(piece).map_err(|error| error.offset_row(before))?;
        before += piece.rows();
        Ok(())
    })
}
