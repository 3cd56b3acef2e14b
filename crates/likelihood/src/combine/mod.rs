//! Wrappers: run-time combinators that put a censoring, a truncation, extra zeros or a mixture around a likelihood.

mod censored;
mod chain;
mod hurdle;
mod inside;
mod mass;
mod mixture;
mod mixture_starts;
mod positive;
mod row;
mod runs;
mod spare;
mod truncated;
mod zero_inflated;
mod zeros;

use crate::Wrapper;

/// Every wrapper, in the order of lists and help texts.
pub const WRAPPERS: &[Wrapper] =
    &[zero_inflated::WRAPPER, hurdle::WRAPPER, censored::WRAPPER, truncated::WRAPPER, mixture::WRAPPER];
