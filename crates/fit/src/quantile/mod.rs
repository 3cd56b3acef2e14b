//! Medians and quantiles exactly: likelihoods that fall in straight lines on both sides of their location.
//!
//! Such a likelihood has no slope that vanishes at its maximum; the maximum is a linear programme. An interior point
//! method comes near it, a simplex ends at a vertex: as many rows as coefficients are met exactly. The scale is then the
//! mean loss. Koenker & Bassett (1978), Econometrica 46, 33-50; Portnoy & Koenker (1997), Statistical Science 12,
//! 279-300; Barrodale & Roberts (1973), SIAM Journal on Numerical Analysis 10, 839-848.

mod band;
mod basis;
mod exact;
mod interior;
mod interior_rows;
mod line;
mod programme;
mod rows;
mod vertex;

pub(crate) use exact::{applies, maximise_exactly};
pub use line::{QuantileRows, location_columns, quantile_at};
