//! Average marginal effects, contrasts and adjusted predictions with standard errors by the delta method.
//!
//! With m(eta) what is predicted (the mean, a class's probability, or the linear predictor itself) and x' the
//! derivative of a row of the design in one column,
//!   prediction  mean of m                      gradient  mean of sum_k m_k x_k
//!   contrast    mean of m(v) - m(v0)           gradient  the difference of theirs
//!   slope       mean of sum_k m_k x_k' b       gradient  mean of sum_kl m_kl (x_k' b) x_l + sum_k m_k x_k'
//! Derivatives are exact. Rows are held fixed and read part by part: memory is a part of the rows and a gradient for each
//! effect. Rows count by frequency or sampling weights. Source: Williams (2012), Stata Journal 12, 308-331.

use crate::effect_rows::{Grouped, Outcome, Rows};
use crate::predict::covariance_of;
use crate::{Error, Exit, ModelFile, Number, Status, WeightKind};
use loglik_design::{Plan, Table, UsedRows};
use loglik_expr::{Column, spell_number};
use loglik_infer::{Covariance, Gradient};
use loglik_num as num;
use serde::{Deserialize, Serialize};

/// Rows read at a time.
const PART: usize = 65_536;

/// What is asked of the effects of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EffectSpec {
    /// Columns whose effects are wanted; all that the model reads where empty.
    pub variables: Vec<String>,
    /// Adjusted predictions with a column set to each of some values, or to each of its levels where none are given.
    pub predict: Vec<(String, Vec<String>)>,
    /// Contrasts of a column's value against another: (column, from, to).
    pub contrasts: Vec<(String, String, String)>,
    /// Column by whose values effects are averaged apart.
    pub by: Option<String>,
    /// On the scale of the main linear predictor in place of the response's; of a text, on that of its predictors.
    pub link: bool,
    /// Quantities that effects are of: `exp(eta)`, `mu / sigma`. Where empty, the mean of the response; of a text, what it
    /// calls `mu` or `mean`, else its predictors.
    pub quantities: Vec<String>,
    /// Level of intervals; 0.95 where absent.
    pub level: Option<f64>,
}

/// One effect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// `slope`, `contrast` or `prediction`.
    pub effect: String,
    /// The column.
    pub variable: String,
    /// `south - north` of a contrast, the value of a prediction.
    pub contrast: Option<String>,
    /// The class whose probability it is about.
    pub class: Option<String>,
    /// The quantity that it is about, where that is not the response's mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The group.
    pub by: Option<String>,
    /// Rows, or the sum of their weights.
    pub n: f64,
    /// The average.
    pub estimate: Number,
    /// By the delta method, rows held fixed.
    pub std_error: Number,
    /// z or t against 0; absent for predictions.
    pub statistic: Number,
    /// Two-sided.
    pub p_value: Number,
    /// Interval.
    pub conf_low: Number,
    /// Interval.
    pub conf_high: Number,
}

/// The effects of a model over some rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effects {
    /// `loglik.effects/1`.
    pub format: String,
    /// `response`, `link`, or `quantity` where effects are of named ones.
    pub scale: String,
    /// Of intervals.
    pub level: f64,
    /// Rows used.
    pub n: usize,
    /// Trials, or counts, of these rows where each is a group: every one counts once in the averages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trials: Option<f64>,
    /// Rows dropped for missing values.
    pub n_dropped: usize,
    /// The effects.
    pub effects: Vec<Effect>,
}

/// What one effect is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Slope,
    /// From one value to another.
    Contrast(String, String),
    Prediction(String),
}

/// One effect that is asked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) variable: String,
    pub(crate) kind: Kind,
}

impl ModelFile {
    /// Columns of a table with these names that effects read.
    ///
    /// # Errors
    /// `schema_mismatch` where one is missing.
    pub fn effect_columns(&self, spec: &EffectSpec, names: &[String]) -> Result<Vec<String>, Error> {
        let mut needed = self.needed_columns(names)?;
        let weights = self.fit.weights.as_ref().filter(|w| w.kind != WeightKind::Precision);
        for (role, name) in
            spec.by.iter().map(|name| ("--by", name)).chain(weights.iter().map(|w| ("weights", &w.column)))
        {
            if !names.contains(name) {
                return Err(Error::unknown_column(role, name, names));
            }
            if !needed.contains(name) {
                needed.push(name.clone());
            }
        }
        for name in self.quantity_columns(spec, names)? {
            if !needed.contains(&name) {
                needed.push(name);
            }
        }
        if let Some(group) = Grouped::of(self, names)? {
            needed
                .extend(group.columns.into_iter().filter(|name| !needed.contains(name)).collect::<Vec<_>>());
        }
        Ok(needed)
    }

    /// Average effects over the rows of a table.
    ///
    /// # Errors
    /// Columns, levels or values that the model does not know; a model without a finite maximum, whose effects have no
    /// standard errors; a likelihood whose mean is not known.
    pub fn effects(&self, table: &Table, spec: &EffectSpec) -> Result<Effects, Error> {
        if self.fit.status == Status::Infinite {
            let message = "the model has no finite maximum: its effects have no standard errors";
            let note = self.fit.notes.iter().find(|note| note.id.starts_with("separation"));
            let id = note.map_or("parameter_at_infinity", |note| note.id.as_str());
            let error = Error::new(id, Exit::Infinite, message);
            return Err(error.remedy("fit it with --bias-reduction firth, or without what separates"));
        }
        let needed = self.effect_columns(spec, table.names())?;
        let used = UsedRows::of(table, &needed, None, loglik_design::threads(None))?;
        let kept = used.of_table(table).select(&needed)?;
        if kept.rows() == 0 {
            return Err(Error::data("empty_data", "no row without missing values is left"));
        }
        let quantities = self.quantities(spec)?;
        let asked = self.asked(spec, &kept)?;
        let outcomes = self.outcomes(spec, quantities.len())?;
        let groups = Groups::of(spec.by.as_deref(), &kept)?;
        let mut sums =
            vec![Gradient::zero(self.prediction.beta.len()); asked.len() * outcomes.len() * groups.len()];
        let grouped = Grouped::of(self, kept.names())?;
        let trials = grouped.map(|group| group.trials(self, &kept)).transpose()?;
        for first in (0..kept.rows()).step_by(PART) {
            let rows = first..kept.rows().min(first + PART);
            let part = slice(&kept, rows.clone())?;
            let sizes = trials.as_ref().map(|all| &all[rows.clone()]);
            let read = Rows::new(self, &part, (&groups.codes[rows], groups.len()), sizes, &quantities)?;
            for (a, wanted) in asked.iter().enumerate() {
                for (o, outcome) in outcomes.iter().enumerate() {
                    let at = (a * outcomes.len() + o) * groups.len();
                    read.add(wanted, *outcome, &mut sums[at..at + groups.len()])?;
                }
            }
        }
        let level = spec.level.unwrap_or(0.95);
        let covariance = covariance_of(self);
        let mut effects = Vec::new();
        for (i, sum) in sums.iter().enumerate().filter(|(_, sum)| sum.weight > 0.0) {
            let (a, o, g) =
                (i / groups.len() / outcomes.len(), i / groups.len() % outcomes.len(), i % groups.len());
            let mut effect = self.written(&asked[a], sum, &covariance, level);
            match outcomes[o] {
                Outcome::Class(c) => {
                    effect.class = self.fit.response.levels.as_ref().and_then(|l| l.get(c).cloned());
                }
                // A column that does not enter a quantity has no effect on it.
                Outcome::Quantity(q) if !self.enters(&quantities[q], &asked[a].variable)? => continue,
                Outcome::Quantity(q) => effect.quantity = Some(quantities[q].clone()),
                Outcome::Link | Outcome::Mean => {}
            }
            effect.by = groups.names.get(g).cloned();
            effects.push(effect);
        }
        Ok(Effects {
            format: "loglik.effects/1".to_owned(),
            scale: match (quantities.is_empty(), spec.link) {
                (false, _) => "quantity",
                (true, true) => "link",
                (true, false) => "response",
            }
            .to_owned(),
            level,
            n: kept.rows(),
            trials: trials.map(|all| all.iter().sum()),
            n_dropped: used.dropped,
            effects,
        })
    }

    /// What is predicted: some quantities, the linear predictor, the mean, or the probability of each class.
    fn outcomes(&self, spec: &EffectSpec, quantities: usize) -> Result<Vec<Outcome>, Error> {
        use loglik_likelihood::ResponseKind;
        if quantities > 0 {
            return Ok((0..quantities).map(Outcome::Quantity).collect());
        }
        if spec.link {
            return Ok(vec![Outcome::Link]);
        }
        let model = self.model()?;
        Ok(match model.likelihood.spec().response {
            ResponseKind::Class | ResponseKind::ClassCounts => {
                (0..self.fit.response.levels.as_ref().map_or(0, Vec::len)).map(Outcome::Class).collect()
            }
            _ => vec![Outcome::Mean],
        })
    }

    /// The effects that a request names.
    fn asked(&self, spec: &EffectSpec, table: &Table) -> Result<Vec<Asked>, Error> {
        let plan = &self.prediction.plan;
        let mut known = plan.used_columns().to_vec();
        let of_quantities = self.quantity_columns(spec, table.names())?;
        known.extend(of_quantities.into_iter().filter(|name| !plan.used_columns().contains(name)));
        let known = known.as_slice();
        let check = |role: &str, name: &String| {
            if known.contains(name) { Ok(()) } else { Err(Error::unknown_column(role, name, known)) }
        };
        let mut asked = Vec::new();
        for (variable, from, to) in &spec.contrasts {
            check("--contrast", variable)?;
            let kind = Kind::Contrast(from.clone(), to.clone());
            asked.push(Asked { variable: variable.clone(), kind });
        }
        for (variable, values) in &spec.predict {
            check("--predict", variable)?;
            let values = if values.is_empty() { levels_of(plan, table, variable) } else { values.clone() };
            if values.is_empty() {
                return Err(Error::request(format!("`{variable}` has no levels: name its values"))
                    .remedy(format!("--predict {variable}=1,2,3")));
            }
            asked.extend(
                values.into_iter().map(|v| Asked { variable: variable.clone(), kind: Kind::Prediction(v) }),
            );
        }
        let plain = spec.contrasts.is_empty() && spec.predict.is_empty();
        let variables: &[String] = match (&spec.variables, plain) {
            (named, _) if !named.is_empty() => named,
            (_, true) => known,
            (_, false) => &[],
        };
        for variable in variables {
            check("--variables", variable)?;
            let read_by_text = !plan.used_columns().contains(variable);
            let is_text = matches!(table.column(variable), Some(Column::Category { .. }));
            if !(plan.is_category(variable) || (read_by_text && is_text)) {
                if !matches!(table.column(variable), Some(Column::Number(_))) {
                    let message = format!("column `{variable}` is text where the model needs numbers");
                    return Err(Error::data("type_mismatch", message).column(variable));
                }
                asked.push(Asked { variable: variable.clone(), kind: Kind::Slope });
                continue;
            }
            let levels = levels_of(plan, table, variable);
            let Some((base, others)) = levels.split_first() else {
                return Err(Error::request(format!(
                    "`{variable}` is part of a category made by an expression: it has neither slope nor levels"
                ))
                .remedy(format!("--contrast {variable}=FROM,TO")));
            };
            asked.extend(others.iter().map(|level| Asked {
                variable: variable.clone(),
                kind: Kind::Contrast(base.clone(), level.clone()),
            }));
        }
        Ok(asked)
    }

    fn written(&self, asked: &Asked, sum: &Gradient, covariance: &Covariance, level: f64) -> Effect {
        let slopes: Vec<f64> = sum.gradient.iter().map(|v| v / sum.weight).collect();
        let se = covariance.variance(&slopes).sqrt();
        let estimate = sum.value / sum.weight;
        let df = self.fit.has_t().then_some(self.fit.df_residual);
        let upper = 0.5 + 0.5 * level;
        let z = estimate / se;
        let (quantile, p_value) = match df {
            Some(df) => (num::t_quantile(upper, df), num::t_two_sided(z, df)),
            None => (num::normal_quantile(upper), num::normal_two_sided(z)),
        };
        let (effect, contrast, tested) = match &asked.kind {
            Kind::Slope => ("slope", None, true),
            Kind::Contrast(from, to) => ("contrast", Some(format!("{to} - {from}")), true),
            Kind::Prediction(value) => ("prediction", Some(value.clone()), false),
        };
        Effect {
            effect: effect.to_owned(),
            variable: asked.variable.clone(),
            contrast,
            class: None,
            quantity: None,
            by: None,
            n: sum.weight,
            estimate: Number(estimate),
            std_error: Number(se),
            statistic: Number(if tested { z } else { f64::NAN }),
            p_value: Number(if tested { p_value } else { f64::NAN }),
            conf_low: Number(estimate - quantile * se),
            conf_high: Number(estimate + quantile * se),
        }
    }
}

/// The levels of a column in the plan's order, or in that of the table where the text alone reads it.
fn levels_of(plan: &Plan, table: &Table, column: &str) -> Vec<String> {
    match table.column(column) {
        Some(Column::Category { levels, .. }) if !plan.used_columns().iter().any(|name| name == column) => {
            levels.to_vec()
        }
        _ => plan.levels_of(column),
    }
}

/// Groups of the rows.
struct Groups {
    names: Vec<String>,
    codes: Vec<u32>,
}

impl Groups {
    fn of(by: Option<&str>, table: &Table) -> Result<Self, Error> {
        let Some(name) = by else { return Ok(Self { names: Vec::new(), codes: vec![0; table.rows()] }) };
        match table.column(name) {
            Some(Column::Category { codes, levels, .. }) => {
                Ok(Self { names: levels.to_vec(), codes: codes.clone() })
            }
            Some(Column::Number(values)) => {
                let mut found = values.clone();
                found.sort_unstable_by(f64::total_cmp);
                found.dedup();
                if found.len() > 1000 {
                    let message = format!("--by `{name}` has {} different values", found.len());
                    return Err(Error::request(message).remedy("group by a category, or by a rounded column"));
                }
                let code = |v: &f64| found.partition_point(|x| x.total_cmp(v).is_lt()) as u32;
                let codes = values.iter().map(code).collect();
                Ok(Self { names: found.iter().map(|v| spell_number(*v)).collect(), codes })
            }
            Some(Column::Sparse(_)) => Err(Error::sparse("--by", name)),
            None => Err(Error::unknown_column("--by", name, table.names())),
        }
    }

    fn len(&self) -> usize {
        self.names.len().max(1)
    }
}

/// Some rows of a table.
fn slice(table: &Table, rows: std::ops::Range<usize>) -> Result<Table, Error> {
    let part = |column: &Column| match column {
        Column::Number(values) => Column::Number(values[rows.clone()].to_vec()),
        Column::Category { codes, levels, ordered } => Column::Category {
            codes: codes[rows.clone()].to_vec(),
            levels: std::sync::Arc::clone(levels),
            ordered: *ordered,
        },
        Column::Sparse(block) => Column::Sparse(block.pick(rows.clone())),
    };
    let columns = table.names().iter().cloned().zip(table.columns().map(part));
    Ok(Table::from_columns(columns)?)
}
