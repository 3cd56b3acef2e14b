//! Diagnosis of a fit: each finding says what was asked of the data, what came out, where, and what mends it.
//!
//! What the data determine comes from the fit itself; everything else is a score test or a figure of the rows, so that a
//! check costs a few passes and no refit. Tests need rows that are independent draws: they are left out under sampling
//! weights, and where no finite maximum exists.

mod calibration;
mod coverage;
mod determined;
mod mend;
mod rows;
mod scarce;
mod scores;

pub use mend::Mend;
pub use scarce::{Compared, SideBySide};

use crate::glossary::listed;
use crate::{Error, Fitted, Number, Status, WeightKind};
use serde::Serialize;

/// p-value below which a test speaks against the model: a dozen tests of a right model then warn once in a hundred.
const WARN: f64 = 0.001;

/// p-value below which a test is worth knowing of.
const LOOK: f64 = 0.05;

/// How a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Asked, and nothing is wrong.
    Pass,
    /// To be known.
    Info,
    /// To be looked at.
    Warn,
    /// The fit cannot be used as it is.
    Fail,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// What was asked: `existence`, `rank`, `dispersion`, ..; a note's own id where one says it.
    pub id: String,
    /// How it stands.
    pub standing: Standing,
    /// In words.
    pub message: String,
    /// Statistic of a test, or the figure that was looked at.
    pub statistic: Number,
    /// Degrees of freedom of a test.
    pub df: Option<usize>,
    /// Its p-value.
    pub p_value: Number,
    /// Columns or terms that show it.
    pub columns: Vec<String>,
    /// Data rows that show it, from 1.
    pub rows: Vec<u64>,
    /// Their lines.
    pub lines: Vec<u64>,
    /// What to do, in words.
    pub remedy: Option<String>,
    /// What to ask for instead.
    pub mend: Option<Mend>,
}

/// A diagnosis of a fit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Checked {
    /// `loglik.check/1`.
    pub format: &'static str,
    /// The likelihood and the formula that were fitted.
    pub likelihood: String,
    /// As typed.
    pub formula: String,
    /// How the fit ended.
    pub status: Status,
    /// The worst of the findings.
    pub standing: Standing,
    /// What was looked at.
    pub findings: Vec<Diagnosis>,
    /// Where data are scarce: the coefficients by several methods.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<SideBySide>,
}

impl Diagnosis {
    fn new(id: &str, standing: Standing, message: impl Into<String>) -> Self {
        Self {
            id: listed(id),
            standing,
            message: message.into(),
            statistic: Number(f64::NAN),
            df: None,
            p_value: Number(f64::NAN),
            columns: Vec::new(),
            rows: Vec::new(),
            lines: Vec::new(),
            remedy: None,
            mend: None,
        }
    }

    /// A test: how it stands follows from its p-value.
    fn test(id: &str, message: impl Into<String>, statistic: f64, df: usize, p_value: f64) -> Self {
        let standing = match p_value {
            p if p < WARN => Standing::Warn,
            p if p < LOOK => Standing::Info,
            _ => Standing::Pass,
        };
        let mut out = Self::new(id, standing, message);
        (out.statistic, out.df, out.p_value) = (Number(statistic), Some(df), Number(p_value));
        out
    }

    fn figure(mut self, value: f64) -> Self {
        self.statistic = Number(value);
        self
    }

    fn of(mut self, columns: Vec<String>) -> Self {
        self.columns = columns;
        self
    }

    /// Rows of the fit's table that show it.
    fn at(mut self, fitted: &Fitted, rows: &[usize]) -> Self {
        let places = rows.iter().map(|row| fitted.prepared.place(*row));
        let lines: Vec<Option<u64>>;
        (self.rows, lines) = places.unzip();
        self.lines = lines.into_iter().flatten().collect();
        self
    }

    /// Leaves out a mend that the fit of a text does not know.
    fn suit_a_text(&mut self) {
        const UNKNOWN: [&str; 2] = ["penalty", "bias-reduction"];
        let knows = |mend: &Mend| mend.flags.iter().all(|(flag, _)| !UNKNOWN.contains(&flag.as_str()));
        if self.mend.take_if(|mend| !knows(mend)).is_some() {
            self.remedy =
                Some("write the text with fewer parameters, or hold some: --fix NAME=VALUE".to_owned());
        }
    }

    /// The mend of a finding that needs one.
    fn mended(mut self, remedy: &str, mend: Option<Mend>) -> Self {
        if self.standing > Standing::Pass {
            (self.remedy, self.mend) = (Some(remedy.to_owned()), mend);
        }
        self
    }
}

impl Fitted {
    /// Looks at everything that is known to go wrong with a fit of this kind.
    ///
    /// # Errors
    /// When the rows cannot be read again.
    pub fn check(&self) -> Result<Checked, Error> {
        let mut findings = determined::all(self);
        let usable = matches!(self.result.status, Status::Converged | Status::Boundary);
        let sampled = self.result.weights.as_ref().is_some_and(|w| w.kind == WeightKind::Sampling);
        if usable && !self.spec.is_adjusted() {
            let rows = rows::Rows::of(self)?;
            if !sampled {
                findings.extend(scores::all(self, &rows)?);
                findings.extend(calibration::all(self, &rows));
                findings.extend(rows::distribution(self, &rows)?);
            }
            findings.extend(rows::influence(self, &rows));
        }
        let compared = match self.result.status {
            Status::Converged | Status::Infinite if !self.spec.is_adjusted() => {
                scarce::compared(self, &findings)?
            }
            _ => None,
        };
        findings.extend(self.other_notes(&findings));
        if self.prepared.own.is_some() {
            findings.iter_mut().for_each(Diagnosis::suit_a_text);
        }
        let standing = findings.iter().map(|d| d.standing).max().unwrap_or(Standing::Pass);
        Ok(Checked {
            format: "loglik.check/1",
            likelihood: self.result.likelihood.clone(),
            formula: self.result.formula.clone(),
            status: self.result.status,
            standing,
            findings,
            compared,
        })
    }

    /// Notes of the fit that no finding above says.
    fn other_notes(&self, found: &[Diagnosis]) -> Vec<Diagnosis> {
        let said = |id: &str| found.iter().any(|d| d.id == id);
        let left = self.result.notes.iter().filter(|note| !said(&note.id));
        left.map(|note| {
            let known = ["rows_dropped", "response_recoded", "boundary_estimate", "parameter_at_infinity"];
            let standing = if known.contains(&note.id.as_str()) { Standing::Info } else { Standing::Warn };
            Diagnosis {
                columns: note.columns.iter().chain(&note.terms).cloned().collect(),
                rows: note.rows.clone(),
                lines: note.lines.clone(),
                remedy: note.remedy.clone(),
                mend: Mend::of_note(self, &note.id),
                ..Diagnosis::new(&note.id, standing, &note.message)
            }
        })
        .collect()
    }
}
