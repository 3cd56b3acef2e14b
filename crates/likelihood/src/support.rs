//! Where a response may lie: the questions that `admits` asks of one value.

use loglik_num::is_whole;

/// Whether the value is a count: 0, 1, 2, .. A whole number above 2^53 is taken for one.
#[must_use]
pub(crate) fn is_count(y: f64) -> bool {
    (y >= 0.0) & is_whole(y)
}

/// Whether the value is positive and finite.
#[must_use]
pub(crate) fn is_positive(y: f64) -> bool {
    // Without a branch: a column of them is asked at once.
    (y > 0.0) & (y < f64::INFINITY)
}
