//! What a reader should know of the data behind a fit: levels that look alike, responses that were read as something
//! else, small cells, and whole numbers that lost digits.

use crate::FitSpec;
use crate::outcomes::{Cell, Outcomes};
use crate::prepare::Prepared;
use crate::result::Note;
use loglik_data::DataNote;
use loglik_design::{Formula, Response};
use loglik_expr::{Column, evaluate};
use loglik_likelihood::ResponseKind;

/// Rows below which a cell of level and outcome is called small.
pub(crate) const SMALL_CELL: u64 = 5;

/// Levels of a category up to which pairs are compared.
const MOST_LEVELS: usize = 10_000;

/// Letters of other alphabets and signs that look like ASCII ones (Unicode TR 39, the ones seen in data).
const LOOKALIKES: [(&str, &str); 2] = [
    (
        "\u{430}\u{435}\u{43e}\u{440}\u{441}\u{443}\u{445}\u{456}\u{3bf}\u{3b1}\u{2010}\u{2013}\u{2014}\u{2019}",
        "aeopcyxioa---'",
    ),
    (
        "\u{410}\u{412}\u{415}\u{41a}\u{41c}\u{41d}\u{41e}\u{420}\u{421}\u{422}\u{425}\u{406}\u{39f}\u{391}",
        "abekmhopctxioa",
    ),
];

/// Notes on the data of a fit.
pub(crate) fn all(spec: &FitSpec, prepared: &Prepared) -> Vec<Note> {
    let mut notes = Vec::new();
    if let Some(message) = recoded(spec, prepared) {
        notes.push(Note {
            id: "response_recoded".into(),
            message,
            columns: vec![prepared.responses.info.column.clone()],
            remedy: Some("name the event: --event LEVEL, or `y == 'yes'` in the formula".into()),
            ..Note::default()
        });
    }
    notes.extend(prepared.plan.levels().filter_map(|(column, levels)| alike(column, levels)));
    notes.extend(smallest_cell(prepared).and_then(|cell| cell.note()));
    notes
}

impl Note {
    /// What was found while a file was read.
    #[must_use]
    pub fn of_data(found: &DataNote) -> Self {
        let DataNote::PrecisionLoss { column, row, line, value } = found;
        Self {
            id: "precision_loss".into(),
            message: format!(
                "`{column}` has whole numbers that 64-bit floating point cannot hold: {value} was rounded"
            ),
            columns: vec![column.clone()],
            rows: vec![*row],
            lines: line.iter().copied().collect(),
            remedy: Some("subtract a constant, or use identifiers as categories: c(x)".into()),
            ..Self::default()
        }
    }
}

/// What was read as 0 and 1 that a reader may not have meant so.
fn recoded(spec: &FitSpec, prepared: &Prepared) -> Option<String> {
    let levels = prepared.responses.info.levels.as_deref().unwrap_or_default();
    let trials = prepared.model.likelihood.spec().response == ResponseKind::Trials;
    if trials && spec.event.is_none() && levels.len() > 2 {
        return Some(format!(
            "`{}` is read as 0, all other levels ({}) as 1",
            levels[0],
            levels[1..].join(", ")
        ));
    }
    let formula = Formula::parse(&spec.formula).ok()?;
    let Response::Surv { event: Some(tree), .. } = formula.response() else { return None };
    let Ok(Column::Number(values)) = evaluate(tree, &prepared.table) else { return None };
    let by_two = values.contains(&2.0) && !values.contains(&0.0);
    by_two.then(|| "the event is coded 1 and 2: 2 is read as the event".to_owned())
}

/// A level without what the eye does not see: case, spaces at the ends and doubled, letters of other alphabets.
fn seen(level: &str) -> String {
    let plain = |c: char| {
        let found = LOOKALIKES.iter().find_map(|(from, to)| {
            let at = from.chars().position(|f| f == c)?;
            to.chars().nth(at)
        });
        found.unwrap_or(c)
    };
    let text: String = level.chars().map(plain).flat_map(char::to_lowercase).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Levels of a category that a reader would take for one.
fn alike(column: &str, levels: &[String]) -> Option<Note> {
    if levels.len() > MOST_LEVELS {
        return None;
    }
    let mut shown: Vec<(String, &String)> = levels.iter().map(|level| (seen(level), level)).collect();
    shown.sort();
    let pair = shown.windows(2).find(|pair| pair[0].0 == pair[1].0)?;
    let (a, b) = (pair[0].1, pair[1].1);
    Some(Note {
        id: "lookalike_levels".into(),
        message: format!(
            "levels {a:?} and {b:?} of `{column}` differ in case, spaces or look-alike letters only"
        ),
        columns: vec![column.to_owned()],
        levels: vec![a.clone(), b.clone()],
        remedy: Some("mend the spelling in the data".into()),
        ..Note::default()
    })
}

/// What came out of each row of a two-valued response of one trial a row without weights.
pub(crate) fn single_outcomes(prepared: &Prepared) -> Option<&Outcomes> {
    prepared.responses.info.event.as_ref()?;
    prepared.outcomes.as_ref().filter(|outcomes| outcomes.are_single())
}

/// The cell of a level and an outcome of such a response that has the fewest rows.
pub(crate) fn smallest_cell(prepared: &Prepared) -> Option<Cell> {
    single_outcomes(prepared)?.smallest(&prepared.plan, &prepared.table)
}

impl Cell {
    /// `region=west x 1, 3 rows`
    pub(crate) fn text(&self) -> String {
        let outcome = if self.event { "event" } else { "no event" };
        format!("{}={} x {outcome}, {} rows", self.column, self.level, self.rows)
    }

    /// An empty cell separates, and is said by that note.
    fn note(&self) -> Option<Note> {
        (self.rows > 0 && self.rows < SMALL_CELL).then(|| Note {
            id: "small_cells".into(),
            message: format!(
                "smallest cell: {}: Wald figures of its coefficient are not to be trusted",
                self.text()
            ),
            columns: vec![self.column.clone()],
            levels: vec![self.level.clone()],
            remedy: Some("--ci profile --term-tests lr, or merge levels".into()),
            ..Note::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_look_alike_by_case_spaces_and_alphabet_and_not_by_letters() {
        let of = |levels: [&str; 2]| alike("g", &levels.map(str::to_owned)).is_some();
        assert!(of(["North", "north"]) && of(["a b", "a  b"]) && of(["x", "x "]));
        assert!(of(["cat", "c\u{430}t"]) && of(["a-b", "a\u{2013}b"]) && of(["a b", "a\u{a0}b"]));
        assert!(!of(["north", "south"]) && !of(["a", "aa"]) && !of(["a b", "ab"]));
    }
}
