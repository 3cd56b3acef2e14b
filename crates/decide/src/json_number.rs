//! Numbers in JSON: an infinity is the text "inf" or "-inf", NaN is null.

use serde::Serializer;

/// One number.
pub(crate) fn one<S: Serializer>(value: &f64, to: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() {
        to.serialize_f64(*value)
    } else if value.is_nan() {
        to.serialize_none()
    } else {
        to.serialize_str(if *value > 0.0 { "inf" } else { "-inf" })
    }
}

/// A number that may be absent.
pub(crate) fn option<S: Serializer>(value: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => one(value, to),
        None => to.serialize_none(),
    }
}

/// A pair.
pub(crate) fn pair<S: Serializer>(value: &(f64, f64), to: S) -> Result<S::Ok, S::Error> {
    use serde::ser::SerializeTuple;
    struct Number(f64);
    impl serde::Serialize for Number {
        fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
            one(&self.0, to)
        }
    }
    let mut both = to.serialize_tuple(2)?;
    both.serialize_element(&Number(value.0))?;
    both.serialize_element(&Number(value.1))?;
    both.end()
}
