//! What a fit would do (`--dry-run`): rows, coefficients, memory, the way to the maximum, and why.

use crate::prepare::Prepared;
use crate::rows::Rows;
use crate::{FitSpec, ResponseInfo, penalties};
use loglik_design::{BlockSpec, PART_ROWS, Source};
use loglik_fit::{FitOptions, Outline, Way};
use serde::Serialize;
use std::collections::BTreeMap;

/// What a fit would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FitPlan {
    /// `loglik.plan/1`.
    pub format: String,
    /// Name of the likelihood.
    pub likelihood: String,
    /// The response and how it is read.
    pub response: ResponseInfo,
    /// Rows used.
    pub rows: usize,
    /// Rows dropped for missing values.
    pub n_dropped: usize,
    /// Coefficients by machine name.
    pub coefficients: Vec<String>,
    /// Blocks of the design: `ones`, `dense`, `levels`, and their columns or coefficients.
    pub blocks: Vec<(String, usize)>,
    /// Rows of a part, all but the last.
    pub part_rows: usize,
    /// Parts.
    pub parts: usize,
    /// Threads.
    pub threads: usize,
    /// `memory` or `stream`.
    pub source: String,
    /// Bytes by what they are for.
    pub bytes: BTreeMap<String, u64>,
    /// `vertex`, `newton`, `gram`, `chord`, `conjugate`, `lbfgs` or `gradient`.
    pub way: String,
    /// Whether the last steps sum in double-double.
    pub exact_sums: bool,
    /// Why, a sentence each.
    pub why: Vec<String>,
}

impl FitPlan {
    /// What is decided once the rows are known.
    pub(crate) fn of(spec: &FitSpec, prepared: &Prepared) -> Self {
        let (model, frame) = (&prepared.model, prepared.source.frame());
        let (rows, parts, p) = (frame.rows, prepared.source.parts(), model.p);
        let options =
            FitOptions { method: spec.method, iterations: spec.iterations, ..FitOptions::default() };
        let outline = Outline::of(model, rows, &options);
        let blocks = frame.blocks.iter().map(|block| match block {
            BlockSpec::Ones => ("ones".to_owned(), 1),
            BlockSpec::Dense(columns) => ("dense".to_owned(), *columns),
            BlockSpec::Levels(coefs, _) => ("levels".to_owned(), *coefs),
            BlockSpec::Sparse(coefs) => ("sparse".to_owned(), *coefs),
        });
        let threads = spec.threads().min(parts).max(1);
        let free = penalties::is_free_of_matrices(spec, p);
        Self {
            format: "loglik.plan/1".to_owned(),
            likelihood: model.likelihood.spec().name.clone(),
            response: prepared.responses.info.clone(),
            rows,
            n_dropped: prepared.rows.dropped,
            coefficients: prepared.coefs.iter().map(|c| c.name.clone()).collect(),
            blocks: blocks.collect(),
            part_rows: PART_ROWS,
            parts,
            threads,
            source: if matches!(prepared.source, Rows::Memory(_)) { "memory" } else { "stream" }.to_owned(),
            bytes: bytes(spec, prepared, threads),
            way: if free { "conjugate" } else { way_name(outline.way) }.to_owned(),
            exact_sums: outline.exact_sums && !free,
            why: match free {
                true => vec![format!(
                    "{p} coefficients: no matrix of them is formed, Newton's steps come from conjugate gradients"
                )],
                false => why(&outline, rows, p),
            },
        }
    }
}

/// Bytes of one row in a chunk.
fn row_bytes(prepared: &Prepared) -> u64 {
    let frame = prepared.source.frame();
    let block = |block: &BlockSpec| match block {
        BlockSpec::Ones => 0,
        BlockSpec::Dense(columns) => 8 * columns,
        BlockSpec::Levels(_, times) => 4 + if *times { 8 } else { 0 },
        // Where a row's entries begin and end; the entries are those of the table.
        BlockSpec::Sparse(_) => 16,
    };
    let design: usize = frame.blocks.iter().map(block).sum();
    (design + 8 * (frame.y + frame.offsets + 1) + 4 * frame.keys.len()) as u64
}

fn bytes(spec: &FitSpec, prepared: &Prepared, threads: usize) -> BTreeMap<String, u64> {
    let rows = prepared.source.frame().rows;
    let p = prepared.model.p as u64;
    let mut out = BTreeMap::new();
    let matrices = !penalties::is_free_of_matrices(spec, prepared.model.p);
    out.insert("information".to_owned(), 8 * p * if matrices { p } else { 1 } * (threads as u64 + 1));
    match &prepared.source {
        Rows::Memory(_) => {
            out.insert("chunks".to_owned(), row_bytes(prepared) * rows as u64);
        }
        Rows::Stream(stream) => {
            let (memory, disk) = stream.size();
            let part = rows.min(PART_ROWS) as u64;
            out.insert("chunks".to_owned(), row_bytes(prepared) * part * threads as u64);
            out.insert("columns in memory".to_owned(), memory);
            out.insert("columns on disk".to_owned(), disk);
        }
    }
    out
}

fn way_name(way: Way) -> &'static str {
    match way {
        Way::Vertex => "vertex",
        Way::Newton => "newton",
        Way::Gram => "gram",
        Way::Chord => "chord",
        Way::Lbfgs => "lbfgs",
        Way::Gradient => "gradient",
    }
}

fn why(outline: &Outline, rows: usize, p: usize) -> Vec<String> {
    let mut why = vec![match outline.way {
        Way::Vertex => "the likelihood falls in straight lines: its maximum is a vertex".to_owned(),
        Way::Newton => format!("{rows} rows and {p} coefficients: a pass with information costs little"),
        Way::Gram => "least squares: one pass forms the Gram that gives the maximum".to_owned(),
        Way::Chord => {
            format!("{rows} rows and {p} coefficients: information is dear and kept while it is good enough")
        }
        Way::Lbfgs | Way::Gradient => "asked for with --optimizer".to_owned(),
    }];
    why.push(if outline.exact_sums {
        "small enough for sums in double-double at the end".to_owned()
    } else {
        "too large for sums in double-double: the last sums are in double precision".to_owned()
    });
    why
}
