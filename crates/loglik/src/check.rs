//! Diagnosis of a fit: each finding says what was asked of the data, what came out, where, and what mends it.
//!
//! Existence, rank and condition are those of the fit. Variance inflation: Fox & Monette (1992). Link test: the squared
//! linear predictor as one more term, by likelihood ratio (Pregibon, 1980). Extra zeros of a Poisson: the score test
//! of van den Broek (1995). Dispersion: Pearson's chi-square. Calibration groups: Hosmer & Lemeshow (2000), 5.2.2.

use crate::check_rows::Values;
use crate::{Error, FitSpec, Fitted, Number, Status, fit};
use loglik_decide::Scored;
use loglik_decide::hosmer_lemeshow::hosmer_lemeshow;
use loglik_design::Table;
use loglik_expr::{Column, MISSING};
use loglik_num::{Cholesky, chisq_sf, exp};
use serde::Serialize;

/// Variance inflation above which a coefficient is called inflated.
const INFLATED: f64 = 10.0;

/// Rows, or events of the rarer kind, that a coefficient should have (Peduzzi et al., 1996).
const ROWS_A_COEFFICIENT: f64 = 10.0;

/// Rows below which a cell of level and outcome is called small.
const SMALL_CELL: u64 = 5;

/// p-value below which a test speaks against the model.
const DOUBT: f64 = 0.01;

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
    /// Statistic of a test.
    pub statistic: Number,
    /// Its p-value.
    pub p_value: Number,
    /// Columns or terms that show it.
    pub columns: Vec<String>,
    /// Data rows that show it, from 1.
    pub rows: Vec<u64>,
    /// Their lines.
    pub lines: Vec<u64>,
    /// What mends it.
    pub remedy: Option<String>,
}

impl Diagnosis {
    fn new(id: &str, standing: Standing, message: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            standing,
            message: message.into(),
            statistic: Number(f64::NAN),
            p_value: Number(f64::NAN),
            columns: Vec::new(),
            rows: Vec::new(),
            lines: Vec::new(),
            remedy: None,
        }
    }

    fn test(mut self, statistic: f64, p_value: f64) -> Self {
        (self.statistic, self.p_value) = (Number(statistic), Number(p_value));
        self
    }

    fn of(mut self, columns: Vec<String>) -> Self {
        self.columns = columns;
        self
    }

    fn mend(mut self, remedy: &str) -> Self {
        if self.standing > Standing::Info {
            self.remedy = Some(remedy.to_owned());
        }
        self
    }
}

impl Fitted {
    /// Looks at everything that is known to go wrong with a fit of this kind.
    ///
    /// # Errors
    /// When the rows cannot be read again.
    pub fn check(&self) -> Result<Vec<Diagnosis>, Error> {
        let mut found = vec![self.existence(), self.rank(), self.condition()];
        found.extend(self.inflation());
        found.push(self.rows_a_coefficient());
        found.extend(self.smallest_cell());
        if matches!(self.result.status, Status::Converged | Status::Boundary) {
            let values = Values::of(self)?;
            found.extend(self.dispersion());
            found.extend(self.extra_zeros(&values));
            found.extend(self.calibration(&values));
            found.extend(self.link_test(&values)?);
        }
        found.extend(self.other_notes(&found));
        Ok(found)
    }

    fn existence(&self) -> Diagnosis {
        let notes = &self.result.notes;
        let separation = notes.iter().find(|note| note.id.starts_with("separation"));
        match (separation, self.result.status) {
            (Some(note), _) => Diagnosis {
                columns: note.columns.clone(),
                rows: note.rows.clone(),
                lines: note.lines.clone(),
                ..Diagnosis::new(&note.id, Standing::Fail, &note.message)
            }
            .mend("merge or drop what separates; signs and likelihood-ratio tests hold"),
            (None, Status::Unbounded) => {
                Diagnosis::new("existence", Standing::Fail, "the likelihood has no bound")
            }
            (None, Status::NotConverged) => {
                Diagnosis::new("not_converged", Standing::Fail, "the optimiser stopped before a maximum")
                    .mend("--optimizer newton, or drop nearly collinear terms")
            }
            (None, Status::NotIdentified) => {
                Diagnosis::new("existence", Standing::Fail, "the data do not determine every coefficient")
            }
            (None, _) => {
                Diagnosis::new("existence", Standing::Pass, "finite maximum (no direction of recession)")
            }
        }
    }

    fn rank(&self) -> Diagnosis {
        let aliased = &self.result.aliased;
        let (rank, all) = (self.result.rank, self.result.rank + aliased.len());
        if aliased.is_empty() {
            return Diagnosis::new("rank", Standing::Pass, format!("rank {rank} of {all}"));
        }
        let equal: Vec<String> = aliased.iter().map(|a| format!("{} = {}", a.term, a.equals)).collect();
        let message = format!("rank {rank} of {all}: {}", equal.join("; "));
        Diagnosis::new("aliased", Standing::Warn, message)
            .of(aliased.iter().map(|a| a.term.clone()).collect())
            .mend("drop one of the columns from the formula")
    }

    fn condition(&self) -> Diagnosis {
        let kappa = self.result.condition.0;
        let (id, standing) = match self.result.has_note("ill_conditioned") {
            true => ("ill_conditioned", Standing::Warn),
            false => ("condition", Standing::Pass),
        };
        Diagnosis::new(id, standing, format!("condition number {kappa:.2e} of the scaled information"))
            .mend("drop or combine nearly collinear terms")
    }

    /// The largest variance inflation among coefficients that are not intercepts.
    fn inflation(&self) -> Option<Diagnosis> {
        let p = self.fit.model.p;
        let is_slope =
            |at: &usize| self.prepared.coefs.iter().any(|c| c.at == *at && c.coef.term.is_some() && c.k == 0);
        let kept: Vec<usize> = self.fit.estimated.iter().copied().filter(is_slope).collect();
        let q = kept.len();
        if q < 2 {
            return None;
        }
        let variance = |i: usize, j: usize| self.vcov[kept[i] * p + kept[j]];
        let scaled: Vec<f64> = (0..q * q)
            .map(|at| variance(at / q, at % q) / (variance(at / q, at / q) * variance(at % q, at % q)).sqrt())
            .collect();
        let inverse = Cholesky::new(&scaled, q).ok()?.inverse();
        let worst = (0..q).max_by(|a, b| inverse[a * q + a].total_cmp(&inverse[b * q + b]))?;
        let (name, factor) = (self.prepared.name_of(kept[worst]).to_owned(), inverse[worst * q + worst]);
        let standing = if factor > INFLATED { Standing::Warn } else { Standing::Pass };
        let message = format!("largest variance inflation {factor:.2} ({name})");
        let found = Diagnosis::new("variance_inflation", standing, message).test(factor, f64::NAN);
        Some(found.of(vec![name]).mend("drop or combine terms that move together"))
    }

    fn rows_a_coefficient(&self) -> Diagnosis {
        let (n, df) = (self.result.n, self.result.df.max(1) as f64);
        let events = self.events().map(|events| events.min(n - events));
        let (count, what) = events.map_or((n, "rows"), |rarer| (rarer, "rows of the rarer outcome"));
        let share = count / df;
        let standing = if share < ROWS_A_COEFFICIENT { Standing::Warn } else { Standing::Pass };
        let message = format!("{count} {what} for {df} coefficients: {share:.1} each");
        let id = if standing == Standing::Warn { "too_few_rows" } else { "rows_per_coefficient" };
        Diagnosis::new(id, standing, message)
            .mend("use fewer terms, or likelihood-ratio tests and profile intervals")
    }

    /// Events of a two-valued response.
    fn events(&self) -> Option<f64> {
        self.result.response.event.as_ref()?;
        let [successes, trials] = self.prepared.source.columns()?.y.as_slice() else { return None };
        trials.iter().all(|t| *t == 1.0).then(|| successes.iter().sum())
    }

    /// The smallest cell of a level and an outcome.
    fn smallest_cell(&self) -> Option<Diagnosis> {
        self.events()?;
        let y = self.prepared.source.columns()?.y.first()?;
        let table = &self.prepared.table;
        let mut smallest: Option<(u64, String, String)> = None;
        for (name, levels) in self.prepared.plan.levels() {
            let Some(Column::Category { codes, levels: all, .. }) = table.column(name) else { continue };
            let mut counts = vec![[0_u64; 2]; all.len()];
            for (code, y) in codes.iter().zip(y.iter()).filter(|(code, _)| **code != MISSING) {
                counts[*code as usize][usize::from(*y > 0.5)] += 1;
            }
            for (level, counts) in all.iter().zip(counts).filter(|(level, _)| levels.contains(level)) {
                for (outcome, count) in counts.into_iter().enumerate() {
                    if smallest.as_ref().is_none_or(|(least, ..)| count < *least) {
                        smallest = Some((count, format!("{name}={level} x {outcome}"), name.to_owned()));
                    }
                }
            }
        }
        let (count, cell, name) = smallest?;
        let standing = if count < SMALL_CELL { Standing::Warn } else { Standing::Info };
        let message = format!("smallest cell: {cell}, {count} rows");
        Some(Diagnosis::new("small_cells", standing, message).of(vec![name]).mend("merge levels"))
    }

    /// Pearson's chi-square where the likelihood has no dispersion of its own.
    fn dispersion(&self) -> Option<Diagnosis> {
        let bernoulli = self.result.likelihood == "bernoulli" && self.events().is_none();
        if self.result.likelihood != "poisson" && !bernoulli {
            return None;
        }
        let (statistic, df) = (self.result.pearson_chi2.0, self.result.df_residual);
        let p = chisq_sf(statistic, df);
        let standing = if p < DOUBT { Standing::Warn } else { Standing::Pass };
        let message = format!("dispersion {:.3} (Pearson {statistic:.1} on {df} df)", statistic / df);
        let mend = if bernoulli {
            "--likelihood beta_binomial, or --dispersion pearson"
        } else {
            "--likelihood negative_binomial, or --dispersion pearson"
        };
        Some(Diagnosis::new("dispersion", standing, message).test(statistic, p).mend(mend))
    }

    fn extra_zeros(&self, values: &Values) -> Option<Diagnosis> {
        if self.result.likelihood != "poisson" || self.result.weights.is_some() {
            return None;
        }
        let (mut score, mut info, mut zeros, mut expected) = (0.0, 0.0, 0.0, 0.0);
        for (y, mean) in self.prepared.source.columns()?.y.first()?.iter().zip(&values.means) {
            let none = exp(-mean);
            score += (f64::from(u8::from(*y == 0.0)) - none) / none;
            info += (1.0 - none) / none - mean;
            zeros += f64::from(u8::from(*y == 0.0));
            expected += none;
        }
        let statistic = score * score / info;
        let p = chisq_sf(statistic, 1.0);
        let standing = if p < DOUBT && score > 0.0 { Standing::Warn } else { Standing::Pass };
        let message = format!("{zeros} zeros, {expected:.1} expected");
        let found = Diagnosis::new("extra_zeros", standing, message).test(statistic, p);
        Some(found.mend("--likelihood 'zero_inflated(poisson)', or negative_binomial"))
    }

    fn calibration(&self, values: &Values) -> Option<Diagnosis> {
        const GROUPS: usize = 10;
        self.events()?;
        let scored = Scored::new(self.prepared.source.columns()?.y.first()?, &values.means).ok()?;
        let table = hosmer_lemeshow(&scored, GROUPS).ok()?;
        let p = table.p_value_of_the_fit;
        let standing = if p < DOUBT { Standing::Warn } else { Standing::Pass };
        let message = format!("calibration in {GROUPS} groups: chi-square {:.2}", table.statistic);
        let found = Diagnosis::new("calibration", standing, message).test(table.statistic, p);
        Some(found.mend("add interactions or splines: ns(x, 4)"))
    }

    /// Whether the square of the linear predictor still says something.
    fn link_test(&self, values: &Values) -> Result<Option<Diagnosis>, Error> {
        let ready = self.result.loglik.0.is_finite() && self.result.rank > 1;
        let name = format!("linear predictor^2{}", "'".repeat(usize::from(self.spec.formula.contains('^'))));
        if !ready || self.spec.formula.is_empty() || values.etas.iter().all(|e| *e == values.etas[0]) {
            return Ok(None);
        }
        // Squared about its mean: the plain square is nearly the predictor itself where that is far from 0.
        let mean = values.etas.iter().sum::<f64>() / values.etas.len() as f64;
        let square = values.etas.iter().map(|eta| (eta - mean) * (eta - mean)).collect();
        let used = &self.prepared.table;
        let columns = used.names().iter().cloned().zip(used.columns().cloned());
        let table = Table::from_columns(columns.chain([(name.clone(), Column::Number(square))]))?;
        let (main, rest) = self.spec.formula.split_once(';').unwrap_or((&self.spec.formula, ""));
        let rest = if rest.is_empty() { String::new() } else { format!(";{rest}") };
        let formula = format!("{main} + `{name}`{rest}");
        let spec = FitSpec { formula, filter: None, ..self.spec.clone() };
        let wider = match fit(&spec, &table) {
            Ok(wider) if wider.result.status == self.result.status => wider,
            _ => return Ok(None),
        };
        let df = wider.result.df.saturating_sub(self.result.df);
        if df != 1 {
            return Ok(None);
        }
        let statistic = (2.0 * (wider.result.loglik.0 - self.result.loglik.0)).max(0.0);
        let p = chisq_sf(statistic, 1.0);
        let standing = if p < DOUBT { Standing::Warn } else { Standing::Pass };
        let message = "link test: the squared linear predictor as one more term";
        let found = Diagnosis::new("link_test", standing, message).test(statistic, p);
        Ok(Some(found.mend("another --link, a transformation, interactions or splines: ns(x, 4)")))
    }

    /// Notes of the fit that no finding above says.
    fn other_notes(&self, found: &[Diagnosis]) -> Vec<Diagnosis> {
        let said = |id: &str| found.iter().any(|d| d.id == id);
        let left = self.result.notes.iter().filter(|note| !said(&note.id));
        left.map(|note| {
            let standing = if note.id == "rows_dropped" { Standing::Info } else { Standing::Warn };
            Diagnosis {
                columns: note.columns.iter().chain(&note.terms).cloned().collect(),
                rows: note.rows.clone(),
                lines: note.lines.clone(),
                remedy: note.remedy.clone(),
                ..Diagnosis::new(&note.id, standing, &note.message)
            }
        })
        .collect()
    }
}
