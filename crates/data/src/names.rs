//! Column names of a source: each one once, and asked for by name.

use std::collections::HashSet;

use crate::DataError;

/// Refuses a name that is there twice.
pub(crate) fn refuse_duplicates(file: &str, names: &[String]) -> Result<(), DataError> {
    let mut seen = HashSet::new();
    match names.iter().find(|name| !seen.insert(name.as_str())) {
        Some(column) => Err(DataError::DuplicateColumn { file: file.to_owned(), column: column.clone() }),
        None => Ok(()),
    }
}

/// Places of the wanted columns among all, ascending; all places where nothing is said.
pub(crate) fn places(file: &str, names: &[String], wanted: Option<&[&str]>) -> Result<Vec<usize>, DataError> {
    let Some(wanted) = wanted else { return Ok((0..names.len()).collect()) };
    let mut places = Vec::with_capacity(wanted.len());
    for &name in wanted {
        let place = names
            .iter()
            .position(|n| n == name)
            .ok_or_else(|| DataError::UnknownColumn { file: file.to_owned(), column: name.to_owned() })?;
        places.push(place);
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}
