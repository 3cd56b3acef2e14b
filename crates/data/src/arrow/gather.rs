//! Arrow arrays to columns: numbers of any width to f64, texts and dictionaries to codes.
//!
//! Dates become days, times and timestamps milliseconds, decimals the nearest f64. The categories of a dictionary keep the order that the
//! file gives them; plain texts are sorted as those of delimited text are. An integer that f64 cannot hold is noted.

use std::sync::Arc;

use arrow_array::cast::{AsArray, as_boolean_array};
use arrow_array::types::*;
use arrow_array::{Array, ArrayRef, ArrowPrimitiveType, PrimitiveArray};
use arrow_schema::{DataType, Field, TimeUnit};
use loglik_expr::{Column, MISSING};

use crate::DataError;
use crate::dictionary::Dictionary;
use crate::levels;
use crate::missing::Missing;
use crate::stream::{Extents, Filling, Kept, Stored};

/// In which order the levels of a category end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// As the file has them; whether it calls that an order.
    Kept { ordered: bool },
    /// Sorted.
    Sorted,
}

/// The rows so far of one column.
#[derive(Debug)]
pub(crate) enum Gather {
    Number { values: Vec<f64>, lossy: Option<(usize, String)> },
    Category(Codes),
}

#[derive(Debug)]
pub(crate) struct Codes {
    codes: Vec<u32>,
    texts: Dictionary,
    order: Order,
    /// Which texts a row has had that was passed on \[texts\].
    used: Vec<bool>,
    /// The dictionary that came last, and the code here of each of its entries.
    last: Option<(ArrayRef, Vec<u32>)>,
}

impl Gather {
    /// An empty column for a field of a file; `None` for a type that is neither number nor category.
    pub(crate) fn new(field: &Field) -> Option<Self> {
        use DataType::*;
        let order = match field.data_type() {
            Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 | Float16 | Float32 | Float64
            | Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) | Date32 | Date64
            | Timestamp(..) | Time32(_) | Time64(_) | Duration(_) | Null => {
                return Some(Self::Number { values: Vec::new(), lossy: None });
            }
            Boolean | Utf8 | LargeUtf8 | Utf8View => Order::Sorted,
            Dictionary(_, values) => {
                let values = Field::new("", values.as_ref().clone(), true);
                match Self::new(&values)? {
                    Self::Number { .. } => Order::Sorted,
                    Self::Category(_) => Order::Kept { ordered: field.dict_is_ordered().unwrap_or(false) },
                }
            }
            _ => return None,
        };
        Some(Self::category(order))
    }

    /// An empty category.
    pub(crate) fn category(order: Order) -> Self {
        Self::Category(Codes {
            codes: Vec::new(),
            texts: Dictionary::default(),
            order,
            used: Vec::new(),
            last: None,
        })
    }

    pub(crate) fn rows(&self) -> usize {
        match self {
            Self::Number { values, .. } => values.len(),
            Self::Category(codes) => codes.codes.len(),
        }
    }

    /// Bytes in memory, about.
    pub(crate) fn memory(&self) -> u64 {
        match self {
            Self::Number { values, .. } => values.len() as u64 * 8,
            Self::Category(codes) => codes.codes.len() as u64 * 4 + codes.texts.memory(),
        }
    }

    /// Adds the rows of an array.
    pub(crate) fn append(&mut self, array: &ArrayRef, missing: &Missing) {
        match self {
            Self::Number { values, lossy } => {
                let before = values.len();
                append_numbers(values, lossy, array.as_ref());
                for value in &mut values[before..] {
                    if missing.number(*value) {
                        *value = f64::NAN;
                    }
                }
            }
            Self::Category(codes) => codes.append(array, missing),
        }
    }

    /// Adds the rows of an array and moves them on to the spool of a stream.
    pub(crate) fn append_on(
        &mut self,
        array: &ArrayRef,
        missing: &Missing,
        extents: &mut Extents,
        spool: &Filling,
    ) -> Result<(), DataError> {
        let before = extents.rows();
        let had = matches!(self, Self::Number { lossy: Some(_), .. });
        self.append(array, missing);
        match self {
            Self::Number { lossy: Some((row, _)), .. } if !had => *row += before,
            _ => {}
        }
        match self {
            Self::Number { values, .. } => extents.put_numbers(values, spool),
            Self::Category(codes) => {
                codes.mark_used();
                extents.put_codes(&mut codes.codes, spool)
            }
        }
    }

    /// The column of a stream, all of whose rows were passed on; and the first integer that f64 cannot hold.
    pub(crate) fn stored(self, name: &str, extents: Extents) -> (Stored, Option<(usize, String)>) {
        let name = name.to_owned();
        match self {
            Self::Number { lossy, .. } => (Stored { name, extents, kept: Kept::Numbers }, lossy),
            Self::Category(codes) => (Stored { name, extents, kept: codes.kept() }, None),
        }
    }

    /// Adds the rows of a column that was gathered elsewhere.
    pub(crate) fn join(&mut self, other: Self) {
        match (self, other) {
            (Self::Number { values, lossy }, Self::Number { values: more, lossy: later }) => {
                let before = values.len();
                if lossy.is_none() {
                    *lossy = later.map(|(row, text)| (row + before, text));
                }
                if values.is_empty() {
                    *values = more;
                } else {
                    values.extend_from_slice(&more);
                }
            }
            (Self::Category(into), Self::Category(from)) => {
                let map: Vec<u32> =
                    (0..from.texts.len()).map(|i| into.texts.code(from.texts.text(i as u32))).collect();
                let code = |&code: &u32| if code == MISSING { MISSING } else { map[code as usize] };
                into.codes.extend(from.codes.iter().map(code));
            }
            _ => unreachable!("one column has one kind"),
        }
    }

    /// The column, and the first integer that f64 cannot hold.
    pub(crate) fn finish(self) -> (Column, Option<(usize, String)>) {
        match self {
            Self::Number { mut values, lossy } => {
                values.shrink_to_fit();
                (Column::Number(values), lossy)
            }
            Self::Category(codes) => (codes.finish(), None),
        }
    }
}

impl Codes {
    fn append(&mut self, array: &ArrayRef, missing: &Missing) {
        if let Some(dictionary) = array.as_any_dictionary_opt() {
            let entries = dictionary.values();
            if entries.is_empty() {
                self.codes.extend(std::iter::repeat_n(MISSING, array.len()));
                return;
            }
            if !self.last.as_ref().is_some_and(|(last, _)| Arc::ptr_eq(last, entries)) {
                let codes = self.entries(entries, missing);
                self.last = Some((Arc::clone(entries), codes));
            }
            let Some((_, map)) = &self.last else { return };
            let nulls = dictionary.nulls();
            let keys = dictionary.normalized_keys();
            let code = |(row, key): (usize, &usize)| {
                if nulls.is_some_and(|n| n.is_null(row)) { MISSING } else { map[*key] }
            };
            self.codes.extend(keys.iter().enumerate().map(code));
            return;
        }
        let codes = self.entries(array, missing);
        self.codes.extend(codes);
    }

    /// The code of each entry of an array of texts, flags or numbers.
    fn entries(&mut self, array: &ArrayRef, missing: &Missing) -> Vec<u32> {
        let mut codes = Vec::with_capacity(array.len());
        let mut push = |text: Option<&str>| {
            let text = text.filter(|t| !missing.text(t.as_bytes()));
            codes.push(text.map_or(MISSING, |t| self.texts.code(t.as_bytes())));
        };
        match array.data_type() {
            DataType::Utf8 => array.as_string::<i32>().iter().for_each(&mut push),
            DataType::LargeUtf8 => array.as_string::<i64>().iter().for_each(&mut push),
            DataType::Utf8View => array.as_string_view().iter().for_each(&mut push),
            DataType::Boolean => {
                let flags = ["false", "true"].map(|flag| self.texts.code(flag.as_bytes()));
                let code = |flag: Option<bool>| flag.map_or(MISSING, |flag| flags[usize::from(flag)]);
                codes.extend(as_boolean_array(array).iter().map(code));
            }
            _ => {
                let mut values = Vec::with_capacity(array.len());
                append_numbers(&mut values, &mut None, array.as_ref());
                let text = |value: f64| (!value.is_nan()).then(|| value.to_string());
                values.into_iter().for_each(|value| push(text(value).as_deref()));
            }
        }
        codes
    }

    fn mark_used(&mut self) {
        self.used.resize(self.texts.len(), false);
        for &code in self.codes.iter().filter(|&&code| code != MISSING) {
            self.used[code as usize] = true;
        }
    }

    fn finish(mut self) -> Column {
        self.mark_used();
        let mut codes = std::mem::take(&mut self.codes);
        codes.shrink_to_fit();
        let Kept::Levels { order, levels, ordered } = self.kept() else { unreachable!("codes have levels") };
        codes.iter_mut().filter(|code| **code != MISSING).for_each(|code| *code = order[*code as usize]);
        Column::Category { codes, levels, ordered }
    }

    /// What the codes stand for: all texts of a dictionary that keeps its order, else those that a row has, sorted. A
    /// dictionary may hold others, which are no levels of a plain text column.
    fn kept(&self) -> Kept {
        match self.order {
            Order::Kept { ordered } => Kept::Levels {
                order: (0..self.texts.len() as u32).collect(),
                levels: self.texts.levels().into(),
                ordered,
            },
            Order::Sorted => {
                let used: Vec<usize> = (0..self.used.len()).filter(|code| self.used[*code]).collect();
                let (place, levels) =
                    levels::order(used.iter().map(|code| self.texts.level(*code as u32)).collect());
                let mut order = vec![MISSING; self.texts.len()];
                used.into_iter().zip(place).for_each(|(code, place)| order[code] = place);
                Kept::Levels { order, levels: levels.into(), ordered: false }
            }
        }
    }
}

/// Adds the numbers of an array; missing ones as NaN.
fn append_numbers(values: &mut Vec<f64>, lossy: &mut Option<(usize, String)>, array: &dyn Array) {
    use DataType::*;
    match array.data_type() {
        Int8 => extend::<Int8Type>(values, array, f64::from),
        Int16 => extend::<Int16Type>(values, array, f64::from),
        Int32 => extend::<Int32Type>(values, array, f64::from),
        UInt8 => extend::<UInt8Type>(values, array, f64::from),
        UInt16 => extend::<UInt16Type>(values, array, f64::from),
        UInt32 => extend::<UInt32Type>(values, array, f64::from),
        Float16 => extend::<Float16Type>(values, array, f64::from),
        Float32 => extend::<Float32Type>(values, array, f64::from),
        Float64 => extend::<Float64Type>(values, array, |v| v),
        Int64 => {
            note_lossy::<Int64Type>(lossy, values.len(), array);
            extend::<Int64Type>(values, array, |v| v as f64);
        }
        UInt64 => {
            note_lossy::<UInt64Type>(lossy, values.len(), array);
            extend::<UInt64Type>(values, array, |v| v as f64);
        }
        Decimal32(_, scale) => decimals::<Decimal32Type>(values, array, *scale),
        Decimal64(_, scale) => decimals::<Decimal64Type>(values, array, *scale),
        Decimal128(_, scale) => decimals::<Decimal128Type>(values, array, *scale),
        Decimal256(..) => {
            let array = array.as_primitive::<Decimal256Type>();
            let value = |row| crate::number::whole(array.value_as_string(row).as_bytes());
            values.extend(
                (0..array.len())
                    .map(|row| if array.is_null(row) { f64::NAN } else { value(row).unwrap_or(f64::NAN) }),
            );
        }
        Date32 => extend::<Date32Type>(values, array, f64::from),
        Date64 => extend::<Date64Type>(values, array, |v| v as f64 / 86_400_000.0),
        Time32(TimeUnit::Second) => extend::<Time32SecondType>(values, array, |v| f64::from(v) * 1e3),
        Time32(_) => extend::<Time32MillisecondType>(values, array, f64::from),
        Time64(TimeUnit::Microsecond) => extend::<Time64MicrosecondType>(values, array, |v| v as f64 / 1e3),
        Time64(_) => extend::<Time64NanosecondType>(values, array, |v| v as f64 / 1e6),
        Timestamp(TimeUnit::Second, _) => extend::<TimestampSecondType>(values, array, |v| v as f64 * 1e3),
        Timestamp(TimeUnit::Millisecond, _) => {
            extend::<TimestampMillisecondType>(values, array, |v| v as f64)
        }
        Timestamp(TimeUnit::Microsecond, _) => {
            extend::<TimestampMicrosecondType>(values, array, |v| v as f64 / 1e3);
        }
        Timestamp(TimeUnit::Nanosecond, _) => {
            extend::<TimestampNanosecondType>(values, array, |v| v as f64 / 1e6);
        }
        Duration(TimeUnit::Second) => extend::<DurationSecondType>(values, array, |v| v as f64 * 1e3),
        Duration(TimeUnit::Millisecond) => extend::<DurationMillisecondType>(values, array, |v| v as f64),
        Duration(TimeUnit::Microsecond) => {
            extend::<DurationMicrosecondType>(values, array, |v| v as f64 / 1e3);
        }
        Duration(TimeUnit::Nanosecond) => {
            extend::<DurationNanosecondType>(values, array, |v| v as f64 / 1e6);
        }
        _ => values.extend(std::iter::repeat_n(f64::NAN, array.len())),
    }
}

fn extend<T: ArrowPrimitiveType>(
    values: &mut Vec<f64>,
    array: &dyn Array,
    number: impl Fn(T::Native) -> f64,
) {
    let array: &PrimitiveArray<T> = array.as_primitive();
    let before = values.len();
    values.extend(array.values().iter().map(|&value| number(value)));
    if let Some(nulls) = array.nulls().filter(|nulls| nulls.null_count() > 0) {
        for (row, value) in values[before..].iter_mut().enumerate() {
            if nulls.is_null(row) {
                *value = f64::NAN;
            }
        }
    }
}

fn note_lossy<T: ArrowPrimitiveType>(lossy: &mut Option<(usize, String)>, before: usize, array: &dyn Array)
where
    T::Native: Into<i128>,
{
    let array: &PrimitiveArray<T> = array.as_primitive();
    let exact = |value: T::Native| {
        let value: i128 = value.into();
        value.unsigned_abs() <= 1 << 53 || (value as f64) as i128 == value
    };
    // All values first, without asking for nulls: the usual answer is that all fit.
    if lossy.is_some() || array.values().iter().all(|&value| exact(value)) {
        return;
    }
    let row = (0..array.len()).find(|&row| array.is_valid(row) && !exact(array.value(row)));
    *lossy = row.map(|row| {
        let value: i128 = array.value(row).into();
        (before + row, value.to_string())
    });
}

fn decimals<T: DecimalType>(values: &mut Vec<f64>, array: &dyn Array, scale: i8)
where
    T::Native: Into<i128>,
{
    let array: &PrimitiveArray<T> = array.as_primitive();
    let power = (0..=22).contains(&scale).then(|| (0..scale).fold(1.0, |power, _| power * 10.0));
    values.extend((0..array.len()).map(|row| {
        if array.is_null(row) {
            return f64::NAN;
        }
        let unscaled: i128 = array.value(row).into();
        match power {
            // Both are exact in f64, so the quotient is correctly rounded.
            Some(power) if unscaled.unsigned_abs() <= 1 << 53 => unscaled as f64 / power,
            _ => crate::number::whole(array.value_as_string(row).as_bytes()).unwrap_or(f64::NAN),
        }
    }));
}
