//! Scores that a model makes: its probabilities or means in every row, beside the outcomes that its formula names.

use super::outcome::{Labels, read};
use super::rows::{RowsSpec, RowsUsed, ScoredRows, expression_columns, outcome_column};
use super::{Direction, folds};
use crate::response::{column_name, numbers};
use crate::row_coordinates::RowCoordinates;
use crate::{Error, ModelFile, ResponseInfo};
use loglik_decide::WeightKind;
use loglik_design::{Formula, Response, Table};
use loglik_likelihood::ResponseKind;

/// How outcomes are to be read.
struct Outcomes {
    labels: Labels,
    info: ResponseInfo,
    /// Weights of cases and controls, or of the classes, where rows are counts    `[classes][n]`
    counts: Option<Vec<Vec<f64>>>,
}

impl RowsSpec {
    /// Columns that the model and its response read.
    pub(crate) fn model_columns(&self, model: &ModelFile, names: &[String]) -> Result<Vec<String>, Error> {
        let mut needed = model.needed_columns(names)?;
        let outcome: Vec<String> = match &self.outcome {
            Some(text) => expression_columns(text, names)?,
            None => {
                let formula = Formula::parse(&model.fit.formula)?;
                formula.response().trees().iter().flat_map(|t| t.names()).map(str::to_owned).collect()
            }
        };
        let refit = match &self.folds {
            Some(_) => crate::needed_columns(&model.request, names)?,
            None => Vec::new(),
        };
        for name in outcome.into_iter().chain(refit) {
            if !names.contains(&name) {
                return Err(Error::unknown_column("the outcome", &name, names));
            }
            if !needed.contains(&name) {
                needed.push(name);
            }
        }
        Ok(needed)
    }

    /// Rows whose scores the model makes.
    pub(crate) fn read_with(&self, model: &ModelFile, table: &Table) -> Result<ScoredRows, Error> {
        // Refits see the rows that the fit saw.
        let filter = self.filter.clone().or(model.request.filter.clone().filter(|_| self.folds.is_some()));
        let spec = Self { filter, ..self.clone() };
        self.scored_by_model(model, spec.used(table, &self.model_columns(model, table.names())?)?)
    }

    /// Scores and outcomes of the rows used.
    pub(crate) fn scored_by_model(
        &self,
        model: &ModelFile,
        (table, mut used): (Table, RowsUsed),
    ) -> Result<ScoredRows, Error> {
        if self.direction == Direction::Lower {
            return Err(Error::request("a model's scores point at its event: drop --direction lower"));
        }
        let mut at = model.coordinates(&table).map_err(|error| error.left_out_by_filter(&table))?;
        let Outcomes { labels, info, counts } = outcomes(self, model, &at, &table)?;
        let mut notes = Vec::new();
        if let Some(folds) = self.folds {
            (at, notes) = folds::coordinates(model, folds, &table, &labels, &at)?;
        }
        let scores = scores(model, &at, &labels, &info)?;
        let weight = self.weight(&table, &mut used)?;
        let rows = ScoredRows {
            names: names(&scores, &info),
            outcome: info,
            labels,
            scores,
            weight,
            kind: self.row_kind(),
            used,
            direction: Direction::Higher,
            copies: 1,
            at: Some(at),
            notes,
            table,
        };
        Ok(match counts {
            None => rows,
            Some(counts) => rows.counted(&counts),
        })
    }
}

/// Outcomes of the rows used: the formula's response, or the one asked for.
fn outcomes(
    spec: &RowsSpec,
    model: &ModelFile,
    at: &RowCoordinates,
    table: &Table,
) -> Result<Outcomes, Error> {
    let formula = Formula::parse(&model.fit.formula)?;
    let fit = &model.fit.response;
    let plain = |(labels, info)| Outcomes { labels, info, counts: None };
    let kind = at.likelihood.spec().response;
    let event = event(spec, fit)?;
    if let Some(text) = &spec.outcome {
        let column = outcome_column(text, table)?;
        return match kind {
            ResponseKind::Trials | ResponseKind::Class | ResponseKind::ClassCounts => {
                Ok(plain(read(text, column, event, fit.levels.as_deref(), table)?))
            }
            _ => match column {
                loglik_expr::Column::Number(y) => {
                    let info = ResponseInfo { column: text.clone(), ..ResponseInfo::default() };
                    Ok(plain((Labels::Amounts(y), info)))
                }
                loglik_expr::Column::Category { .. } => {
                    Err(Error::data("type_mismatch", format!("the outcome `{text}` is text")).column(text))
                }
                loglik_expr::Column::Sparse(_) => Err(Error::sparse("the outcome", text)),
            },
        };
    }
    let number = |tree| numbers(&formula, table, tree);
    match (kind, formula.response()) {
        (ResponseKind::Trials, Response::Cbind(trees)) if trees.len() == 2 => {
            Ok(trials(number(&trees[0])?, number(&trees[1])?, fit))
        }
        (ResponseKind::Trials, Response::Expression(_)) if fit.levels.is_none() => {
            let Some((successes, total)) = formula.response().ratio() else {
                return Err(Error::request(format!("the response `{}` is no class", fit.column)));
            };
            let (successes, total) = (number(successes)?, number(total)?);
            let failures = total.iter().zip(&successes).map(|(n, y)| n - y).collect();
            Ok(trials(successes, failures, fit))
        }
        (ResponseKind::ClassCounts, Response::Cbind(trees)) => {
            let counts = trees.iter().map(number).collect::<Result<Vec<_>, _>>()?;
            Ok(Outcomes { labels: Labels::Classes(Vec::new()), info: ResponseInfo { events: None, ..fit.clone() }, counts: Some(counts) })
        }
        (ResponseKind::Trials | ResponseKind::Class, Response::Expression(tree)) => {
            let name = column_name(&formula, tree);
            let column = loglik_expr::evaluate(tree, table)
                .map_err(|e| Error::new(e.id(), crate::Exit::Request, e.pointed(formula.text())))?;
            let (labels, read) = read(&name, column, event, fit.levels.as_deref(), table)?;
            let info = if spec.event.is_some() { read } else { ResponseInfo { events: None, ..fit.clone() } };
            Ok(Outcomes { labels, info, counts: None })
        }
        (ResponseKind::Number, Response::Expression(tree)) => {
            Ok(plain((Labels::Amounts(number(tree)?), fit.clone())))
        }
        _ => Err(Error::request(format!("evaluation of a response `{}` is not built yet", fit.column))
            .remedy("evaluate classes, counts and amounts; censored and truncated responses have no outcome to compare")),
    }
}

/// The event that is asked for, or the model's: of several classes any one against the rest, of two the model's own.
fn event<'a>(spec: &'a RowsSpec, fit: &'a ResponseInfo) -> Result<Option<&'a str>, Error> {
    let (asked, own) = (spec.event.as_deref(), fit.event.as_deref());
    let levels = fit.levels.as_deref().unwrap_or_default();
    let Some(event) = asked.filter(|asked| Some(*asked) != own) else { return Ok(own) };
    if levels.len() > 2 && levels.iter().any(|level| level == event) {
        return Ok(asked);
    }
    let own = own.map_or(levels.iter().map(String::as_str).collect(), |own| vec![own]);
    let message = format!("--event {event}: the model tells the probability of {}", own.join(", "));
    Err(Error::request(message).remedy(if own.len() == 1 {
        "leave --event out, or fit the model with another event"
    } else {
        "name one of the classes"
    }))
}

fn trials(successes: Vec<f64>, failures: Vec<f64>, fit: &ResponseInfo) -> Outcomes {
    let levels = Some(vec!["failure".to_owned(), "success".to_owned()]);
    let info =
        ResponseInfo { column: fit.column.clone(), event: Some("success".to_owned()), levels, events: None };
    Outcomes { labels: Labels::Two(Vec::new()), info, counts: Some(vec![failures, successes]) }
}

/// Probability of the event, probabilities of the classes, or the mean                `[scores][n]`
fn scores(
    model: &ModelFile,
    at: &RowCoordinates,
    labels: &Labels,
    info: &ResponseInfo,
) -> Result<Vec<Vec<f64>>, Error> {
    let quantile = at.likelihood.check_loss().is_some() && model.fit.likelihood == "quantile";
    let mean = || {
        let means = if quantile { at.us.first().map(|u| u[..at.rows].to_vec()) } else { at.means() };
        means.map(|m| vec![m]).ok_or_else(|| {
            Error::request(format!(
                "the mean of `{}` is not known, so it cannot be evaluated",
                model.fit.likelihood
            ))
        })
    };
    match labels {
        Labels::Two(_) | Labels::Amounts(_) if at.likelihood.spec().response == ResponseKind::Class => {
            // Of two ordered or named classes the later one is the event, of several the one that was asked for.
            let known = model.fit.response.levels.clone().unwrap_or_default();
            let event = known.iter().position(|level| Some(level) == info.event.as_ref()).unwrap_or(1);
            if known.len() > 2 {
                return Ok(vec![classes(model, at, known.len()).swap_remove(event)]);
            }
            let p = at.probabilities(2).map(|mut p| p.swap_remove(event)).unwrap_or_default();
            Ok(vec![p.into_iter().map(|p| model.recalibrated(p)).collect()])
        }
        Labels::Two(_) => {
            let mut p = mean()?;
            p[0].iter_mut().for_each(|p| *p = model.recalibrated(*p));
            Ok(p)
        }
        Labels::Amounts(_) => mean(),
        Labels::Classes(_) => Ok(classes(model, at, info.levels.as_ref().map_or(0, Vec::len))),
    }
}

/// Probabilities of the classes, recalibrated                                       `[classes][n]`
fn classes(model: &ModelFile, at: &RowCoordinates, classes: usize) -> Vec<Vec<f64>> {
    let mut columns = at.probabilities(classes).unwrap_or_default();
    for row in 0..at.rows {
        let mut p: Vec<f64> = columns.iter().map(|column| column[row]).collect();
        model.recalibrate_classes(&mut p);
        columns.iter_mut().zip(p).for_each(|(column, p)| column[row] = p);
    }
    columns
}

fn names(scores: &[Vec<f64>], info: &ResponseInfo) -> Vec<String> {
    match (&info.levels, scores.len()) {
        (Some(levels), n) if n > 1 => levels.iter().map(|level| format!("p[{level}]")).collect(),
        _ => vec!["response".to_owned()],
    }
}

impl ScoredRows {
    /// One copy of the rows for each class, weighing its count.
    fn counted(mut self, counts: &[Vec<f64>]) -> Self {
        let n = self.table.rows();
        let weight: Vec<f64> = counts
            .iter()
            .flat_map(|count| {
                let own = self.weight.as_ref();
                count.iter().enumerate().map(move |(row, c)| c * own.map_or(1.0, |w| w[row]))
            })
            .collect();
        let codes = (0..counts.len() as u32).flat_map(|class| std::iter::repeat_n(class, n));
        self.labels = match self.labels {
            Labels::Two(_) => Labels::Two(codes.map(f64::from).collect()),
            _ => Labels::Classes(codes.collect()),
        };
        self.scores.iter_mut().for_each(|score| *score = score.repeat(counts.len()));
        if self.weight.is_none() {
            let whole = weight.iter().all(|w| w.fract() == 0.0);
            self.kind = if whole { WeightKind::Frequency } else { WeightKind::Sampling };
        }
        self.used.weight_sum = weight.iter().sum();
        self.weight = Some(weight);
        self.copies = counts.len();
        self
    }
}
