//! From the left side of a formula to the response columns that a likelihood reads.
//!
//! What was read, and how (which value is the event, which class the base), is written down, because every surface
//! prints it. What the data decide of that is gathered first ([`Facts`]), over all rows; then any of them are read alike.
//! Domains are the likelihood's own: a value outside is an error with column, row, line and value.

use crate::response_facts::{EventCoding, Facts, Levels};
use crate::{Error, FitSpec, ResponseInfo};
use loglik_design::{DesignError, Formula, Numbers, PART_ROWS, Pieces, Response, Table, in_order};
use loglik_expr::{Column, Kind, MISSING, Tree, evaluate};
use loglik_likelihood::{Likelihood, ResponseKind};
use std::ops::Range;

/// Response columns of the rows used, and what is said of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Responses {
    /// Columns as the likelihood reads them, until the source takes them      `[r][n]`
    pub(crate) y: Vec<Numbers<'static>>,
    /// What is said of them.
    pub(crate) info: ResponseInfo,
    /// Whether censored rows include none with an event.
    pub(crate) no_events: bool,
    /// Whether rows that are not here have a number of trials other than 1.
    pub(crate) trials_differ: bool,
}

impl Responses {
    /// Whether some row stands for several trials.
    pub(crate) fn grouped(&self) -> bool {
        self.trials_differ || self.y.get(1).is_some_and(|trials| trials.iter().any(|m| *m != 1.0))
    }

    /// Sum over some rows of weight times trials, or counts of classes; times 1 where a row is one observation.
    pub(crate) fn units(&self, kind: ResponseKind, weights: Option<&[f64]>, rows: Range<usize>) -> f64 {
        if weights.is_none() && !matches!(kind, ResponseKind::Trials | ResponseKind::ClassCounts) {
            return rows.len() as f64;
        }
        let size = |r: usize| match kind {
            ResponseKind::Trials => self.y[1][r],
            ResponseKind::ClassCounts => self.y.iter().map(|column| column[r]).sum(),
            _ => 1.0,
        };
        rows.map(|r| weights.map_or(1.0, |w| w[r]) * size(r)).sum()
    }
}

/// Evaluates one expression of the response.
pub(crate) fn values(formula: &Formula, table: &Table, tree: &Tree) -> Result<Column, Error> {
    evaluate(tree, table)
        .map_err(|error| Error::from(DesignError::Evaluation { text: formula.text().to_owned(), error }))
}

/// Its numbers; a category is an error.
pub(crate) fn numbers(formula: &Formula, table: &Table, tree: &Tree) -> Result<Vec<f64>, Error> {
    match values(formula, table, tree)? {
        Column::Number(values) => Ok(values),
        Column::Category { .. } => {
            let name = tree.typed(formula.text());
            Err(Error::data(
                "type_mismatch",
                format!("the response `{name}` is text where numbers are needed"),
            )
            .column(name)
            .remedy("choose --likelihood bernoulli or categorical, or name the event: `y == 'yes'`"))
        }
        Column::Sparse(_) => Err(Error::sparse("the response", tree.typed(formula.text()))),
    }
}

/// The same, read where it lies if it is a column of the table.
pub(crate) fn column_of_numbers(
    formula: &Formula,
    table: &Table,
    tree: &Tree,
) -> Result<Numbers<'static>, Error> {
    let shared = match &tree.kind {
        Kind::Name(name) => table.shared(name),
        _ => None,
    };
    shared.map_or_else(|| numbers(formula, table, tree).map(Numbers::from), Ok)
}

/// The column that a message about the response names: its one column, or the text of the whole.
pub(crate) fn column_name(formula: &Formula, tree: &Tree) -> String {
    match tree.names().as_slice() {
        [one] => (*one).to_owned(),
        _ => tree.typed(formula.text()).to_owned(),
    }
}

/// Classes of the response, for likelihoods that need to know them before they are made.
pub(crate) fn classes(formula: &Formula, rows: &dyn Pieces) -> Result<(Vec<String>, bool), Error> {
    match formula.response() {
        Response::Cbind(trees) => {
            Ok((trees.iter().map(|t| t.typed(formula.text()).trim().to_owned()).collect(), true))
        }
        Response::Expression(tree) => Ok((Levels::of(formula, rows, tree)?.names(), false)),
        _ => Err(Error::request("a categorical response is one column or cbind(a, b, ..) of counts")),
    }
}

/// A column of numbers as a category, its levels in the order of the numbers.
pub(crate) fn as_category(column: Column) -> (Vec<u32>, Vec<String>) {
    match column {
        Column::Category { codes, levels, .. } => (codes, levels.to_vec()),
        Column::Number(values) => {
            let distinct = distinct(&values);
            // Adding zero makes one of both zeros.
            let code = |v: &f64| {
                distinct.binary_search_by(|d| d.total_cmp(&(v + 0.0))).map_or(MISSING, |at| at as u32)
            };
            let codes = values.iter().map(code).collect();
            (codes, distinct.iter().map(|v| loglik_expr::spell_number(*v)).collect())
        }
        // No expression has such a value; it has no level.
        Column::Sparse(block) => (vec![MISSING; block.rows()], Vec::new()),
    }
}

/// The distinct numbers of a column, ascending.
pub(crate) fn distinct(values: &[f64]) -> Vec<f64> {
    /// So many are kept in order as they come; more are sorted all at once.
    const FEW: usize = 1_000;
    let mut found: Vec<f64> = Vec::new();
    for v in values.iter().filter(|v| !v.is_nan()).map(|v| v + 0.0) {
        if let Err(at) = found.binary_search_by(|d| d.total_cmp(&v)) {
            if found.len() == FEW {
                found = values.iter().filter(|v| !v.is_nan()).map(|v| v + 0.0).collect();
                found.sort_unstable_by(f64::total_cmp);
                found.dedup();
                break;
            }
            found.insert(at, v);
        }
    }
    found
}

/// Levels that rows have, and for each old code the new one.
pub(crate) fn used_levels((codes, levels): &(Vec<u32>, Vec<String>)) -> (Vec<String>, Vec<Option<u32>>) {
    let mut seen = vec![false; levels.len()];
    codes.iter().filter(|c| **c != MISSING).for_each(|c| seen[*c as usize] = true);
    let mut next = 0..;
    let map = seen.iter().map(|s| if *s { next.next() } else { None }).collect();
    let kept = levels.iter().zip(&seen).filter(|(_, s)| **s).map(|(l, _)| l.clone()).collect();
    (kept, map)
}

/// Reads the response for a likelihood that takes `kind`.
///
/// * `table` some of the rows used, or all
/// * `facts` what all of them decide
pub(crate) fn read(
    spec: &FitSpec,
    formula: &Formula,
    table: &Table,
    kind: ResponseKind,
    facts: &Facts,
) -> Result<Responses, Error> {
    let text = formula.text().split('~').next().unwrap_or_default().trim().to_owned();
    let info = ResponseInfo { column: text, ..ResponseInfo::default() };
    let responses = Responses { info, ..Responses::default() };
    match (kind, formula.response()) {
        (_, Response::Absent) => Err(Error::request("the formula has no response: write `y ~ ..`")),
        (ResponseKind::Number, Response::Expression(tree)) => {
            Ok(Responses { y: vec![column_of_numbers(formula, table, tree)?], ..responses })
        }
        (ResponseKind::Trials, _) => trials(spec, formula, table, facts, responses),
        (ResponseKind::Class, Response::Expression(tree)) => class(formula, table, tree, facts, responses),
        (ResponseKind::ClassCounts, Response::Cbind(trees)) => {
            let y =
                trees.iter().map(|t| column_of_numbers(formula, table, t)).collect::<Result<Vec<_>, _>>()?;
            let levels = trees.iter().map(|t| t.typed(formula.text()).trim().to_owned()).collect();
            Ok(Responses { y, info: ResponseInfo { levels: Some(levels), ..responses.info }, ..responses })
        }
        (ResponseKind::Interval, _) => interval(formula, table, facts, responses),
        (ResponseKind::Truncated, Response::Truncated { value, bounds }) => {
            let y = [value, &bounds[0], &bounds[1]].map(|t| column_of_numbers(formula, table, t));
            Ok(Responses { y: y.into_iter().collect::<Result<Vec<_>, _>>()?, ..responses })
        }
        (ResponseKind::Truncated, Response::Expression(tree)) => {
            let y = column_of_numbers(formula, table, tree)?;
            let n = y.len();
            Ok(Responses { y: vec![y, vec![1.0; n].into(), vec![f64::INFINITY; n].into()], ..responses })
        }
        _ => Err(Error::request(format!(
            "the response `{}` is not of the kind that `{}` takes",
            responses.info.column, spec.likelihood
        ))),
    }
}

/// Successes and trials.
fn trials(
    spec: &FitSpec,
    formula: &Formula,
    table: &Table,
    facts: &Facts,
    out: Responses,
) -> Result<Responses, Error> {
    let response = formula.response();
    let ones = |n: usize| Numbers::from(vec![1.0; n]);
    if let Response::Cbind(trees) = response {
        let [a, b] = trees.as_slice() else {
            return Err(Error::request("a binomial response is cbind(successes, failures)"));
        };
        let (successes, failures) = (numbers(formula, table, a)?, numbers(formula, table, b)?);
        // A negative count would hide in the sum of the two.
        if let Some(row) = failures.iter().position(|f| *f < 0.0) {
            return Err(Error::data("response_out_of_range", "a number of failures is below 0")
                .column(column_name(formula, b))
                .value(failures[row].to_string())
                .at(table, row));
        }
        let n: Vec<f64> = successes.iter().zip(&failures).map(|(a, b)| a + b).collect();
        return Ok(Responses { y: vec![successes.into(), n.into()], ..out });
    }
    let Response::Expression(tree) = response else {
        return Err(Error::request(
            "a binomial response is a two-valued column, successes / trials or cbind(successes, failures)",
        ));
    };
    let column = values(formula, table, tree)?;
    if let (Column::Number(values), None) = (&column, &spec.event) {
        if let (Some((successes, total)), true) = (response.ratio(), facts.fractional) {
            let number = |tree| column_of_numbers(formula, table, tree);
            let y = vec![number(successes)?, number(total)?];
            return Ok(Responses { y, ..out });
        }
        let event = Some("1".to_owned());
        let events = Some(values.iter().filter(|v| **v == 1.0).count());
        let info = ResponseInfo { event, levels: Some(vec!["0".into(), "1".into()]), events, ..out.info };
        let n = values.len();
        return Ok(Responses { y: vec![column_of_numbers(formula, table, tree)?, ones(n)], info, ..out });
    }
    let levels = facts.levels.names();
    // Without a named event the first level is the non-event and every other counts, as in R.
    let event = match &spec.event {
        None => levels.last().cloned().unwrap_or_default(),
        Some(event) if levels.contains(event) => event.clone(),
        Some(event) => {
            return Err(Error::unknown_word("event", event, levels.iter().map(String::as_str))
                .column(column_name(formula, tree)));
        }
    };
    let at = levels.iter().position(|l| *l == event).unwrap_or(0) as u32;
    let hit = |code: Option<u32>| -> f64 {
        let code = code.unwrap_or(0);
        let is_event = if spec.event.is_some() { code == at } else { code > 0 };
        f64::from(u8::from(is_event))
    };
    let y: Vec<f64> = facts.levels.codes(&column).into_iter().map(hit).collect();
    let others: Vec<String> = levels.iter().filter(|l| **l != event).cloned().collect();
    let shown = others.into_iter().chain([event.clone()]).collect();
    let n = y.len();
    let events = Some(y.iter().filter(|v| **v == 1.0).count());
    let info = ResponseInfo { event: Some(event), levels: Some(shown), events, ..out.info };
    Ok(Responses { y: vec![y.into(), ones(n)], info, ..out })
}

fn class(
    formula: &Formula,
    table: &Table,
    tree: &Tree,
    facts: &Facts,
    out: Responses,
) -> Result<Responses, Error> {
    let codes = facts.levels.codes(&values(formula, table, tree)?);
    let y: Vec<f64> = codes.into_iter().map(|code| code.map_or(f64::NAN, f64::from)).collect();
    let y = vec![y.into()];
    Ok(Responses { y, info: ResponseInfo { levels: Some(facts.levels.names()), ..out.info }, ..out })
}

/// Class codes as the positions of the same names among `levels`.
pub(crate) fn recode(responses: &mut Responses, levels: &[String]) -> Result<(), Error> {
    let own = responses.info.levels.clone().unwrap_or_default();
    let place = |name: &String| {
        levels.iter().position(|l| l == name).map(|at| at as f64).ok_or_else(|| {
            Error::data("unseen_level", format!("the model has no class `{name}`"))
                .column(responses.info.column.clone())
                .value(name.clone())
        })
    };
    let places = own.iter().map(place).collect::<Result<Vec<f64>, Error>>()?;
    responses.y[0].to_mut().iter_mut().for_each(|code| *code = places[*code as usize]);
    Ok(())
}

/// Lower and upper end and entry of each row.
fn interval(formula: &Formula, table: &Table, facts: &Facts, out: Responses) -> Result<Responses, Error> {
    let n = table.rows();
    let no_entry = vec![f64::NEG_INFINITY; n];
    let y = match formula.response() {
        Response::Expression(tree) => {
            let y = numbers(formula, table, tree)?;
            vec![y.clone(), y, no_entry]
        }
        Response::Surv { entry, time, event } => {
            let time = numbers(formula, table, time)?;
            let seen = match event {
                Some(tree) => events(formula, table, tree, facts)?,
                None => vec![true; n],
            };
            let open = |(t, seen): (&f64, &bool)| if *seen { *t } else { f64::INFINITY };
            let upper = time.iter().zip(&seen).map(open).collect();
            let entry = entry.as_ref().map_or(Ok(no_entry), |tree| numbers(formula, table, tree))?;
            vec![time, upper, entry]
        }
        Response::Interval { lower, upper } => {
            let end = |tree: &Tree, open: f64| -> Result<Vec<f64>, Error> {
                let values = numbers(formula, table, tree)?;
                Ok(values.into_iter().map(|v| if v.is_nan() { open } else { v }).collect())
            };
            vec![end(lower, f64::NEG_INFINITY)?, end(upper, f64::INFINITY)?, no_entry]
        }
        _ => return Err(Error::request("a censored response is Surv(..) or a column")),
    };
    if let Some(row) = (0..n).find(|r| y[0][*r] > y[1][*r]) {
        return Err(Error::data(
            "response_out_of_range",
            "the lower end of an interval lies above its upper end",
        )
        .column(out.info.column)
        .value(format!("{} > {}", y[0][row], y[1][row]))
        .at(table, row));
    }
    let no_events = n > 0 && (0..n).all(|r| y[1][r] == f64::INFINITY);
    let events = Some((0..n).filter(|r| y[0][*r] == y[1][*r]).count());
    let info = ResponseInfo { events, ..out.info };
    let y = y.into_iter().map(Numbers::from).collect();
    Ok(Responses { y, no_events, info, trials_differ: false })
}

/// Which rows saw the event: 1 of 0 and 1, 2 of 1 and 2, the later of two levels.
fn events(formula: &Formula, table: &Table, tree: &Tree, facts: &Facts) -> Result<Vec<bool>, Error> {
    let column = values(formula, table, tree)?;
    match (&column, &facts.event) {
        (Column::Number(values), EventCoding::Number(top)) => {
            if let Some(row) = values.iter().position(|v| *v != *top && *v != *top - 1.0) {
                return Err(Error::data(
                    "response_out_of_range",
                    "an event indicator is 0 or 1 (or 1 and 2)",
                )
                .column(column_name(formula, tree))
                .value(values[row].to_string())
                .at(table, row));
            }
            Ok(values.iter().map(|v| *v == *top).collect())
        }
        (_, EventCoding::Levels(levels)) if levels.names().len() <= 2 => {
            let only = levels.names().len() == 1;
            Ok(levels.codes(&column).into_iter().map(|code| only || code == Some(1)).collect())
        }
        _ => {
            let name = column_name(formula, tree);
            let message = format!("the event `{name}` has more than two levels");
            Err(Error::data("response_out_of_range", message).column(name))
        }
    }
}

/// Refuses what lies outside the likelihood's support, and what is not finite: the first row of the first part that has one.
pub(crate) fn check(
    likelihood: &dyn Likelihood,
    formula: &Formula,
    table: &Table,
    responses: &Responses,
    threads: usize,
) -> Result<(), Error> {
    let n = table.rows();
    let part = |part: usize| {
        let first = part * PART_ROWS;
        check_rows(likelihood, formula, table, responses, first..n.min(first + PART_ROWS))
    };
    in_order(n.div_ceil(PART_ROWS), threads, &part).map(drop)
}

fn check_rows(
    likelihood: &dyn Likelihood,
    formula: &Formula,
    table: &Table,
    responses: &Responses,
    rows: Range<usize>,
) -> Result<(), Error> {
    let y: Vec<&[f64]> = responses.y.iter().map(|y| &y[rows.clone()]).collect();
    // No support of a number holds one that is not finite.
    if likelihood.spec().response == ResponseKind::Number && likelihood.admits(&y).is_ok() {
        return Ok(());
    }
    let open_ends = likelihood.spec().response == ResponseKind::Interval;
    let trees = formula.response().trees();
    let name = |column: usize| {
        let tree = trees.get(column.min(trees.len().saturating_sub(1)));
        tree.map_or_else(|| responses.info.column.clone(), |tree| column_name(formula, tree))
    };
    for (c, column) in y.iter().enumerate() {
        let bounded = open_ends || (likelihood.spec().response == ResponseKind::Truncated && c > 0);
        let odd = |v: &f64| v.is_nan() || (v.is_infinite() && !bounded);
        if !loglik_num::all_finite(column)
            && let Some(row) = column.iter().position(odd)
        {
            let value = column[row];
            return Err(Error::data("non_finite_value", format!("the response is {value} in a row"))
                .column(name(c))
                .value(value.to_string())
                .at(table, rows.start + row)
                .remedy("drop the row with --where, or mend the cell"));
        }
    }
    likelihood.admits(&y).map_err(|found| {
        let id = if found.not_integer { "response_not_integer" } else { "response_out_of_range" };
        let (column, likelihood) = (name(found.column), &likelihood.spec().name);
        let message = format!(
            "column `{column}`: {} is outside the support of {likelihood}: {}",
            found.value, found.allowed
        );
        Error::data(id, message)
            .column(column)
            .value(found.value.to_string())
            .at(table, rows.start + found.row)
            .remedy("drop the row with --where, or choose another --likelihood")
    })
}
