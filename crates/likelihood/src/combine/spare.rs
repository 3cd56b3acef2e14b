//! Buffers that wrappers work in, kept by each thread from chunk to chunk.
//!
//! `Likelihood::eval` borrows the likelihood shared, and wrappers nest, so their scratch cannot live in them: a wrapper
//! takes what it needs off a pile of the thread and gives it back when it is done. After the first chunk nothing is
//! allocated.

use crate::RowDerivs;
use std::cell::RefCell;
use std::ops::{Deref, DerefMut};
use std::thread::LocalKey;

/// Something of which a thread keeps a pile.
pub(super) trait Kept: Default + 'static {
    /// The pile.
    fn pile() -> &'static LocalKey<RefCell<Vec<Self>>>;
}

/// Implements [`Kept`] with one pile a thread.
macro_rules! kept {
    ($($kind:ty => $pile:ident),+) => {
        thread_local! { $(static $pile: RefCell<Vec<$kind>> = const { RefCell::new(Vec::new()) };)+ }
        $(impl Kept for $kind {
            fn pile() -> &'static LocalKey<RefCell<Vec<Self>>> {
                &$pile
            }
        })+
    };
}

kept! { RowDerivs => DERIVS, Vec<f64> => COLUMNS, Vec<usize> => ROWS }

/// A buffer off the thread's pile; what it held before is not kept. It goes back when it is dropped.
pub(super) struct Spare<T: Kept>(T);

impl<T: Kept> Spare<T> {
    /// Takes one, or makes the first.
    pub(super) fn take() -> Self {
        Self(T::pile().with_borrow_mut(Vec::pop).unwrap_or_default())
    }
}

impl Spare<Vec<f64>> {
    /// A column of `n` equal numbers.
    pub(super) fn filled(value: f64, n: usize) -> Self {
        let mut column = Self::take();
        column.clear();
        column.resize(n, value);
        column
    }
}

impl<T: Kept> Drop for Spare<T> {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.0);
        T::pile().with_borrow_mut(|pile| pile.push(buffer));
    }
}

impl<T: Kept> Deref for Spare<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Kept> DerefMut for Spare<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
