//! Seals of a model file: one hash a section, so that a file that was edited, cut or mixed up is refused by name.
//!
//! Hashes are taken over the JSON values without white space, so a file may be reformatted. They find accidents and
//! careless edits, not forgers: who can write the file can write its seals.

use crate::Error;
use loglik_data::hash_of;
use serde_json::{Map, Value};

/// Where the seals stand.
const SEALS: &str = "seals";

/// Adds the seals of all sections.
pub(crate) fn seal(file: &mut Map<String, Value>) {
    let seals: Map<String, Value> = file
        .iter()
        .filter(|(name, _)| *name != SEALS)
        .map(|(name, value)| (name.clone(), of(value)))
        .collect();
    file.insert(SEALS.to_owned(), Value::Object(seals));
}

/// Checks the seals and takes them off.
///
/// # Errors
/// `model_file_invalid` with the first section that is not as it was written.
pub(crate) fn open(file: &mut Map<String, Value>) -> Result<(), Error> {
    let Some(Value::Object(seals)) = file.remove(SEALS) else {
        return Err(super::model_file::invalid("it has no `seals`: it was cut or edited"));
    };
    if let Some(name) = seals.keys().find(|name| !file.contains_key(*name)) {
        return Err(super::model_file::invalid(format!("its section `{name}` is gone")));
    }
    match file.iter().find(|(name, value)| seals.get(*name) != Some(&of(value))) {
        None => Ok(()),
        Some((name, _)) => Err(super::model_file::invalid(format!(
            "its section `{name}` is not as it was written: the file was edited or damaged"
        ))),
    }
}

fn of(value: &Value) -> Value {
    Value::String(hash_of(&value.to_string()))
}
