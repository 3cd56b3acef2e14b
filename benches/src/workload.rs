//! A workload: its columns as a table, and the model that is asked of them.

use loglik::expr::{Column, Sparse};
use loglik::{DistSpec, FitSpec, PenaltySpec, Table};
use serde_json::Value;
use std::path::Path;
use std::sync::Arc;

/// The workloads that are known here, in the order of tables.
pub(crate) const NAMES: &[&str] = &[
    "W1",
    "W1b",
    "W2",
    "W2r",
    "W3",
    "W5",
    "W6",
    "W7",
    "W8g",
    "W8n",
    "W9-normal",
    "W9-gamma",
    "W9-weibull",
    "W9-lognormal",
    "W9-beta",
    "W9-t",
    "W9-negbin",
    "W12",
    "W12-text",
];

/// What kind of model a workload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Logistic,
    Frequency,
    Softmax,
    /// Logistic with a ridge, sparse columns, no intercept.
    Sparse,
    LeastSquares,
    Median,
    Gamma,
    NegativeBinomial,
    StudentT,
    /// The same, written by the user.
    StudentText,
    /// One column, a family of its own.
    Univariate(&'static str),
}

/// Data and model.
pub(crate) struct Workload {
    pub(crate) kind: Kind,
    /// Numeric columns.
    pub(crate) p: usize,
    /// Levels of each categorical, in the order of its codes.
    pub(crate) levels: Vec<Vec<String>>,
    pub(crate) table: Table,
}

pub(crate) fn doubles(path: &Path) -> Result<Vec<f64>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes
        .chunks_exact(8)
        .map(|b| f64::from_le_bytes([b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7]]))
        .collect())
}

fn codes(path: &Path) -> Result<Vec<u32>, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(bytes.chunks_exact(4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect())
}

/// Where the data of a workload lie: a text has those of the built-in likelihood.
pub(crate) fn folder(name: &str) -> &str {
    name.trim_end_matches("-text")
}

impl Workload {
    /// Reads a workload's folder.
    pub(crate) fn load(name: &str, dir: &Path) -> Result<Self, String> {
        let kind = match name {
            "W1" | "W1b" => Kind::Logistic,
            "W2" | "W2r" => Kind::Frequency,
            "W3" => Kind::Softmax,
            "W5" => Kind::Sparse,
            "W6" => Kind::LeastSquares,
            "W7" => Kind::Median,
            "W8g" => Kind::Gamma,
            "W8n" => Kind::NegativeBinomial,
            "W12" => Kind::StudentT,
            "W12-text" => Kind::StudentText,
            "W9-normal" => Kind::Univariate("gaussian"),
            "W9-gamma" => Kind::Univariate("gamma"),
            "W9-weibull" => Kind::Univariate("weibull"),
            "W9-lognormal" => Kind::Univariate("lognormal"),
            "W9-beta" => Kind::Univariate("beta"),
            "W9-t" => Kind::Univariate("student_t"),
            "W9-negbin" => Kind::Univariate("negative_binomial"),
            other => return Err(format!("{other}: no such workload here")),
        };
        let text =
            std::fs::read_to_string(dir.join("meta.json")).map_err(|e| format!("{}: {e}", dir.display()))?;
        let meta: Value = serde_json::from_str(&text).map_err(|e| e.to_string())?;
        let size =
            |key: &str| meta[key].as_u64().map(|v| v as usize).ok_or(format!("meta.json has no `{key}`"));
        let (n, p) = (size("n")?, size("p")?);
        if kind == Kind::Sparse {
            return Self::sparse(dir, p);
        }
        let x = if p > 0 { doubles(&dir.join("X.f64"))? } else { Vec::new() };
        let y = doubles(&dir.join("y.f64"))?;
        let mut columns: Vec<(String, Column)> = vec![("y".to_owned(), Column::Number(y))];
        for j in 0..p {
            columns.push((format!("x{}", j + 1), Column::Number(x[j * n..(j + 1) * n].to_vec())));
        }
        let mut levels = Vec::new();
        if kind == Kind::Frequency {
            columns.push(("exposure".to_owned(), Column::Number(doubles(&dir.join("exposure.f64"))?)));
            let codes = codes(&dir.join("codes.i32"))?;
            let sizes = meta["levels"].as_array().ok_or("meta.json has no `levels`")?;
            for (j, size) in sizes.iter().enumerate() {
                let names: Vec<String> = (0..size.as_u64().unwrap_or(0)).map(|l| format!("L{l}")).collect();
                let own = codes[j * n..(j + 1) * n].to_vec();
                let column =
                    Column::Category { codes: own, levels: Arc::from(names.clone()), ordered: false };
                columns.push((format!("c{}", j + 1), column));
                levels.push(names);
            }
        }
        let table = Table::from_columns(columns).map_err(|e| e.to_string())?;
        Ok(Self { kind, p, levels, table })
    }

    /// Sparse columns under one name.
    fn sparse(dir: &Path, p: usize) -> Result<Self, String> {
        let starts: Vec<usize> = codes(&dir.join("indptr.i32"))?.into_iter().map(|at| at as usize).collect();
        let (index, value) = (codes(&dir.join("indices.i32"))?, doubles(&dir.join("values.f64"))?);
        let block = Sparse::new(p, &starts, index, value).map_err(|e| e.to_string())?;
        let columns = [("y", Column::Number(doubles(&dir.join("y.f64"))?)), ("x", Column::Sparse(block))];
        let table = Table::from_columns(columns).map_err(|e| e.to_string())?;
        Ok(Self { kind: Kind::Sparse, p, levels: Vec::new(), table })
    }

    /// The univariate fit, where it is one.
    pub(crate) fn dist(&self, threads: usize) -> Option<DistSpec> {
        let Kind::Univariate(family) = self.kind else { return None };
        let mut spec = DistSpec::new("y", &[family]);
        (spec.threads, spec.skip_distances) = (Some(threads), true);
        Some(spec)
    }

    /// The model in the words of the crate.
    pub(crate) fn spec(&self, threads: usize) -> FitSpec {
        let numeric = (1..=self.p).map(|j| format!("x{j}"));
        let categorical = (1..=self.levels.len()).map(|j| format!("c{j}"));
        let formula = match self.kind {
            Kind::Sparse => "y ~ x - 1".to_owned(),
            _ => format!("y ~ {}", numeric.chain(categorical).collect::<Vec<_>>().join(" + ")),
        };
        let likelihood = match self.kind {
            Kind::Logistic | Kind::Sparse => "bernoulli",
            Kind::Frequency => "poisson",
            Kind::Softmax => "categorical",
            Kind::LeastSquares => "gaussian",
            Kind::Median => "laplace",
            Kind::Gamma => "gamma",
            Kind::NegativeBinomial => "negative_binomial",
            Kind::StudentT | Kind::StudentText => "student_t",
            Kind::Univariate(family) => family,
        };
        let mut spec = match (self.kind, formula.split_once('~')) {
            (Kind::StudentText, Some((y, terms))) => FitSpec::own(&format!(
                "param sigma > 0, nu > 0\neta ~ {terms}\nloglik = student_t_lpdf({y}, eta, sigma, nu)"
            )),
            _ => FitSpec::new(&formula, likelihood),
        };
        spec.threads = Some(threads);
        if self.kind == Kind::Sparse {
            // Half the sum of squares beside the sum of losses.
            let lambda = 1.0 / self.table.rows() as f64;
            spec.penalty =
                Some(PenaltySpec { lambda, l1_ratio: 0.0, standardize: false, factors: Vec::new() });
        }
        if self.kind == Kind::Frequency {
            spec.exposure = Some("exposure".to_owned());
        }
        spec
    }
}
