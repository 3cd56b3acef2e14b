//! JSON lines: one flat object a line, all columns read at once.
//!
//! A key that a line lacks is missing there. A column of texts or flags is a category; texts among more numbers are refused like those of
//! delimited text, numbers among more texts become levels. Nested values are refused where they are wanted.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use loglik_design::LineMap;
use loglik_expr::{Column, MISSING};
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, de};

use crate::dictionary::Dictionary;
use crate::missing::Missing;
use crate::text_lines::{TextLines, damaged};
use crate::{DataError, levels};

const FORMAT: &str = "JSON lines";
/// Mebibytes that a line may have.
const LONGEST: u64 = 16;

/// A file of JSON lines, read.
pub(crate) struct JsonLines {
    pub(crate) names: Vec<String>,
    columns: Vec<Cells>,
    pub(crate) rows: usize,
    pub(crate) lines: LineMap,
}

/// The rows of one column.
#[derive(Default)]
struct Cells {
    /// Numbers \[rows\], NaN where there is none.
    values: Vec<f64>,
    /// Codes of `texts` \[rows\] once there is a text, [`MISSING`] where there is none.
    codes: Vec<u32>,
    texts: Dictionary,
    numbers: u64,
    words: u64,
    first_word: Option<usize>,
    nested: bool,
    lossy: Option<(usize, String)>,
}

impl JsonLines {
    pub(crate) fn read(
        file: &str,
        bytes: Box<dyn Read + Send>,
        missing: &Missing,
        memory: Option<u64>,
    ) -> Result<Self, DataError> {
        let mut json = Self { names: Vec::new(), columns: Vec::new(), rows: 0, lines: LineMap::from_line(1) };
        let mut places = HashMap::new();
        let mut input = TextLines::new(file, FORMAT, bytes, LONGEST);
        while let Some((line, text)) = input.next()? {
            let trimmed = text.trim_ascii();
            if trimmed.is_empty() {
                json.lines.push(json.rows as u64, 1);
                continue;
            }
            json.line(file, trimmed, line, &mut places, missing)?;
            json.check_memory(file, memory)?;
        }
        if json.rows == 0 {
            return Err(DataError::Empty { file: file.to_owned(), what: "there is no line" });
        }
        Ok(json)
    }

    fn line(
        &mut self,
        file: &str,
        text: &[u8],
        line: u64,
        places: &mut HashMap<String, usize>,
        missing: &Missing,
    ) -> Result<(), DataError> {
        let Ok(text) = std::str::from_utf8(text) else {
            let what = "the line is not UTF-8".to_owned();
            return Err(DataError::Encoding { file: file.to_owned(), column: None, line, what });
        };
        let object: Object<'_> =
            serde_json::from_str(text).map_err(|e| broken(file, line, &e.to_string()))?;
        for (key, value) in object.0 {
            let place = match places.get(key.as_ref()) {
                Some(&place) => place,
                None => {
                    places.insert(key.clone().into_owned(), self.names.len());
                    self.names.push(key.into_owned());
                    self.columns.push(Cells::default());
                    self.names.len() - 1
                }
            };
            let cells = &mut self.columns[place];
            if cells.values.len() > self.rows {
                let column = self.names[place].clone();
                return Err(DataError::DuplicateColumn { file: file.to_owned(), column });
            }
            cells.push(self.rows, value, missing);
        }
        self.rows += 1;
        Ok(())
    }

    fn check_memory(&self, file: &str, memory: Option<u64>) -> Result<(), DataError> {
        let Some(limit) = memory.filter(|_| self.rows.is_multiple_of(4_096)) else { return Ok(()) };
        let bytes = |c: &Cells| (c.values.len() * 8 + c.codes.len() * 4) as u64 + c.texts.memory();
        let needed: u64 = self.columns.iter().map(bytes).sum();
        if needed <= limit {
            return Ok(());
        }
        let largest = (0..self.columns.len()).max_by_key(|&i| bytes(&self.columns[i]));
        let column = largest.map_or_else(String::new, |i| self.names[i].clone());
        Err(DataError::Memory { file: file.to_owned(), column, needed, limit })
    }

    /// The column at a place, and the first integer that f64 cannot hold.
    pub(crate) fn column(&self, place: usize) -> Result<(Column, Option<(usize, String)>), DataError> {
        let (cells, name) = (&self.columns[place], &self.names[place]);
        if cells.nested {
            let kind = "list or object".to_owned();
            return Err(DataError::UnknownType { column: name.clone(), kind });
        }
        if cells.words == 0 {
            let mut values = cells.values.clone();
            values.resize(self.rows, f64::NAN);
            return Ok((Column::Number(values), cells.lossy.clone()));
        }
        if cells.numbers > cells.words {
            let row = cells.first_word.unwrap_or(0);
            let value = cells.texts.level(cells.codes[row]);
            return Err(DataError::TypeMismatch {
                column: name.clone(),
                row: row as u64 + 1,
                line: self.lines.line(row as u64),
                value,
                numbers: cells.numbers,
                cells: cells.numbers + cells.words,
            });
        }
        Ok((cells.category(self.rows), None))
    }
}

impl Cells {
    fn push(&mut self, row: usize, value: Value<'_>, missing: &Missing) {
        self.values.resize(row, f64::NAN);
        let (mut number, mut word) = (f64::NAN, None);
        match value {
            Value::Null => {}
            Value::Nested => self.nested = true,
            Value::Flag(flag) => word = Some(Cow::Borrowed(if flag { "true" } else { "false" })),
            Value::Text(text) => word = Some(text).filter(|text| !missing.text(text.as_bytes())),
            Value::Integer(integer) => {
                number = integer as f64;
                if number as i128 != integer {
                    self.lossy.get_or_insert_with(|| (row, integer.to_string()));
                }
            }
            Value::Number(value) => number = value,
        }
        if let Some(word) = word {
            self.codes.resize(row, MISSING);
            self.codes.push(self.texts.code(word.as_bytes()));
            self.words += 1;
            self.first_word.get_or_insert(row);
        }
        if missing.number(number) {
            number = f64::NAN;
        } else {
            self.numbers += 1;
        }
        self.values.push(number);
    }

    /// All values as levels; a number is spelled as briefly as it can be.
    fn category(&self, rows: usize) -> Column {
        let mut texts = Dictionary::default();
        let mut codes = vec![MISSING; rows];
        for (row, code) in codes.iter_mut().enumerate() {
            match (self.codes.get(row).copied().unwrap_or(MISSING), self.values.get(row)) {
                (MISSING, Some(value)) if !value.is_nan() => *code = texts.code(value.to_string().as_bytes()),
                (MISSING, _) => {}
                (word, _) => *code = texts.code(self.texts.text(word)),
            }
        }
        let levels = levels::arrange(texts.levels(), &mut codes);
        Column::Category { codes, levels, ordered: false }
    }
}

fn broken(file: &str, line: u64, reason: &str) -> DataError {
    let reason = reason.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches(" at line 1 column ");
    damaged(file, FORMAT, Some(line), reason.to_owned())
}

/// One line: its keys and values in their order.
struct Object<'a>(Vec<(Cow<'a, str>, Value<'a>)>);

/// A value of a flat object.
enum Value<'a> {
    Null,
    Flag(bool),
    Integer(i128),
    Number(f64),
    Text(Cow<'a, str>),
    Nested,
}

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object on each line")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Key(key), value)) = map.next_entry()? {
                    pairs.push((key, value));
                }
                Ok(Object(pairs))
            }
        }
        deserializer.deserialize_map(Pairs)
    }
}

/// A text that is borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Value<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }
            fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E: de::Error>(self, flag: bool) -> Result<Self::Value, E> {
                Ok(Value::Flag(flag))
            }
            fn visit_i64<E: de::Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Value::Integer(value.into()))
            }
            fn visit_u64<E: de::Error>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Value::Integer(value.into()))
            }
            fn visit_f64<E: de::Error>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Value::Number(value))
            }
            fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value::Text(Cow::Borrowed(text)))
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value::Text(Cow::Owned(text.to_owned())))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Nested)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Nested)
            }
        }
        deserializer.deserialize_any(Any)
    }
}
