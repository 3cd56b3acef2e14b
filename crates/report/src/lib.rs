//! Finished numbers on paper and screen: grids as text, Markdown, CSV, LaTeX, HTML, and charts as SVG. It computes nothing.

mod chart;
mod escape;
mod grid;
mod number;
mod spark;

pub use chart::{Line, log_log_chart};
pub use escape::{escape_html, escape_terminal};
pub use grid::{Align, Format, Grid};
pub use number::{estimate, p_value};
pub use spark::{bars, shifts};
